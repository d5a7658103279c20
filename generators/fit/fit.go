// Package fit makes a preset from a recording, by the recipe of docs/realism.md: the intervals of each kind of device, and
// of each field its values, how they move, hold and go together. What the preset generates is measured, and the preset
// mended until it moves as the recording does. The preset holds statistics and the form of a message, no message.
package fit

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/streamgauge/streamgauge/generators/preset"
	"github.com/streamgauge/streamgauge/generators/sample"
	"github.com/streamgauge/streamgauge/harness/job"
	"github.com/streamgauge/streamgauge/harness/yamlstrict"
)

// Options say what a recording does not.
type Options struct {
	Title, Recording, Licence string
	Period                    time.Duration // between two readings that are only counted; 0: 1 s
}

// MaxKinds is the number of sources that become kinds of their own. Of more, those at equal steps of activity are taken.
const MaxKinds = 12

// Least is the number of messages from which a source can be fitted.
const Least = 100

// source is what one key sent.
type source struct {
	key string
	at  []int
}

// detail is how much of a recording a preset keeps.
type detail struct {
	kinds, steps, quantiles int

	// Of a bus:
	alone  bool    // fields have neither relations to each other nor single wrong readings, and movements of few digits
	still  float64 // share of frames with the same value from which a byte is one that stays
	tables bool    // movements are left out: the preset only shows how long it gets
}

// details are tried in turn until the preset is no longer than is read.
func details() []detail {
	return []detail{{kinds: MaxKinds, steps: 600, quantiles: 150}, {kinds: 8, steps: 300, quantiles: 100}, {kinds: 6, steps: 150, quantiles: 80},
		{kinds: 4, steps: 100, quantiles: 60}, {kinds: 2, steps: 80, quantiles: 60}, {kinds: 1, steps: 60, quantiles: 40}}
}

// room is how long a preset may get: what is read, less what people add to it, its dirt.
const room = yamlstrict.MaxBytes - 2<<10

// Fit makes a preset. Errors: no source with enough messages, messages of no common form, a form that is too long.
// Of a bus each identifier becomes a kind.
func Fit(s *sample.Stream, o Options) (*preset.Preset, error) {
	var text []byte
	fit, all := fitted, details()
	if s.Bus {
		fit, all = fittedBus, roomy(s, o)
	}
	for _, d := range all {
		p, err := fit(s, o, d)
		if err != nil {
			return nil, fmt.Errorf("fitting a recording: %w", err)
		}
		if text = p.YAML(); len(text) <= room {
			return preset.Read("the fitted preset", text)
		}
	}
	return nil, fmt.Errorf("fitting a recording: the preset has %d bytes at least; name fewer fields", len(text))
}

func fitted(s *sample.Stream, o Options, d detail) (*preset.Preset, error) {
	sources, shares := chosen(s, d.kinds)
	if len(sources) == 0 {
		return nil, fmt.Errorf("no source has %d messages", Least)
	}
	own := *s
	own.Messages = slices.Clone(s.Messages) // texts of some are changed
	f := &fitter{Stream: &own, Options: o, detail: d, sources: sources}
	p := &preset.Preset{Schema: 1, Title: o.Title, Source: preset.Source{Recording: o.Recording, Licence: o.Licence, Messages: len(s.Messages)}}
	if err := f.form(p); err != nil {
		return nil, err
	}
	if n := len(f.varying); n > preset.MaxFields {
		return nil, fmt.Errorf("%d fields change from message to message, and a preset has %d at most: leave some out", n, preset.MaxFields)
	}
	for i, src := range sources {
		k := f.kind(p, src)
		k.Name, k.Share = fmt.Sprintf("kind %d", i+1), shares[i]
		p.Kinds = append(p.Kinds, k)
	}
	p.Registry = registry(p)
	return p, nil
}

// fitter holds what all kinds share.
type fitter struct {
	*sample.Stream
	Options
	detail
	sources []source
	varying []int          // fields that are not the same in all messages
	mixed   map[int]bool   // fields that are quoted in some messages only
	special map[int]string // fields that are functions of time or number: their slots
}

// chosen picks the sources that become kinds, and their shares of the devices.
func chosen(s *sample.Stream, most int) ([]source, []float64) {
	keys, of := s.Sources()
	var all []source
	for _, k := range keys {
		if len(of[k]) >= Least {
			all = append(all, source{k, of[k]})
		}
	}
	shares := make([]float64, len(all))
	for i := range shares {
		shares[i] = 1 / float64(len(all))
	}
	if len(all) <= most {
		return all, shares
	}
	slices.SortStableFunc(all, func(a, b source) int { return len(b.at) - len(a.at) })
	var some []source
	for i := range most {
		some = append(some, all[(2*i+1)*len(all)/(2*most)])
	}
	return some, slices.Repeat([]float64{1 / float64(most)}, most)
}

// kind fits one source.
func (f *fitter) kind(p *preset.Preset, src source) preset.Kind {
	k := preset.Kind{}
	f.arrivals(&k, p, src)
	f.fields(&k, p, src)
	return k
}

// fields fits what one source's fields look like, and how they move.
func (f *fitter) fields(k *preset.Kind, p *preset.Preset, src source) {
	var parts []part
	for _, field := range f.varying {
		parts = append(parts, f.values(field, src))
		if f.alone {
			parts[len(parts)-1].def.Glitch = preset.Glitch{}
		}
	}
	if !f.tables {
		f.together(k, parts, src)
	}
	for i := range parts {
		k.Fields = append(k.Fields, parts[i].def)
	}
	if !f.tables {
		f.mend(p, k, parts)
	}
}

// registry is one that the standard jobs can work with.
func registry(p *preset.Preset) map[string]preset.Entry {
	r := map[string]preset.Entry{
		"site":   {Whole: []int64{1, 20}},
		"gain":   {Between: []job.Micros{980_000, 1_020_000}, Step: 100},
		"offset": {Between: []job.Micros{-500_000, 500_000}, Step: 10_000},
	}
	for _, fd := range p.Kinds[0].Fields {
		if fd.Quantiles != "" || numericSteps(fd.Steps) {
			r["threshold"] = preset.Entry{Field: fd.Name, Quantile: 0.97}
			break
		}
	}
	return r
}

var errForm = errors.New("the messages have no common form")

// round4 keeps four digits: as many as a preset writes.
func round4(v float64) float64 { return math.RoundToEven(v*1e4) / 1e4 }
