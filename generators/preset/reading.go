package preset

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unsafe"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
)

var (
	errMixture = errors.New("a mixture is written as its devices write, and in no other encoding")
	errBlobs   = errors.New("messages with blobs are written as their devices write them, and in no other encoding")
)

// Reading is what a preset's messages are in other encodings: the device, the time in ms, and each field that has numbers
// as a metric, under the last step of its name.
func (p *Preset) Reading() (job.Reading, error) {
	r := job.Reading{Device: "device", Time: job.TimeField{Path: "ts", Unit: "ms"}, Metrics: map[string]job.Metric{}}
	if len(p.Parts) > 0 {
		return r, errMixture
	}
	if _, largest := p.Blobs(); largest > 0 {
		return r, errBlobs
	}
	of := map[string]string{}
	for _, k := range p.Kinds {
		for _, f := range k.Fields {
			name := metric(f.Name)
			if !p.hasNumbers(f.Name) {
				continue
			}
			if other, ok := of[name]; ok && other != f.Name {
				return r, fmt.Errorf("two fields are called %s", name)
			}
			of[name], r.Metrics[name] = f.Name, job.Metric{Path: name}
		}
	}
	if len(r.Metrics) == 0 {
		return r, errors.New("no field has numbers")
	}
	return r, nil
}

// metric makes a metric's name of a field's: [a-z][a-z0-9_]*.
func metric(field string) string {
	field = strings.ToLower(field[strings.LastIndexByte(field, '.')+1:])
	name := []byte{}
	for _, c := range []byte(field) {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' && len(name) > 0 {
			name = append(name, c)
		} else if len(name) > 0 && name[len(name)-1] != '_' {
			name = append(name, '_')
		}
	}
	if len(name) == 0 {
		return "value"
	}
	return strings.TrimRight(string(name), "_")
}

func (p *Preset) hasNumbers(field string) bool {
	for _, k := range p.Kinds {
		i := slices.IndexFunc(k.Fields, func(f Field) bool { return f.Name == field })
		if i < 0 {
			continue
		}
		if k.Fields[i].Quantiles != "" {
			return true
		}
		runs, _ := table(k.Fields[i].Steps)
		for _, r := range runs {
			if v, ok := micros(r.text); ok && v != encoding.Absent {
				return true
			}
		}
	}
	return false
}

// hasDigits tells whether some value of a field has a digit.
func (f *Field) hasDigits() bool {
	runs, _ := table(f.Steps)
	return f.Quantiles != "" || slices.ContainsFunc(runs, func(r run) bool { return strings.ContainsAny(r.text, "0123456789") })
}

// micros is a text in millionths; a text that is no number, or too large for a reading, is absent.
func micros(text string) (int64, bool) {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(v) || math.Abs(v) > 1e7 {
		return encoding.Absent, false
	}
	return int64(math.RoundToEven(float64(v * 1e6))), true
}

// encode makes the stream write messages by an encoder of a reading in place of the preset's own form. Metrics that the
// preset does not have are absent.
func (s *Stream) encode(e encoding.Encoder, r job.Reading) error {
	var names []string
	for name := range r.Metrics {
		names = append(names, name)
	}
	slices.Sort(names)
	s.encoder, s.values = e, make([]int64, len(names))
	s.timeless = bytes.Equal(e.Append(nil, "", 0, s.values), e.Append(nil, "", 1_234_567_891_234, s.values))
	known := false
	for i := range s.kinds {
		k, def := &s.kinds[i], &s.c.Preset.Kinds[i]
		for _, name := range names {
			at := slices.IndexFunc(def.Fields, func(f Field) bool { return metric(f.Name) == name })
			k.metrics = append(k.metrics, at)
			if at >= 0 {
				known = true
				k.fields[at].count()
			}
		}
		k.spiked = slices.DeleteFunc(k.spiked, func(i int) bool { return !slices.Contains(k.metrics, i) })
	}
	if !known {
		return fmt.Errorf("generating from a preset: it has none of the metrics %s", strings.Join(names, ", "))
	}
	return nil
}

