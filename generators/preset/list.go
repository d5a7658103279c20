package preset

import (
	"cmp"
	"fmt"
	"slices"
)

// mostItems is the most different ones that a list may have.
const mostItems = 256

// List is a part of a message that is there several times, such as the gateways that heard it: the slot ${list:NAME}.
type List struct {
	Name  string `yaml:"name"`
	Count string `yaml:"count"` // the field that says how often it is there
	Of    int    `yaml:"of"`    // different ones there are, of which a message has some
	Item  string `yaml:"item"`  // as Message; ${id} is an id of its own. Fields without white are the same wherever it appears
	Items []Item `yaml:"items"` // what they are one by one; none: all alike, and a message has neighbours in a circle
}

// Item is one of a list.
type Item struct {
	Often int    `yaml:"often"` // weight in the draw of those that a message has, 1 to 1,000,000
	Twin  bool   `yaml:"twin"`  // of the one before, as a second antenna: the same id, and in one message the same fields without white
	Item  string `yaml:"item"`  // in place of the list's
}

// listed is a List, compiled.
type listed struct {
	count int // field
	of    int
	slots [][]slot // one for all, or one for each
	often []uint32 // nil: all alike
	thing []int    // what each is: twins are one; nil: all differ
}

func (l *List) validate(e *problems, at string, fields []Field) {
	e.check(slices.ContainsFunc(fields, func(f Field) bool { return f.Name == l.Count }), "%s.count: no field %q", at, l.Count)
	e.check(l.Of >= 1 && l.Of <= mostItems, "%s.of: want 1 to %d", at, mostItems)
	e.check(len(l.Items) == 0 || len(l.Items) == l.Of, "%s.items: got %d, want none or as many as there are: %d", at, len(l.Items), l.Of)
	for i, item := range l.Items {
		e.check(item.Often >= 1 && item.Often <= 1_000_000, "%s.items[%d].often: got %d, want 1 to 1,000,000", at, i, item.Often)
		e.check(i > 0 || !item.Twin, "%s.items[0].twin: there is none before it", at)
	}
	for i, item := range l.items() {
		pieces, err := parse(item)
		e.check(err == nil, "%s.items[%d]: %v", at, i, err)
		for _, piece := range pieces {
			f := slices.IndexFunc(fields, func(f Field) bool { return f.Name == piece.name })
			e.check(f < 0 || len(fields[f].Each) == 0 || len(fields[f].Each) == l.Of,
				"%s.items[%d]: field %q: each: want one for each of %d", at, i, piece.name, l.Of)
		}
	}
}

// items are the forms of the items: one for all, or one for each.
func (l *List) items() []string {
	if len(l.Items) == 0 {
		return []string{l.Item}
	}
	var all []string
	for _, item := range l.Items {
		all = append(all, cmp.Or(item.Item, l.Item))
	}
	return all
}

// lists compiles the lists of a kind.
func (k *Kind) lists(compiled *kind) error {
	for _, l := range k.Lists {
		list := listed{count: slices.IndexFunc(k.Fields, func(f Field) bool { return f.Name == l.Count }), of: l.Of}
		for i, item := range l.items() {
			pieces, err := parse(item)
			if err != nil {
				return fmt.Errorf("list %s: %w", l.Name, err)
			}
			list.slots = append(list.slots, k.slots(pieces, compiled))
			if len(l.Items) > 0 {
				list.often = append(list.often, uint32(l.Items[i].Often))
				thing := i
				if l.Items[i].Twin {
					thing = list.thing[i-1]
				}
				list.thing = append(list.thing, thing)
			}
		}
		compiled.lists = append(compiled.lists, list)
	}
	return nil
}

// steady is the share of a listed field's variance that stays the same from message to message.
const steady = 0.7

// list writes the items that a message has: neighbours in a circle of all there are, begun anywhere, or as often as each is there.
func (s *Stream) list(b []byte, k *kind, w *wrongs, l *listed, ns int64) []byte {
	n := min(max(0, int(k.fields[l.count].plain(s.scores[l.count]))), l.of)
	u := mix64(w.seed ^ forList + odd*w.record)
	var which [mostItems]uint8
	if l.often != nil {
		l.draw(which[:n], u)
	} else {
		for j := range n {
			which[j] = uint8((int(u%uint64(l.of)) + j) % l.of)
		}
	}
	for j, i := range which[:n] {
		if j > 0 {
			b = append(b, ',')
		}
		b = s.item(b, k, w, l, int(i), ns)
	}
	return b
}

// draw gives so many different items, each draw by the weights of those that are left, in any order: what is there most often is
// not the first.
func (l *listed) draw(which []uint8, u uint64) {
	var left [mostItems]uint32
	total := uint32(0)
	for i, w := range l.often {
		left[i] = w
		total += w
	}
	for n := range which {
		u = mix64(u + odd)
		at, i := uint32(u>>32)%total, 0
		for at >= left[i] {
			at -= left[i]
			i++
		}
		total -= left[i]
		left[i] = 0
		place := int(uint32(u) % uint32(n+1))
		which[n] = which[place]
		which[place] = uint8(i)
	}
}

// item writes one item, by its number among all there are.
func (s *Stream) item(b []byte, k *kind, w *wrongs, l *listed, which int, ns int64) []byte {
	slots, thing := l.slots[0], which
	if l.often != nil {
		slots, thing = l.slots[which], l.thing[which]
	}
	own := mix64(s.c.Seed ^ forList + odd*uint64(thing+1))
	for i := range slots {
		sl := &slots[i]
		b = append(b, sl.literal...)
		switch {
		case sl.what == slotID:
			b = noise(b, own, 16, true)
		case sl.what <= slotForms:
			clock := k.forms[slotForms-sl.what]
			w.timed = true
			b = clock.append(b, ns+clock.by)
		case sl.what >= 0:
			f := &k.fields[sl.what]
			of := own
			if f.white > 0 && thing != which {
				of = mix64(own + uint64(which))
			}
			b = f.append(b, s.itemScore(f, which, of+uint64(f.of)<<32, w))
		}
	}
	return b
}

// itemScore is a field's score in an item: the item's own, and where the field has a part without memory, one for each device
// and one for each message too. Where the preset says what an item has, the rest is one for each message.
func (s *Stream) itemScore(f *field, which int, own uint64, w *wrongs) float64 {
	if f.each != nil {
		a := &f.each[which]
		return a.Mean + float64(a.Spread*s.normal.score(mix64(own^w.seed+odd*(w.record+1))))
	}
	if f.white == 0 {
		return s.normal.score(mix64(own))
	}
	return float64(root(steady)*s.normal.score(mix64(own^w.seed))) + float64(root(1-steady)*s.normal.score(mix64(own^w.seed+odd*(w.record+1))))
}
