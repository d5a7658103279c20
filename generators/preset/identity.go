package preset

import (
	"strconv"
	"strings"
)

// identity writes the ids of devices: each # of the form is a hexadecimal digit of a number that is different for every
// device and looks like no count; each @ is the device's number, from 1. Of devices in sets these are the set's, and each % is
// the name of the kind.
type identity struct {
	form  string
	mask  uint64
	key   uint64
	width int      // hexadecimal digits
	kinds []string // names of the kinds, where devices come in sets of one of each

	digits []int // places of the digits, where nothing else is filled in; nil: something is
}

func newIdentity(p *Preset, seed uint64) identity {
	form := p.Device
	id := identity{form: form, width: min(strings.Count(form, "#"), 15)}
	id.mask = 1<<(4*id.width) - 1
	id.key = mix64(seed ^ forIdentity)
	if p.Sets {
		for _, k := range p.Kinds {
			id.kinds = append(id.kinds, k.Name)
		}
	}
	if id.width == strings.Count(form, "#") && !strings.Contains(form, "@") && id.kinds == nil {
		for i, c := range []byte(form) {
			if c == '#' {
				id.digits = append(id.digits, i)
			}
		}
	}
	return id
}

// holds tells whether so many devices have different ids.
func (id *identity) holds(devices int) bool {
	return strings.Contains(id.form, "@") || uint64(devices) <= id.mask+1
}

// longest is the most bytes of an id of so many devices, those among them that are unknown or in another's place: these have numbers
// of up to three times as many.
func (id *identity) longest(devices int) int {
	number, kind := len(strconv.Itoa(3*devices)), 1
	for _, name := range id.kinds {
		kind = max(kind, len(name))
	}
	return len(id.form) + (number-1)*strings.Count(id.form, "@") + (kind-1)*strings.Count(id.form, "%")
}

func (id *identity) append(b []byte, device int) []byte {
	kind := ""
	if id.kinds != nil {
		device, kind = device/len(id.kinds), id.kinds[device%len(id.kinds)]
	}
	n := (uint64(device)*(odd&id.mask|1) ^ id.key) & id.mask // an odd factor and an exclusive or keep different numbers apart
	left := id.width
	if id.digits != nil {
		at := len(b)
		b = append(b, id.form...)
		for _, i := range id.digits {
			left--
			b[at+i] = "0123456789abcdef"[n>>(4*left)&15]
		}
		return b
	}
	for i := range len(id.form) {
		switch c := id.form[i]; {
		case c == '@':
			b = strconv.AppendInt(b, int64(device)+1, 10)
		case c == '%' && kind != "":
			b = append(b, kind...)
		case c == '#' && left > 0:
			left--
			b = append(b, "0123456789abcdef"[n>>(4*left)&15])
		default:
			b = append(b, c)
		}
	}
	return b
}
