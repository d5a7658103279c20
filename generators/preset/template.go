package preset

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// piece is a literal text and the slot after it. The last piece of a message may have none.
type piece struct {
	literal string
	name    string // of the slot: device, time, seq or a field; "": none
}

// parse takes a message with ${NAME} slots apart. Errors: a slot that is not closed.
func parse(message string) ([]piece, error) {
	var all []piece
	for {
		before, rest, ok := strings.Cut(message, "${")
		if !ok {
			return append(all, piece{literal: message}), nil
		}
		name, after, ok := strings.Cut(rest, "}")
		if !ok {
			return all, fmt.Errorf("${%s: want a } after the name", rest)
		}
		all = append(all, piece{before, name})
		message = after
	}
}

// Slots other than fields.
const (
	slotNone = -1 - iota
	slotDevice
	slotTime
	slotSeq
	slotID
	slotSpecial // noise, sums and the like
	slotList
	slotBlob
	slotForms // and below: a time in another form
)

// isTime tells a slot of a time in another form from a field.
func isTime(name string) bool {
	_, _, err := timeForm(name)
	return err == nil
}

// timeForm reads time:OFFSET:FORM: so far from the clock, in that form of Go's package time.
func timeForm(name string) (time.Duration, string, error) {
	rest, ok := strings.CutPrefix(name, "time:")
	offset, form, ok2 := strings.Cut(rest, ":")
	if !ok || !ok2 {
		return 0, "", fmt.Errorf("%q is no time:OFFSET:FORM", name)
	}
	d, err := time.ParseDuration(offset)
	return d, form, err
}

// shifted is a clock that goes so many ns after the devices' own.
type shifted struct {
	*timeWriter
	by int64
}

// slot is a piece for one kind.
type slot struct {
	literal string
	text    padded // the literal
	what    int    // index of a field, or a constant above
	shape   shape
}

// slots makes the slots of a template; clocks of times in other forms are added to the kind's.
func (k *Kind) slots(pieces []piece, compiled *kind) []slot {
	named := map[string]int{"": slotNone, "device": slotDevice, "time": slotTime, "seq": slotSeq, "id": slotID}
	var all []slot
	for _, p := range pieces {
		name, shape, _ := shaped(p.name) // validated
		s := slot{literal: p.literal, shape: shape}
		i := slices.IndexFunc(k.Fields, func(f Field) bool { return f.Name == name })
		if s.what = i; i < 0 {
			s.what = named[name]
		}
		if shape.form >= formNoise {
			s.what = slotSpecial
		}
		if shape.form >= formDense {
			s.what, s.shape.count = slotBlob, i
		}
		if at := slices.IndexFunc(k.Lists, func(l List) bool { return "list:"+l.Name == name }); at >= 0 {
			s.what, s.shape.count = slotList, at
		}
		if by, form, err := timeForm(name); err == nil {
			s.what = slotForms - len(compiled.forms)
			compiled.forms = append(compiled.forms, shifted{newTimeWriter(Clock{Form: form, Step: compiled.step}), int64(by)})
		}
		all = append(all, s)
	}
	return all
}

// padAll makes the slots' literals quick to write, when nothing is changed in them any more.
func padAll(slots []slot) {
	for i := range slots {
		slots[i].text = pad(slots[i].literal)
	}
}

// timeWriter writes times as a clock does. It keeps the text of the whole unit it wrote last.
type timeWriter struct {
	unit     int64  // ns of a number's unit; 0: a layout
	layout   string // up to the fraction
	rest     string // what comes after it
	decimals int    // of the fraction
	trim     bool

	whole int64 // of the text, in units or s
	text  []byte
}

func newTimeWriter(c Clock) *timeWriter {
	w := &timeWriter{trim: c.Trim, whole: -1 << 62}
	step := int64(c.Step)
	switch c.Form {
	case "s":
		w.unit = 1e9
	case "ms":
		w.unit = 1e6
	case "us":
		w.unit = 1e3
	case "ns":
		w.unit = 1
	default:
		w.split(c.Form)
		return w
	}
	for u := w.unit; u > step && u > 1; u /= 10 {
		w.decimals++
	}
	return w
}

// split parts a layout at its fraction of zeros or nines.
func (w *timeWriter) split(layout string) {
	w.layout = layout
	for _, digit := range []string{"0", "9"} {
		for n := 9; n > 0; n-- {
			if i := strings.Index(layout, "05."+strings.Repeat(digit, n)); i >= 0 {
				w.layout, w.rest, w.decimals = layout[:i+2], layout[i+3+n:], n
				w.trim = w.trim || digit == "9"
				return
			}
		}
	}
}

// append writes a time in ns since the epoch.
func (w *timeWriter) append(b []byte, ns int64) []byte {
	unit := int64(1e9)
	if w.unit > 0 {
		unit = w.unit
	}
	whole := ns / unit
	if whole != w.whole {
		w.whole = whole
		if w.unit > 0 {
			w.text = strconv.AppendInt(w.text[:0], whole, 10)
		} else {
			w.text = time.Unix(whole, 0).UTC().AppendFormat(w.text[:0], w.layout)
		}
	}
	b = append(b, w.text...)
	if w.decimals > 0 {
		b = w.fraction(b, (ns-whole*unit)*(1e9/unit))
	}
	if w.rest != "" {
		b = append(b, time.Unix(whole, 0).UTC().Format(w.rest)...)
	}
	return b
}

// fraction writes billionths of a unit.
func (w *timeWriter) fraction(b []byte, billionths int64) []byte {
	var digits [10]byte
	digits[0] = '.'
	left := uint32(billionths) // below 2^30
	for i := 9; i > 0; i-- {
		digits[i] = byte('0' + left%10)
		left /= 10
	}
	start := len(b)
	b = append(b, digits[:w.decimals+1]...)
	if w.trim {
		for len(b) > start+2 && b[len(b)-1] == '0' {
			b = b[:len(b)-1]
		}
	}
	return b
}
