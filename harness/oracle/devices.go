package oracle

// pageSize is the number of devices whose state lies together: device numbers are dense, so pages fill up.
const pageSize = 128

// table holds one T for each device, zero at first. State belongs to (input partition, stream, device): a device has one
// partition unless somebody partitioned wrongly, so the partition it was first seen in is kept beside its T, and only
// states in further partitions cost a map entry.
type table[T any] struct {
	pages map[uint64]*[pageSize]slot[T]
	id    uint64
	page  *[pageSize]slot[T] // of id: the page used last
	other map[placed]*T
}

type slot[T any] struct {
	home int32 // partition + 1
	v    T
}

type placed struct {
	device    uint64
	partition int32
}

func (t *table[T]) at(partition int32, stream uint16, device uint32) *T {
	key := uint64(stream)<<32 | uint64(device)
	if id := key / pageSize; t.page == nil || id != t.id {
		t.id, t.page = id, t.pages[id]
		if t.page == nil {
			if t.pages == nil {
				t.pages = map[uint64]*[pageSize]slot[T]{}
			}
			t.page = new([pageSize]slot[T])
			t.pages[id] = t.page
		}
	}
	s := &t.page[key%pageSize]
	if s.home == 0 {
		s.home = partition + 1
	}
	if s.home == partition+1 {
		return &s.v
	}
	return t.elsewhere(placed{key, partition})
}

func (t *table[T]) elsewhere(p placed) *T {
	v := t.other[p]
	if v == nil {
		if t.other == nil {
			t.other = map[placed]*T{}
		}
		v = new(T)
		t.other[p] = v
	}
	return v
}

// each calls f with every T that was ever asked for.
func (t *table[T]) each(f func(partition int32, stream uint16, device uint32, v *T)) {
	for id, page := range t.pages {
		for i := range page {
			if s := &page[i]; s.home != 0 {
				key := id*pageSize + uint64(i)
				f(s.home-1, uint16(key>>32), uint32(key), &s.v)
			}
		}
	}
	for p, v := range t.other {
		f(p.partition, uint16(p.device>>32), uint32(p.device), v)
	}
}

// maxGaps bounds the missing intervals kept for a device; beyond, the oldest is forgotten.
const maxGaps = 8

// tracker follows the sequences of one device: the next one and the intervals missing below it. 16 bytes while nothing is
// missing.
type tracker struct {
	next uint64
	gaps *gaps
}

type gaps struct {
	n int
	g [maxGaps]gap // ascending
}

type gap struct{ from, to uint64 } // [from, to)

// arrival says how a sequence arrived.
type arrival int

const (
	inOrder  arrival = iota // above all others
	delayed                 // into a gap: behind a later one
	repeated                // seen before, or missing for so long that its gap was forgotten
)

func (t *tracker) see(seq uint64) arrival {
	if seq >= t.next {
		if seq > t.next {
			t.miss(gap{t.next, seq})
		}
		t.next = seq + 1
		return inOrder
	}
	if t.gaps == nil {
		return repeated
	}
	for i := t.gaps.n - 1; i >= 0; i-- {
		if g := t.gaps.g[i]; seq >= g.from && seq < g.to {
			t.fill(i, seq)
			return delayed
		}
	}
	return repeated
}

func (t *tracker) miss(g gap) {
	if t.gaps == nil {
		t.gaps = new(gaps)
	}
	if t.gaps.n == maxGaps {
		t.gaps.remove(0)
	}
	t.gaps.g[t.gaps.n] = g
	t.gaps.n++
}

// fill takes seq out of gap i.
func (t *tracker) fill(i int, seq uint64) {
	gs := t.gaps
	g := gs.g[i]
	switch {
	case g.to-g.from == 1:
		gs.remove(i)
	case seq == g.from:
		gs.g[i].from++
	case seq == g.to-1:
		gs.g[i].to--
	default:
		if gs.n == maxGaps { // no room for both parts: the lower is forgotten
			gs.g[i].from = seq + 1
			return
		}
		copy(gs.g[i+1:], gs.g[i:gs.n])
		gs.g[i], gs.g[i+1] = gap{g.from, seq}, gap{seq + 1, g.to}
		gs.n++
	}
}

func (g *gaps) remove(i int) {
	copy(g.g[i:], g.g[i+1:g.n])
	g.n--
}
