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
	pages   []page // behind them are as many as full ones can be
	spare   int32  // of the latter one that is free
	devices []agenda
	page    int64    // the one that is being worked off, counted from time 0
	open    []coming // its devices, the earliest last
	parted  []coming // scratch of sort

	far     []float32 // what near has no room for of the devices' states, one after the other: looked at when they come up
	begins  []uint32  // where that of every together-th device begins in far; none, if near has room for all
	behind  []uint16  // how far behind it that of each device begins, and the end
	looked  float32
	scratch []float32 // a state that is in both
}

// agenda is what is needed of a device to make its next record. It is as long as a line of a cache.
type agenda struct {
	due    int64
	beat   int64         // of its next record
	number uint32        // of its next record; of arrays of devices the index is number / Shards
	near   [near]float32 // the begin of its state
	ahead  ahead         // of its next record's beat
	kind   uint8
	lapse  uint8 // before its next record
}

// near keeps an agenda to one line. With two, and in them the knots of smooth parts, which then need not be drawn for each record, a record
// took 1.15 times as long.
const near = 9

// page holds devices, in the order in which they were put there. What it has no room for is behind it, on a page that is full. One is as
// long as a line of a cache.
type page struct {
	held   int32
	behind int32 // by number; none: 0
	of     [pageHolds]int32
}

const pageHolds = 14

// fewAtOnce is on how many devices a page's look ahead is of use: what is looked at of more is in no near cache by the time it is needed,
// and of devices that send at the same time it comes up in the order in which it lies.
const fewAtOnce = 256

// shared is how many devices share a page at least, on average, and twice as many at most. With few there are more pages than a near
// cache holds, and each device that is entered waits for its own.
const shared = 64

// together is how many devices' far states have one begin, which is four bytes long; behind it two are enough.
const together = 256

// coming is a device on the open page.
type coming struct {
	due    int64
	device int32
}

// newCalendar makes an empty calendar for devices that send once in so many ns.
func newCalendar(devices int, usual float64) *calendar {
	pages := int64(16)
	for pages < int64(devices/shared) {
		pages *= 2
	}
	c := &calendar{mask: pages - 1, pages: make([]page, pages+int64(devices/pageHolds)), devices: make([]agenda, devices), page: -1}
	for at := int32(pages); at < int32(len(c.pages)); at++ {
		c.free(at)
	}
	c.share = math.MaxUint64 / max(1, uint64(usual/float64(pages)*2))
	return c
}

// state is that of a device, of a width. It is to be kept once it was changed.
func (c *calendar) state(device, width int) []float32 {
	a := &c.devices[device]
	if width <= near {
		return a.near[:width]
	}
	c.scratch = append(append(c.scratch[:0], a.near[:]...), c.far[c.begin(device):][:width-near]...)
	return c.scratch
}

// keep puts a device's state back to where it was taken from.
func (c *calendar) keep(device int, state []float32) {
	if len(state) > near {
		copy(c.far[c.begin(device):], state[copy(c.devices[device].near[:], state):])
	}
}

// begin is where a device's state begins in far.
func (c *calendar) begin(device int) int {
	return int(c.begins[device/together]) + int(c.behind[device])
}

// lay settles where the state of the next device begins in far.
func (c *calendar) lay(at int) {
	if len(c.behind)%together == 0 {
		c.begins = append(c.begins, uint32(at))
	}
	c.behind = append(c.behind, uint16(at-int(c.begins[len(c.begins)-1])))
}

// put enters a device's next time, which is not before the earliest one in the calendar.
func (c *calendar) put(device int, due int64) {
	c.devices[device].due = due
	if p := c.of(due); p > c.page {
		c.enter(p&c.mask, int32(device))
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
func (c *calendar) enter(number int64, device int32) {
	p := &c.pages[number]
	if p.held == pageHolds {
		p = c.carry(number)
	}
	p.of[p.held] = device
	p.held++
}

// carry puts what a full page holds behind it.
func (c *calendar) carry(number int64) *page {
	p, at := &c.pages[number], c.spare
	c.spare = c.pages[at].behind
	c.pages[at] = *p
	p.held, p.behind = 0, at
	return p
}

// free keeps a page for what carry puts there.
func (c *calendar) free(at int32) { c.pages[at].behind, c.spare = c.spare, at }

// later orders by falling time, and at the same time by falling number.
func later(a, b coming) int {
	if a.due != b.due {
		return cmp.Compare(b.due, a.due)
	}
	return cmp.Compare(b.device, a.device)
}

// sort sorts the open page's devices by later. Few are parted by their times before they are sorted by insertion, which costs less than
// calls of a function do: then each has a place or two to go.
func (c *calendar) sort() {
	if len(c.open) > fewAtOnce {
		slices.SortFunc(c.open, later)
		return
	}
	var ends [parts + 1]uint16
	for _, one := range c.open {
		ends[c.part(one.due)+1]++
	}
	for i := range parts {
		ends[i+1] += ends[i]
	}
	c.parted = slices.Grow(c.parted[:0], len(c.open))[:len(c.open)]
	for _, one := range c.open {
		end := &ends[c.part(one.due)]
		c.parted[*end] = one
		*end++
	}
	c.open, c.parted = c.parted, c.open
	for i, one := range c.open {
		for i > 0 && (c.open[i-1].due < one.due || c.open[i-1].due == one.due && c.open[i-1].device < one.device) {
			c.open[i] = c.open[i-1]
			i--
		}
		c.open[i] = one
	}
}

// parts is how many parts of a page are told apart before it is sorted.
const parts = 128

// part is that of a time on its page, the last one first.
func (c *calendar) part(due int64) int {
	_, part := bits.Mul64(uint64(due), c.share)
	return int(parts - 1 - part/(1<<64/parts))
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
	number := c.page & c.mask
	p := c.pages[number]
	c.pages[number].held, c.pages[number].behind = 0, 0
	for {
		for i := p.held - 1; i >= 0; i-- { // the last one first: of devices that send at the same time this is the order that is wanted
			c.open1(number, p.of[i])
		}
		at := p.behind
		if at == 0 {
			break
		}
		p = c.pages[at]
		c.free(at)
	}
	c.sort()
	if c.begins != nil && len(c.open) <= fewAtOnce {
		for _, one := range c.open {
			c.look(int(one.device))
		}
	}
}

// look reads the begin of what is far of a device's state and the end.
func (c *calendar) look(device int) {
	if from, end := c.begin(device), c.begin(device+1); from < end {
		c.looked += c.far[from] + c.far[end-1]
	}
}

// open1 takes a device from a page that is opened, or writes it there again for the next time.
func (c *calendar) open1(number int64, d int32) {
	if due := c.devices[d].due; c.of(due) == c.page {
		c.open = append(c.open, coming{due, d})
	} else {
		c.enter(number, d)
	}
}
