package preset

import (
	"slices"
	"testing"
	"unsafe"
)

// Devices come up in the order of their times, however many are on a page and however far
// ahead they are due.
func TestCalendarKeepsTheOrderOfTimes(t *testing.T) {
	for _, devices := range []int{1, 15, 16, 100, 1000} {
		for _, spread := range []uint64{1, 7, 1_000, 1_000_000} { // from all on one page to far beyond the last
			c := newCalendar(devices, 1_000)
			c.far = make([]float32, devices/3*5)
			for d := range devices + 1 {
				c.lay(d / 3 * 5) // of some it is none
			}
			want := make([]coming, 0, 5*devices)
			times := make([]int64, devices)
			next := func(d int) {
				times[d] += int64(mix64(uint64(d)<<32+uint64(times[d])) % spread)
				c.put(d, times[d])
			}
			for d := range devices {
				next(d)
			}
			for range 5 * devices {
				d, due := c.first()
				want = append(want, coming{due, int32(d)})
				if due != times[d] {
					t.Fatalf("%d devices, spread %d: device %d comes up at %d, want %d", devices, spread, d, due, times[d])
				}
				c.take()
				next(d)
			}
			falling := slices.Clone(want)
			slices.Reverse(falling)
			if !slices.IsSortedFunc(falling, func(a, b coming) int { return later(coming{due: a.due}, coming{due: b.due}) }) {
				t.Errorf("%d devices, spread %d: times go back", devices, spread)
			}
		}
	}
}

// All that a page's turn, a movement and a time read of a device comes with one wait for memory.
func TestAgendaIsALineOfACache(t *testing.T) {
	if size := unsafe.Sizeof(agenda{}); size != 64 {
		t.Errorf("an agenda has %d bytes, want 64", size)
	}
}

// A state is found again, with the agenda or in part apart.
func TestStatesAreTheDevicesOwn(t *testing.T) {
	const devices = together + 2
	for _, each := range []int{0, 1, near, near + 1, 40, 3 * MaxFields} {
		c := newCalendar(devices, 1_000)
		c.far = make([]float32, devices*max(0, each-near))
		for device := range devices {
			c.lay(device * max(0, each-near))
			state := c.state(device, each)
			for i := range state {
				state[i] = float32(device*100 + i)
			}
			c.keep(device, state)
		}
		for device := range devices {
			state := c.state(device, each)
			if len(state) != each {
				t.Errorf("a state of %d numbers has %d", each, len(state))
			}
			for i, v := range state {
				if v != float32(device*100+i) {
					t.Errorf("of %d numbers, number %d of device %d is %v", each, i, device, v)
				}
			}
		}
	}
}

func TestPaddedTextIsAppendedWhateverTheRoom(t *testing.T) {
	text := "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	p := pad(text)
	for _, room := range []int{0, 5, stride - 1, stride, 100} {
		for to := 0; to <= len(text); to += 31 {
			for from := 0; from <= to; from += 3 {
				b := append(make([]byte, 0, 2+room), ">>"...)
				if got, want := string(p.append(b, from, to)), ">>"+text[from:to]; got != want {
					t.Errorf("with room for %d bytes, [%d:%d] = %q, want %q", room, from, to, got, want)
				}
			}
		}
	}
}
