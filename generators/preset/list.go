package preset

import (
	"fmt"
	"slices"
)

// List is a part of a message that is there several times, such as the gateways that heard it: the slot ${list:NAME}.
type List struct {
	Name  string `yaml:"name"`
	Count string `yaml:"count"` // the field that says how often it is there
	Of    int    `yaml:"of"`    // different ones there are, of which a message has some
	Item  string `yaml:"item"`  // as Message; ${id} is an id of its own. Fields without white are the same wherever it appears
}

// listed is a List, compiled.
type listed struct {
	count int // field
	of    int
	slots []slot
}

func (l *List) validate(e *problems, at string, fields []Field) {
	e.check(slices.ContainsFunc(fields, func(f Field) bool { return f.Name == l.Count }), "%s.count: no field %q", at, l.Count)
	e.check(l.Of >= 1 && l.Of <= 256, "%s.of: want 1 to 256", at)
	_, err := parse(l.Item)
	e.check(err == nil, "%s.item: %v", at, err)
}

// lists compiles the lists of a kind.
func (k *Kind) lists(compiled *kind) error {
	for _, l := range k.Lists {
		pieces, err := parse(l.Item)
		if err != nil {
			return fmt.Errorf("list %s: %w", l.Name, err)
		}
		compiled.lists = append(compiled.lists, listed{
			count: slices.IndexFunc(k.Fields, func(f Field) bool { return f.Name == l.Count }), of: l.Of,
			slots: k.slots(pieces, compiled)})
	}
	return nil
}

// steady is the share of a listed field's variance that stays the same from message to message.
const steady = 0.7

// list writes the items that a message has: neighbours in a circle of all there are, begun anywhere.
func (s *Stream) list(b []byte, k *kind, w *wrongs, l *listed, ns int64) []byte {
	n := min(max(0, int(k.fields[l.count].plain(s.scores[l.count]))), l.of)
	u := mix64(w.seed ^ forList + odd*w.record)
	for j := range n {
		if j > 0 {
			b = append(b, ',')
		}
		b = s.item(b, k, w, l, (int(u%uint64(l.of))+j)%l.of, ns)
	}
	return b
}

// item writes one item, by its number among all there are.
func (s *Stream) item(b []byte, k *kind, w *wrongs, l *listed, which int, ns int64) []byte {
	own := mix64(s.c.Seed ^ forList + odd*uint64(which+1))
	for i := range l.slots {
		sl := &l.slots[i]
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
			b = f.append(b, s.itemScore(f, own+uint64(f.of)<<32, w))
		}
	}
	return b
}

// itemScore is a field's score in an item: the item's own, and where the field has a part without memory, one for each device
// and one for each message too.
func (s *Stream) itemScore(f *field, own uint64, w *wrongs) float64 {
	if f.white == 0 {
		return s.normal.score(mix64(own))
	}
	return float64(root(steady)*s.normal.score(mix64(own^w.seed))) + float64(root(1-steady)*s.normal.score(mix64(own^w.seed+odd*(w.record+1))))
}
