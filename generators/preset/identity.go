package preset

import (
	"strconv"
	"strings"
)

// identity writes the ids of devices: each # of the form is a hexadecimal digit of a number that is different for every
// device and looks like no count; each @ is the device's number, from 1.
type identity struct {
	form  string
	mask  uint64
	key   uint64
	width int // hexadecimal digits
}

func newIdentity(form string, seed uint64) identity {
	id := identity{form: form, width: min(strings.Count(form, "#"), 15)}
	id.mask = 1<<(4*id.width) - 1
	id.key = mix64(seed ^ forIdentity)
	return id
}

// holds tells whether so many devices have different ids.
func (id *identity) holds(devices int) bool {
	return strings.Contains(id.form, "@") || uint64(devices) <= id.mask+1
}

func (id *identity) append(b []byte, device int) []byte {
	n := (uint64(device)*(odd&id.mask|1) ^ id.key) & id.mask // an odd factor and an exclusive or keep different numbers apart
	left := id.width
	for i := range len(id.form) {
		switch c := id.form[i]; {
		case c == '@':
			b = strconv.AppendInt(b, int64(device)+1, 10)
		case c == '#' && left > 0:
			left--
			b = append(b, "0123456789abcdef"[n>>(4*left)&15])
		default:
			b = append(b, c)
		}
	}
	return b
}
