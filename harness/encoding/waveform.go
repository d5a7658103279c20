package encoding

import (
	"errors"
	"math"
	"slices"
	"strings"

	"github.com/streamgauge/streamgauge/harness/job"
)

// Waveform finds a reading's metrics in a block of samples. Either each metric is the sample at its position, not a number
// where it is absent; or the reading has one metric, whose path says what of all samples it is: samples.first, .last, .min,
// .max, .mean, or .peak, the one farthest from zero. Not safe for concurrent use.
type Waveform struct {
	fields *Fields
	of     string // what of all samples; empty: positions
	n      int
	sum    float64
	found  float64
}

const ofSamples = "samples."

// blockSamples is how many samples the encoder writes of a metric that is something of all.
const blockSamples = 100

// NewWaveform prepares for a reading. Errors: those of NewShape; a path samples.X with another X, or with other metrics beside it.
func NewWaveform(r job.Reading) (*Waveform, error) {
	if _, err := NewShape(r); err != nil {
		return nil, err
	}
	w := &Waveform{}
	for _, n := range r.Names() {
		if of, ok := strings.CutPrefix(r.Metrics[n].Path, ofSamples); ok {
			w.of = of
		}
	}
	if w.of != "" && len(r.Metrics) > 1 {
		return nil, errors.New("a metric that is something of all samples has no others beside it")
	}
	if w.of != "" && !slices.Contains([]string{"first", "last", "min", "max", "mean", "peak"}, w.of) {
		return nil, errors.New("path samples." + w.of + ": want samples.first, .last, .min, .max, .mean or .peak")
	}
	var err error
	w.fields, err = NewNames(r)
	return w, err
}

// Reset prepares for the next block. Its device is missing, and its time the header's.
func (w *Waveform) Reset(key []byte) {
	w.fields.Reset(key)
	w.fields.Lay(Time, Scalar{Kind: Number})
	w.n, w.sum, w.found = 0, 0, math.NaN()
}

// Device names the device; the record's key where the format names none.
func (w *Waveform) Device(name []byte) { w.fields.Lay(Device, Scalar{Kind: Text, Text: name}) }

// Add takes the next sample.
func (w *Waveform) Add(v float64) {
	at := Metrics + w.n
	w.n++
	switch w.of {
	case "":
		if at < w.fields.Len() && v == v {
			w.fields.Lay(at, Scalar{Kind: Number, Number: v})
		}
		return
	case "mean":
		w.sum += v
		w.found = w.sum / float64(w.n)
		return
	}
	if w.n == 1 || w.takes(v) {
		w.found = v
	}
}

// takes says whether a sample replaces what was found in those before.
func (w *Waveform) takes(v float64) bool {
	switch w.of {
	case "last":
		return true
	case "min":
		return v < w.found
	case "max":
		return v > w.found
	case "peak":
		return math.Abs(v) > math.Abs(w.found)
	}
	return false
}

// Fill tests the fields and fills r.
func (w *Waveform) Fill(r *Reading) job.Reason {
	if w.of != "" && w.n > 0 {
		w.fields.Lay(Metrics, Scalar{Kind: Number, Number: w.found})
	}
	return w.fields.Fill(r)
}

// Samples is how many samples a block of values has.
func (w *Waveform) Samples(values []int64) int {
	switch {
	case w.of == "":
		return len(values)
	case values[0] == Absent:
		return 0
	}
	return blockSamples
}

// Sample is sample i of a block of values.
func (w *Waveform) Sample(values []int64, i int) float64 {
	if w.of != "" {
		i = 0
	}
	if values[i] == Absent {
		return math.NaN()
	}
	return Decimal(values[i])
}
