package preset

import "time"

// gateway passes on what the devices behind it sent, each time all of it. A nil one passes everything on at once.
type gateway struct {
	devices int      // behind each
	every   int64    // ns between two times at which it passes on; 0: polls has them
	polls   *arrival // times at no equal distances
}

// newGateway makes the gateway of a preset that was checked; nil if there is none.
func newGateway(g Gateway, n *normal) *gateway {
	switch {
	case g.Devices == 0:
		return nil
	case g.Intervals == "":
		return &gateway{devices: g.Devices, every: int64(g.Every)}
	}
	a := newArrival(&Kind{Intervals: g.Intervals, Memory: g.Memory}, n, 1)
	return &gateway{devices: g.Devices, polls: a}
}

// catchUp is how many times as fast as it came what has waited is passed on where a gateway passes on irregularly.
const catchUp = 512

// passedOn is when the gateway of a device passes on what that sent at t, ns from the stream's start.
func (g *gateway) passedOn(t int64, device int, seed uint64) int64 {
	if g == nil {
		return t
	}
	seed = mix64(odd*uint64(device/g.devices+1) ^ seed ^ forGateway)
	if g.polls == nil {
		phase := int64(seed >> 1 % uint64(g.every))
		return (t-phase+g.every-1)/g.every*g.every + phase
	}
	before, next := g.polls.around(seed, t)
	return next + (t-before)/catchUp
}

// around gives the last of a device's times before t and the first from t on; t twice if it is one of them. Jitter is left out.
func (a *arrival) around(seed uint64, t int64) (before, next int64) {
	round := t / a.round
	which, from := a.begin(seed, uint64(round))
	begin := round*a.round - a.sum(which, from)
	if t-begin > a.round { // the part of the order that comes after its end
		begin += a.round
	}
	if before, next = a.search(which, t-begin); next == t-begin {
		return t, t
	}
	return begin + before, begin + next
}

// waits is how long a record may wait for its gateway.
func (p *Preset) waits() time.Duration {
	most := time.Duration(0)
	for i := range p.Kinds {
		g := &p.Kinds[i].Gateway
		if g.Devices == 0 {
			g = &p.Gateway
		}
		most = max(most, g.longest())
	}
	return most
}

// longest is the longest time between two at which the gateway passes on, with what it takes to do so; 0: there is none.
func (g *Gateway) longest() time.Duration {
	switch {
	case g.Devices == 0:
		return 0
	case g.Intervals == "":
		return time.Duration(g.Every)
	}
	ns, _ := intervals(g.Intervals) // validated
	last := time.Duration(ns[len(ns)-1])
	return last + last/catchUp
}