// count turns a field's texts into millionths.
func (f *field) count() {
	f.micros = make([]int64, len(f.texts))
	for i, text := range f.texts {
		f.micros[i], _ = micros(text)
	}
}

// number is the value of a score in millionths.
func (f *field) number(score float64) int64 {
	if f.texts != nil {
		return f.micros[f.cell[cell(score)]]
	}
	return int64(max(-mostWhole, min(math.RoundToEven(float64(f.units(score)/f.unit*1e6)), mostWhole)))
}

// altered is a metric to whose value something was done, and what it was before.
type altered struct {
	metric int
	was    int64
	what   fault
}

// encoded writes the record whose scores are at hand by the encoder. It has no way to write NaN, which is missing then.
func (s *Stream) encoded(b []byte, k *kind, w *wrongs, key []byte) []byte {
	glitches := w.seed ^ forGlitch + odd*w.record
	ms := floorMS(s.told(w))
	w.timed = !s.timeless
	if w.fault == units {
		ms /= 1000
		w.swapped = w.timed
	}
	wrong := s.field(k, w)
	s.altered = s.altered[:0]
	for m, i := range k.metrics {
		s.values[m] = encoding.Absent
		if i < 0 {
			continue
		}
		s.values[m] = s.millionths(&k.fields[i], i, glitches)
		if w.schemaFrom > 0 && i == k.shown[0] { // a field of another name is none that the reading has
			s.alterValue(m, otherSchema, encoding.Absent)
			continue
		}
		if i == wrong && w.fault != spike {
			s.alterValue(m, w.fault, encoding.Absent)
			continue
		}
		if i == w.dropped {
			s.alterValue(m, dropout, 0)
			continue
		}
		if i == w.converted && s.values[m] != encoding.Absent {
			s.alterValue(m, otherUnit, convertMicros(s.values[m]))
		}
		if i == wrong && s.values[m] != encoding.Absent {
			s.alterValue(m, spike, min(s.values[m]*10+9e6, 1e13))
		}
	}
	from := len(b)
	device := unsafe.String(unsafe.SliceData(key), len(key)) // encoders keep nothing of it; to copy it takes as long as to encode
	b = s.encoder.Append(b, device, ms, s.values)
	if s.dirt.tell != nil {
		s.showing(b[from:], key, ms, w)
		w.stuck = s.dirt.sticks(w.seed, w.record) && s.holds(b[from:], key, ms)
	}
	return b
}

func (s *Stream) alterValue(metric int, what fault, v int64) {
	s.altered = append(s.altered, altered{metric, s.values[metric], what})
	s.values[metric] = v
}

// showing finds what of all that was done to values shows in the message: a spike of -1 is -1, and an encoding may have no room for
// a value.
func (s *Stream) showing(message, key []byte, ms int64, w *wrongs) {
	schemaFrom := w.schemaFrom
	w.schemaFrom = 0
	for _, a := range s.altered {
		is := s.values[a.metric]
		s.values[a.metric] = a.was
		shows := !bytes.Equal(message, s.encoder.Append(nil, string(key), ms, s.values))
		s.values[a.metric] = is
		switch {
		case !shows:
		case a.what == otherSchema:
			w.schemaFrom = schemaFrom
		case a.what == dropout:
			w.droppedOne = true
		case a.what == otherUnit:
			w.convertedOne = true
		default:
			w.wronged = true
		}
	}
}

// holds tells whether a message has a value to which nothing was done: it would be another without all of them.
func (s *Stream) holds(message, key []byte, ms int64) bool {
	none := slices.Repeat([]int64{encoding.Absent}, len(s.values))
	for _, a := range s.altered {
		none[a.metric] = s.values[a.metric]
	}
	return !bytes.Equal(message, s.encoder.Append(nil, string(key), ms, none))
}

// millionths is the value of a field in millionths, or a glitch in its place.
func (s *Stream) millionths(f *field, i int, glitches uint64) int64 {
	if f.glitch > 0 {
		if u := mix64(glitches + uint64(i)); u < f.glitch {
			v, _ := micros(f.wrong[mix64(u)%uint64(len(f.wrong))])
			return v
		}
	}
	return f.number(s.scores[i])
}
