package preset

import (
	"cmp"
	"slices"
)

// calendar holds each device's next time in pages of equal length, a list of devices each: putting one in and taking the
// earliest out cost the same for ten devices and for a million. Times beyond the last page wait on the page that time will
// have when the pages are gone through again.
type calendar struct {
	width int64   // of a page, ns
	mask  int64   // pages − 1
	pages []int32 // the first device of each; none: -1
	next  []int32 // the device after this one on its page
	due   []int64 // by device
	page  int64   // the one that is being worked off, counted from time 0
	open  []int32 // its devices, the earliest last
}

// newCalendar makes an empty calendar for devices that send once in so many ns.
func newCalendar(devices int, usual float64) *calendar {
	pages := int64(16)
	for pages < int64(devices)/8 {
		pages *= 2
	}
	c := &calendar{mask: pages - 1, pages: make([]int32, pages), next: make([]int32, devices), due: make([]int64, devices), page: -1}
	c.width = max(1, int64(usual/float64(pages)*2))
	for i := range c.pages {
		c.pages[i] = -1
	}
	return c
}

// put enters a device's next time, which is not before the earliest one in the calendar.
func (c *calendar) put(device int, due int64) {
	c.due[device] = due
	if due/c.width > c.page {
		p := due / c.width & c.mask
		c.next[device] = c.pages[p]
		c.pages[p] = int32(device)
		return
	}
	i, _ := slices.BinarySearchFunc(c.open, int32(device), c.later)
	c.open = slices.Insert(c.open, i, int32(device))
}

// later orders by falling time, and at the same time by falling number.
func (c *calendar) later(a, b int32) int {
	return cmp.Or(cmp.Compare(c.due[b], c.due[a]), cmp.Compare(b, a))
}

// first gives the device that is due first.
func (c *calendar) first() int {
	for len(c.open) == 0 {
		c.turn()
	}
	return int(c.open[len(c.open)-1])
}

// take removes what first gives.
func (c *calendar) take() { c.open = c.open[:len(c.open)-1] }

// turn opens the next page.
func (c *calendar) turn() {
	c.page++
	p := c.page & c.mask
	d := c.pages[p]
	c.pages[p] = -1
	for d >= 0 {
		following := c.next[d]
		if c.due[d]/c.width == c.page {
			c.open = append(c.open, d)
		} else {
			c.next[d] = c.pages[p]
			c.pages[p] = d
		}
		d = following
	}
	slices.SortFunc(c.open, c.later)
}
