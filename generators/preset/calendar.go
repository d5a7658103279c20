package preset

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
)

// calendar holds each device's next time in pages of equal length: putting one in and taking the earliest out cost the same for
// ten devices and for a million. Times beyond the last page wait on the page that time will have when the pages are gone through
// again.
//
// With many devices the price is that of memory which is in no cache: what is needed of a device lies together, and when a page is
// opened, that of all its devices is looked at at once, since waits for memory that do not depend on each other overlap.
type calendar struct {
	share   uint64 // of a ns in a page, of 2^64: to multiply takes less than to divide
	mask    int64  // pages − 1
	pages   []page
	devices []agenda
	page    int64    // the one that is being worked off, counted from time 0
	open    []coming // its devices, the earliest last

	far     []float32 // what near has no room for of the devices' states, one after the other: looked at when they come up
	begins  []uint32  // where that of each device begins in far, and the end; none, if near has room for all
	looked  float32
	scratch []float32 // a state that is in both
}

// agenda is what is needed of a device to make its next record. It is as long as a line of a cache.
type agenda struct {
	due    int64
	beat   int64         // of its next record
	number uint32        // of its next record; of arrays of devices the index is number / Shards
	next   int32         // the device after this one on a page that is full; none: -1
	near   [near]float32 // the begin of its state
	kind   uint8
	lapse  uint8  // before its next record
	ahead  uint16 // of its next record's beat
}

// near keeps an agenda to one line. With two, and in them the knots of smooth parts, which then need not be drawn for each record, a record
// took 1.15 times as long.
const near = 9

// page is how many devices it has and their numbers; the last of a full one is the first of a list by agenda.next. One is as long as a
// line of a cache.
type page [16]int32

// fewAtOnce is on how many devices a page's look ahead is of use: what is looked at of more is in no near cache by the time it is needed,
// and of devices that send at the same time it comes up in the order in which it lies.
const fewAtOnce = 64

const pageHolds = int32(len(page{}) - 1)

// coming is a device on the open page.
type coming struct {
	due    int64
	device int32
}

// newCalendar makes an empty calendar for devices that send once in so many ns, of which so many share a page, or twice as many.
func newCalendar(devices int, usual float64, share int) *calendar {
	pages := int64(16)
	for pages < int64(devices/share) {
		pages *= 2
	}
	c := &calendar{mask: pages - 1, pages: make([]page, pages), devices: make([]agenda, devices), page: -1}
	c.share = math.MaxUint64 / max(1, uint64(usual/float64(pages)*2))
	return c
}

// state is that of a device, of a width. It is to be kept once it was changed.
func (c *calendar) state(device, width int) []float32 {
	a := &c.devices[device]
	if width <= near {
		return a.near[:width]
	}
	c.scratch = append(append(c.scratch[:0], a.near[:]...), c.far[c.begins[device]:][:width-near]...)
	return c.scratch
}

// keep puts a device's state back to where it was taken from.
func (c *calendar) keep(device int, state []float32) {
	if len(state) > near {
		copy(c.far[c.begins[device]:], state[copy(c.devices[device].near[:], state):])
	}
}

// put enters a device's next time, which is not before the earliest one in the calendar.
func (c *calendar) put(device int, due int64) {
	c.devices[device].due = due
	if p := c.of(due); p > c.page {
		c.enter(&c.pages[p&c.mask], int32(device))
		return
	}
	one := coming{due, int32(device)}
	i, _ := slices.BinarySearchFunc(c.open, one, later)
	c.open = slices.Insert(c.open, i, one)
}

// of is the page of a time, counted from time 0.
func (c *calendar) of(due int64) int64 {
	page, _ := bits.Mul64(uint64(due), c.share)
	return int64(page)
}

// enter writes a device on a page.
func (c *calendar) enter(p *page, device int32) {
	n := p[0]
	if n == pageHolds {
		c.devices[device].next, p[n] = p[n], device
		return
	}
	c.devices[device].next = -1
	p[n+1] = device
	p[0]++
}

// later orders by falling time, and at the same time by falling number.
func later(a, b coming) int {
	if a.due != b.due {
		return cmp.Compare(b.due, a.due)
	}
	return cmp.Compare(b.device, a.device)
}

// sortLater sorts by later: a page's few devices by insertion, which costs less than calls of a function do.
func sortLater(all []coming) {
	if len(all) > fewAtOnce {
		slices.SortFunc(all, later)
		return
	}
	for i, one := range all {
		for i > 0 && (all[i-1].due < one.due || all[i-1].due == one.due && all[i-1].device < one.device) {
			all[i] = all[i-1]
			i--
		}
		all[i] = one
	}
}

// first gives the device that is due first, and when.
func (c *calendar) first() (int, int64) {
	for len(c.open) == 0 {
		c.turn()
	}
	one := &c.open[len(c.open)-1]
	return int(one.device), one.due
}

// take removes what first gives.
func (c *calendar) take() { c.open = c.open[:len(c.open)-1] }

// turn opens the next page.
func (c *calendar) turn() {
	c.page++
	p := &c.pages[c.page&c.mask]
	all := *p
	p[0] = 0
	for i := all[0]; i > 0; i-- { // the last one first: of devices that send at the same time this is the order that is wanted
		for d := all[i]; d >= 0; {
			following := c.devices[d].next // of any but the last of a full page: none
			c.open1(p, d)
			d = following
		}
	}
	sortLater(c.open)
	if c.begins != nil && len(c.open) <= fewAtOnce {
		for _, one := range c.open {
			c.look(int(one.device))
		}
	}
}

// look reads the begin of what is far of a device's state and the end.
func (c *calendar) look(device int) {
	if from, end := c.begins[device], c.begins[device+1]; from < end {
		c.looked += c.far[from] + c.far[end-1]
	}
}

// open1 takes a device from a page that is opened, or writes it there again for the next time.
func (c *calendar) open1(p *page, d int32) {
	if due := c.devices[d].due; c.of(due) == c.page {
		c.open = append(c.open, coming{due, d})
	} else {
		c.enter(p, d)
	}
}
