package preset

import "github.com/streamgauge/streamgauge/harness/event"

// outage keeps back what devices make during some stretches of time, and lets it go at once afterwards.
type outage struct {
	what    fault
	share   uint64
	length  int64 // ns
	purpose uint64
}

// stretches is how many times as long as an outage the stretch of time is that may have one; drains, how many times as fast as
// it was made what was kept arrives.
const (
	stretches = 4
	drains    = 1024
)

func newOutages(d *Dirt) []outage {
	var all []outage
	for _, x := range []struct {
		what    fault
		rate    float64
		length  Span
		purpose uint64
	}{{silent, d.Silent, d.SilentFor, forSilence}, {storm, d.Storms, d.StormFor, forStorm}, {stall, d.Stalls, d.StallFor, forStall}} {
		if x.rate > 0 {
			all = append(all, outage{x.what, share(x.rate), int64(x.length), x.purpose})
		}
	}
	return all
}

// past is when something arrives that would be under way at t: after the outage, in the order in which it was made. What is made while
// that arrives waits behind it.
func (o *outage) past(t int64, seed uint64) int64 {
	stretch, lasts := stretches*o.length, o.length+o.length/(drains-1)
	n := t / stretch
	u := mix64(seed ^ o.purpose + odd*uint64(n+1))
	if u >= o.share {
		return t
	}
	from := n*stretch + int64(mix64(u)>>1%uint64(stretch-lasts))
	if t < from || t >= from+lasts {
		return t
	}
	return max(t, from+o.length+(t-from)/drains)
}

// held is when a record arrives that would arrive at t if there were no outages; tell, which may be nil, hears of each with
// the ns it adds.
func (s *Stream) held(t int64, device int, seed uint64, tell func(fault, int64)) int64 {
	for i := range s.dirt.outages {
		o := &s.dirt.outages[i]
		root := seed
		switch o.what {
		case storm:
			if mix64(seed^forStorm)&1 == 0 {
				continue
			}
			root = s.c.Seed
		case stall:
			s.name = s.id.append(s.name[:0], s.named(device, seed, 0))
			root = s.c.Seed + uint64(event.Partition(s.name, partitions))
		}
		now := o.past(t, root)
		if now != t && tell != nil {
			tell(o.what, now-t)
		}
		t = now
	}
	return t
}

// partitions is the number of those that stall: where a topic has four, or a part of four, they are its own.
const partitions = 4
