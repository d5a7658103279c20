package collector

import "github.com/streamgauge/streamgauge/harness/event"

// identities is a set of output identities. Sequences of a device are dense, so it keeps one bit for each: a trial of a
// hundred million events takes some 13 MB. Windows are dense too, once their starts are counted in steps.
type identities struct {
	step  int64 // of window starts, ms; 1 when it is not known
	pages map[pageKey]*page
	last  pageKey // the page used last, and its key: devices of a page often come together
	page  *page
	far   map[farKey]struct{} // sequences too far from their device's others, as a faulty engine may invent
}

const pageDevices = 64

type pageKey struct {
	kind          event.Kind
	stream        uint16
	node, ordinal uint16
	block         uint32 // device / pageDevices
}

type page [pageDevices]bits

type farKey struct {
	pageKey
	device uint32
	seq    uint64
}

// bits is a bit set over [base × 64, (base + len(words)) × 64).
type bits struct {
	base  uint64
	words []uint64
}

// maxJump is how many words a bit set grows at once: 4 million sequences, 512 KB.
const maxJump = 1 << 16

func newIdentities() *identities {
	return &identities{step: 1, pages: map[pageKey]*page{}, far: map[farKey]struct{}{}}
}

// add reports whether the identity of o was not in the set, which it is from now on.
func (s *identities) add(o *Observation) bool {
	key := pageKey{o.Kind, o.Stream, o.Node, o.Ordinal, o.Device / pageDevices}
	if s.page == nil || key != s.last {
		p := s.pages[key]
		if p == nil {
			p = new(page)
			s.pages[key] = p
		}
		s.last, s.page = key, p
	}
	seq, dense := o.Seq, true
	if o.Kind == event.KindWindow {
		dense = s.step > 1 && int64(seq)%s.step == 0
		seq = uint64(int64(seq) / s.step)
	}
	if dense {
		if fresh, fits := s.page[o.Device%pageDevices].add(seq); fits {
			return fresh && (len(s.far) == 0 || !s.inFar(key, o))
		}
	}
	if s.inFar(key, o) {
		return false
	}
	s.far[farKey{key, o.Device, o.Seq}] = struct{}{}
	return true
}

// inFar tells whether an identity lay too far from the others when it was added; by now it may be within reach.
func (s *identities) inFar(key pageKey, o *Observation) bool {
	_, ok := s.far[farKey{key, o.Device, o.Seq}]
	return ok
}

// add sets one bit. It does not fit when the set would have to grow too far for it.
func (b *bits) add(seq uint64) (fresh, fits bool) {
	w := seq / 64
	n := uint64(len(b.words))
	switch {
	case n == 0:
		b.base, b.words = w, make([]uint64, 1)
	case w < b.base && b.base-w <= maxJump:
		b.words = append(make([]uint64, b.base-w, b.base-w+n), b.words...)
		b.base = w
	case w >= b.base && w-b.base >= n && w-b.base-n < maxJump:
		b.words = append(b.words, make([]uint64, w-b.base-n+1)...)
	case w < b.base || w-b.base >= n:
		return false, false
	}
	bit := uint64(1) << (seq % 64)
	fresh = b.words[w-b.base]&bit == 0
	b.words[w-b.base] |= bit
	return fresh, true
}
