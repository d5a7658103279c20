package fit

import (
	"cmp"
	"fmt"
	"time"
)

// otherForms are the forms of time that further fields are tried for.
var otherForms = []string{"3:04 PM", "15:04:05", "15:04", "2006-01-02 15:04:05", "2006-01-02T15:04:05Z", "2006-01-02T15:04:05.000Z", "2006-01-02 15:04:05<br />", "2006-01-02"}

// derived gives the slot of a field that says the time in another form, or numbers a device's messages; "" of any other.
func (f *fitter) derived(field int) string {
	if f.counts(field) {
		return "seq"
	}
	for _, form := range otherForms {
		if by, ok := f.follows(field, form); ok {
			return fmt.Sprintf("time:%v:%s", by, form)
		}
	}
	return ""
}

// counts tells whether a field goes up by one from message to message of a source.
func (f *fitter) counts(field int) bool {
	n, ones := 0, 0
	for _, src := range f.sources {
		v := f.Column(field, src.at)
		for i := 1; i < len(v); i++ {
			if n++; v[i] == v[i-1]+1 {
				ones++
			}
		}
	}
	return n > 0 && ones*10 > n*9
}

// follows tells whether a field is the time in a form, and how far from the clock it is most of the time.
func (f *fitter) follows(field int, form string) (time.Duration, bool) {
	const day = int64(24 * time.Hour)
	times := map[int64]int{}
	n := 0
	for i := range f.Messages {
		text := f.Messages[i].Texts[field]
		if text == "" {
			continue
		}
		if n++; n > 2000 {
			break
		}
		t, err := time.Parse(form, text)
		if err != nil {
			continue
		}
		off := t.UnixNano() - f.Messages[i].Time
		if t.Year() == 0 { // no date in it: an offset within a day
			off = int64(t.Sub(t.Truncate(24*time.Hour))) - f.Messages[i].Time
			off = ((off % day) + day) % day
		}
		times[off/int64(time.Minute)]++
	}
	best := int64(0)
	for off, count := range times {
		if count > times[best] || count == times[best] && nearer(off, best) {
			best = off
		}
	}
	return time.Duration(best) * time.Minute, n >= Least && times[best]*10 > n*4
}

// nearer orders distances by how far they are either way, so that of two that are as often one is taken in whatever order they come.
func nearer(a, b int64) bool {
	return cmp.Or(cmp.Compare(max(a, -a), max(b, -b)), cmp.Compare(a, b)) < 0
}
