package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/streamgauge/streamgauge/cmd/internal/tables"
	"github.com/streamgauge/streamgauge/generators"
	"github.com/streamgauge/streamgauge/generators/fit"
	"github.com/streamgauge/streamgauge/generators/preset"
	"github.com/streamgauge/streamgauge/generators/realism"
	"github.com/streamgauge/streamgauge/generators/sample"
	"github.com/streamgauge/streamgauge/scenarios"
)

// firstSeed is that of the stream whose measures the table has.
const firstSeed = 5

// outcome is what is kept of a row.
type outcome struct {
	Of       string            `json:"of"` // digest of the recording, the preset and how they are compared
	Failed   string            `json:"failed,omitempty"`
	Messages int               `json:"messages"`         // of the recording
	Streams  []*realism.Report `json:"streams"`          // one for each seed
	Halves   *realism.Report   `json:"halves,omitempty"` // the part that was fitted to against the part that is scored on
	Whole    *realism.Report   `json:"whole,omitempty"`  // fitted to the whole, and scored on it
}

// score works off the rows that have no score yet, or whose recording or preset is another than then.
func score(o options, all []row, stderr io.Writer) error {
	for _, name := range o.names {
		if !slices.ContainsFunc(all, func(r row) bool { return r.name == name }) {
			return fmt.Errorf("there is no row %q; -list lists them", name)
		}
	}
	if err := lookFor(o, all); err != nil {
		return err
	}
	for i := range all {
		r := &all[i]
		if !o.wants(r) {
			continue
		}
		of, err := r.digest(o)
		if err != nil {
			return err
		}
		if out, err := kept(o, r); err == nil && out != nil && out.Of == of && out.Failed == "" && len(o.names) == 0 {
			continue
		}
		fmt.Fprintf(stderr, "%s %d/%d %s\n", time.Now().Format(time.TimeOnly), i+1, len(all), r.name)
		out, err := r.score(o)
		if err != nil {
			out = &outcome{Failed: err.Error()}
			fmt.Fprintf(stderr, "  failed: %v\n", err)
		}
		out.Of = of
		if err := keep(o, r, out); err != nil {
			return err
		}
	}
	return nil
}

// wants tells whether a row is one of those to be scored.
func (o options) wants(r *row) bool {
	return r.reason == "" && (len(o.names) == 0 || slices.Contains(o.names, r.name))
}

// lookFor names all recordings at once that the rows to be scored need and that are not there: who has to get them wants to know
// before the first row, and not of one after the other.
func lookFor(o options, all []row) error {
	var missing []error
	said := map[string]bool{} // rows share recordings
	for i := range all {
		if !o.wants(&all[i]) {
			continue
		}
		if _, err := all[i].paths(o); err != nil && !said[err.Error()] {
			said[err.Error()] = true
			missing = append(missing, err)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return fmt.Errorf("%w\nput them there, or name rows whose recordings are there by -only; -list lists both", errors.Join(missing...))
}

// paths are the recording's files, in the folder of recordings. The error has all that are not there, and their source.
func (r *row) paths(o options) ([]string, error) {
	var all, missing []string
	for _, pattern := range r.files {
		found, err := filepath.Glob(filepath.Join(o.recordings, pattern))
		if err != nil {
			return nil, fmt.Errorf("looking into the folder %s: %w", o.recordings, err)
		}
		if len(found) == 0 {
			missing = append(missing, pattern)
		}
		all = append(all, found...)
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("there is no %s in %s; source: %s", strings.Join(missing, ", "), o.recordings, r.from())
	}
	return all, nil
}

// from is where the recording is from; empty if nobody says.
func (r *row) from() string {
	p, err := preset.Open(scenarios.Files, r.preset)
	if r.source != "" || err != nil {
		return r.source
	}
	return p.Source.Recording
}

// digest tells one comparison from another.
func (r *row) digest(o options) (string, error) {
	files, err := r.paths(o)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	fmt.Fprintln(h, r.held, r.devices, r.part, r.times, o.seeds)
	if p, err := fs.ReadFile(scenarios.Files, "presets/"+r.preset+".yaml"); err == nil {
		h.Write(p)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			return "", fmt.Errorf("row %s: %w", r.name, err)
		}
		h.Write(b)
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:8]), nil
}

// score reads the recording, makes the preset and its streams, and compares.
func (r *row) score(o options) (*outcome, error) {
	files, err := r.paths(o)
	if err != nil {
		return nil, err
	}
	s, err := r.as.read(files)
	if err != nil {
		return nil, err
	}
	learn, ask := r.part.of(s)
	out := &outcome{Messages: len(s.Messages)}
	p, err := r.made(learn)
	if err != nil {
		return nil, err
	}
	for i := range o.seeds {
		rep, err := r.compare(p, ask, firstSeed+uint64(i))
		if err != nil {
			return nil, err
		}
		out.Streams = append(out.Streams, rep)
	}
	if r.part != all {
		out.Halves = realism.Score(ask, learn, realism.Options{})
	}
	if r.fitted() {
		if p, err = r.made(s); err != nil {
			return nil, err
		}
		out.Whole, err = r.compare(p, s, firstSeed)
	}
	return out, err
}

// made is the preset that is scored: the binary's, or one that is fitted to a part of the recording.
func (r *row) made(learn *sample.Stream) (*preset.Preset, error) {
	switch {
	case r.blobs:
		return fitBlobs(learn)
	case r.fitted():
		return fit.Fit(learn, fit.Options{Title: "Fitted"})
	}
	return preset.Open(scenarios.Files, r.preset)
}

// compare generates a stream as long as what it is held against, or longer where that is short, and scores it.
func (r *row) compare(p *preset.Preset, ask *sample.Stream, seed uint64) (*realism.Report, error) {
	c := preset.Config{Preset: p, Devices: r.devices, Seed: seed, Clean: true}
	if r.devices == 0 {
		keys, _ := ask.Sources()
		c.Devices = max(len(keys), 1)
		if !r.fit || p.Sets {
			c.Devices = len(p.Kinds)
		}
	}
	g, err := preset.New(c)
	if err != nil {
		return nil, err
	}
	gen, err := r.as.taken(take(g, len(ask.Messages)*max(r.times, 1)), p.Columns)
	if err != nil {
		return nil, fmt.Errorf("reading what was generated: %w", err)
	}
	return realism.Score(ask, gen, realism.Options{}), nil
}

// take generates so many events.
func take(g generators.Stream, n int) []sent {
	all := make([]sent, n)
	for i := range all {
		all[i].at, _ = g.Pace()
		g.Next(all[i].at, &all[i].Event)
	}
	return all
}

func (o options) file(r *row) string { return filepath.Join(o.dir, r.name+".json") }

func keep(o options, r *row, out *outcome) error { return tables.Keep(o.file(r), out) }

// kept gives what is kept of a row, nil if there is nothing.
func kept(o options, r *row) (*outcome, error) { return tables.Kept[outcome](o.file(r)) }

// scored is a row with its outcome, nil if there is none.
type scored struct {
	row
	*outcome
}

// load reads all that is kept.
func load(o options, all []row) ([]scored, error) {
	var found []scored
	for i := range all {
		out, err := kept(o, &all[i])
		if err != nil {
			return nil, err
		}
		found = append(found, scored{all[i], out})
	}
	return found, nil
}
