package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/encoding/compressed"
	"github.com/streamgauge/streamgauge/harness/encoding/encodingtest"
	"github.com/streamgauge/streamgauge/harness/encoding/lorawan"
	"github.com/streamgauge/streamgauge/harness/job"
)

// all lists every encoding, and one that is compressed by each compression.
func all(r *registry) []string {
	names := r.encodings()
	for _, p := range compressed.Names() {
		names = append(names, "cbor+"+p)
	}
	return names
}

// Both engines read every encoding from the recorded stream, refuse what a link damaged, and are judged correct.
func TestEveryEncodingEndToEnd(t *testing.T) {
	slow(t)
	for _, name := range all(parts()) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := strings.NewReplacer("job: identity", "job: alert", "devices: 100}", fmt.Sprintf("encoding: %s, devices: 50, damaged: 5%%, repeats: 2%%, "+
				"event_time: {start: 2020-07-13T00:00:00Z, speed: 60x}, disorder: {share: 1%%, up_to: 10s}}", name),
				"{tuple: {}}", "{tuple: {}, microbatch: {batch_interval: 100ms}}").Replace(tiny)
			switch name {
			case "jpeg", "parquet": // take a thousand times the work to write
				s = strings.Replace(s, "rate: 500/s", "rate: 25/s", 1)
			case "las", "pgm":
				s = strings.Replace(s, "rate: 500/s", "rate: 100/s", 1)
			}
			p := start(t, s, "run", "./mine.yaml", "--no-floor", "--set", "load.drain=60s")
			p.ends(0)
			res := p.result()
			correct(t, res, 2)
			for _, trial := range res.Trials {
				if trial.Verdict.DeadLetters == 0 || len(trial.Verdict.Reasons) == 0 {
					t.Errorf("trial %s: %d dead letters, reasons %v; want some", trial.ID, trial.Verdict.DeadLetters, trial.Verdict.Reasons)
				}
				shared := slices.ContainsFunc(trial.Warnings, func(w string) bool { return strings.Contains(w, "the decoder of the Go engines") })
				if shared != (name != "json") {
					t.Errorf("trial %s: warnings %q", trial.ID, trial.Warnings)
				}
			}
		})
	}
}

// A reading that goes through two encodings one after the other is still the same, whichever two.
func TestReadingsSurviveEveryPairOfEncodings(t *testing.T) {
	r := parts()
	names := all(r)
	g := encodingtest.NewGen(10)
	for _, reading := range encodingtest.Readings {
		for _, first := range names {
			for _, second := range names {
				values := g.Values(len(reading.Metrics))
				want := slices.Clone(values)
				for _, name := range []string{first, second} {
					want = held(name, reading, want)
					values = through(t, r, name, reading, values)
				}
				if !slices.Equal(values, want) {
					t.Errorf("%s, then %s: %v, want %v", first, second, values, want)
				}
			}
		}
	}
}

// held is what an encoding with less precision leaves of values.
func held(name string, reading job.Reading, values []int64) []int64 {
	if strings.HasPrefix(name, "lorawan") {
		return lorawan.Holds(reading, values)
	}
	return values
}

// through encodes and decodes.
func through(t *testing.T, r *registry, name string, reading job.Reading, values []int64) []int64 {
	t.Helper()
	f, err := r.format(name)
	if err != nil {
		t.Fatal(err)
	}
	if f.Name() != name {
		t.Errorf("format(%q) has the name %q", name, f.Name())
	}
	e, err := f.Encoder(reading)
	if err != nil {
		t.Fatal(err)
	}
	d, err := f.Decoder(reading)
	if err != nil {
		t.Fatal(err)
	}
	var got encoding.Reading
	message := e.Append(nil, "device", 1594598735772, values)
	if reason := d.Decode([]byte("device"), message, &got); reason != job.ReasonNone {
		t.Fatalf("%s: Decode(%q) = %q", name, message, reason)
	}
	back := slices.Clone(got.Values)
	for i, present := range got.Present {
		if !present {
			back[i] = encoding.Absent
		}
	}
	return back
}

// One command offers one stream in several encodings, one after the other, and ends with one table and one picture.
func TestOneStreamInEachEncoding(t *testing.T) {
	slow(t)
	s := strings.NewReplacer("job: identity", "job: clean\nplacement: isolated", "devices: 100}", "devices: 50, encodings: [json, can, csv+zstd], damaged: 3%}").Replace(tiny)
	p := start(t, s, "run", "./mine.yaml", "--no-floor", "--set", "load.profile=prefilled", "--set", "load.warmup=0s")
	p.ends(0)
	res := p.result()
	correct(t, res, 3)
	var names []string
	for i, e := range res.Encodings {
		names = append(names, e.Name)
		if e.Bytes == 0 || e.Packed["zstd"] == 0 || e.EncodeNS == 0 || e.DecodeNS == 0 {
			t.Errorf("encoding %d: %+v, want figures", i, e)
		}
	}
	if want := []string{"json", "can", "csv+zstd"}; !slices.Equal(names, want) {
		t.Errorf("encodings measured: %q, want %q", names, want)
	}
	for _, trial := range res.Trials {
		if want := "tuple-" + strings.ReplaceAll(trial.Encoding, "+", "-"); trial.Instance != want || trial.Verdict.DeadLetters == 0 || trial.Backlog == nil {
			t.Errorf("trial %s in %q: %d dead letters, backlog %v; want %s, some of the former and the latter",
				trial.Instance, trial.Encoding, trial.Verdict.DeadLetters, trial.Backlog, want)
		}
	}
	if !strings.Contains(p.out.String(), "ENCODINGS: one stream in each") {
		t.Errorf("no table of encodings:\n%s", &p.out)
	}
	if _, err := os.Stat(filepath.Join(p.folder(), "plots", "encodings.svg")); err != nil {
		t.Error(err)
	}
}
