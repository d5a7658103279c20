// Package prometheus is the encoding "prometheus": the text format that exporters answer scrapes with (exposition format
// 0.0.4), pushed through a broker. The device is a label, a metric the sample that has its path for a name; what names cannot
// hold is an underscore in both. harness/job/SEMANTICS.md section 3.1 is the norm.
package prometheus

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
)

// Format makes decoders and encoders. It implements encoding.Format.
type Format struct{}

// Name is "prometheus".
func (Format) Name() string { return "prometheus" }

// names gives a reading's paths their form in the text. Errors: those of encoding.NewShape, and two paths with one form.
func names(r job.Reading) (job.Reading, error) {
	if _, err := encoding.NewShape(r); err != nil {
		return r, err
	}
	out := job.Reading{Device: name(r.Device, false), Time: r.Time, Metrics: map[string]job.Metric{}}
	of := map[string]string{}
	for n, m := range r.Metrics {
		p := name(m.Path, true)
		if other, ok := of[p]; ok {
			return r, fmt.Errorf("metrics %s and %s would both be called %s", min(n, other), max(n, other), p)
		}
		of[p] = n
		m.Path = p
		out.Metrics[n] = m
	}
	return out, nil
}

// name replaces what the name of a label, or of a metric, cannot hold.
func name(path string, metric bool) string {
	var b []byte
	for i, c := range []byte(path) {
		if i == 0 && c >= '0' && c <= '9' {
			b = append(b, '_')
		}
		if !letter(c, metric) && (c < '0' || c > '9') {
			c = '_'
		}
		b = append(b, c)
	}
	return string(b)
}

// letter says whether a name can begin with c. Those of labels have no colon.
func letter(c byte, metric bool) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || metric && c == ':'
}

// Decoder makes a decoder of a job's reading. Errors: those of encoding.NewShape, and two metrics whose names are one here.
func (Format) Decoder(r job.Reading) (encoding.Decoder, error) {
	r, err := names(r)
	if err != nil {
		return nil, fmt.Errorf("making a decoder of prometheus: %w", err)
	}
	f, err := encoding.NewNames(r)
	if err != nil {
		return nil, fmt.Errorf("making a decoder of prometheus: %w", err)
	}
	return &decoder{fields: f, label: r.Device}, nil
}

// Encoder makes an encoder of a job's reading. Errors: as Decoder.
func (Format) Encoder(r job.Reading) (encoding.Encoder, error) {
	r, err := names(r)
	if err != nil {
		return nil, fmt.Errorf("making an encoder of prometheus: %w", err)
	}
	e := &encoder{}
	e.alive = e.family(alive(r), r.Device)
	for _, n := range r.Names() {
		e.families = append(e.families, e.family(r.Metrics[n].Path, r.Device))
	}
	return e, nil
}

// alive is the name of a sample that stands for none: that of a scrape that succeeded, if no metric is called so.
func alive(r job.Reading) string {
	name := "up"
	for slices.ContainsFunc(r.Names(), func(n string) bool { return r.Metrics[n].Path == name }) {
		name += "_"
	}
	return name
}

type encoder struct {
	families [][]byte // the type of each metric, and its sample up to the device
	alive    []byte
}

func (e *encoder) family(name, label string) []byte {
	return fmt.Appendf(nil, "# TYPE %s gauge\n%s{%s=\"", name, name, label)
}

// Append implements encoding.Encoder. A message without a metric has the sample of a scrape that succeeded.
func (e *encoder) Append(dst []byte, device string, eventTime int64, values []int64) []byte {
	start := len(dst)
	for i, v := range values {
		if v == encoding.Absent {
			continue
		}
		dst = appendLabel(append(dst, e.families[i]...), device)
		dst = encoding.AppendDecimal(append(dst, `"} `...), v, 6)
		dst = append(strconv.AppendInt(append(dst, ' '), eventTime, 10), '\n')
	}
	if len(dst) > start {
		return dst
	}
	dst = append(appendLabel(append(dst, e.alive...), device), `"} 1 `...)
	return append(strconv.AppendInt(dst, eventTime, 10), '\n')
}

func appendLabel(dst []byte, s string) []byte {
	for i := range len(s) {
		switch c := s[i]; c {
		case '\n':
			dst = append(dst, '\\', 'n')
		case '"', '\\':
			dst = append(dst, '\\', c)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}
