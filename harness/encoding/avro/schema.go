package avro

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
)

// Root is the full name of the outermost record.
const Root = "streamgauge.Reading"

// Schema derives the schema of a job's reading, in its parsing canonical form (Avro specification, section Schema
// Fingerprints). Errors: those of encoding.NewShape, and a step of a path that is no Avro name.
func Schema(r job.Reading) (string, error) {
	shape, err := encoding.NewShape(r)
	if err != nil {
		return "", err
	}
	w := &writer{unit: r.Time.Unit}
	w.record(Root, shape)
	return string(w.text), errors.Join(w.errs...)
}

type writer struct {
	unit string
	text []byte
	errs []error
}

var avroName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

func (w *writer) record(name string, s *encoding.Shape) {
	w.text = fmt.Appendf(w.text, `{"name":"%s","type":"record","fields":[`, name)
	for i, n := range s.Names {
		if !avroName.MatchString(n) {
			w.errs = append(w.errs, fmt.Errorf("%q is no Avro name: letters, digits and _, beginning with no digit", n))
		}
		if i > 0 {
			w.text = append(w.text, ',')
		}
		w.text = fmt.Appendf(w.text, `{"name":"%s","type":`, n)
		w.member(name+"."+n, s.Members[i])
		w.text = append(w.text, '}')
	}
	w.text = append(w.text, "]}"...)
}

func (w *writer) member(name string, s *encoding.Shape) {
	switch {
	case s.Field == encoding.Nowhere:
		w.record(name, s)
	case s.Field == encoding.Device:
		w.text = append(w.text, `"string"`...)
	case s.Field != encoding.Time:
		w.text = append(w.text, `["null","double"]`...)
	case w.unit == "ms":
		w.text = append(w.text, `"long"`...)
	default:
		w.text = append(w.text, `"double"`...)
	}
}

// order lists the fields as the schema has them.
func order(s *encoding.Shape, all []int) []int {
	if s.Field != encoding.Nowhere {
		return append(all, s.Field)
	}
	for _, m := range s.Members {
		all = order(m, all)
	}
	return all
}

// empty is the fingerprint of nothing, and the polynomial of CRC-64-AVRO.
const empty = 0xc15d213aa4d7a795

// Fingerprint is the CRC-64-AVRO of a schema in canonical form.
func Fingerprint(schema string) uint64 {
	fp := uint64(empty)
	for i := range len(schema) {
		fp ^= uint64(schema[i])
		for range 8 {
			fp = fp>>1 ^ empty&-(fp&1)
		}
	}
	return fp
}
