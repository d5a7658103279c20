package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/streamgauge/streamgauge/generators"
	"github.com/streamgauge/streamgauge/generators/fit"
	"github.com/streamgauge/streamgauge/generators/preset"
	"github.com/streamgauge/streamgauge/scenarios"
)

// presetListing is one preset as lists show it.
type presetListing struct {
	Name     string  `json:"name"`
	Title    string  `json:"title"`
	Smallest int     `json:"smallest_bytes"` // of the messages looked at
	Median   int     `json:"median_bytes"`
	Largest  int     `json:"largest_bytes"`   // of them, or of the largest blobs of a message
	Rate     float64 `json:"rate_per_device"` // messages a second, on average
	Kinds    int     `json:"kinds"`
	Source   string  `json:"source"`
	Licence  string  `json:"licence"`
}

// Of a preset so many messages are looked at, or so many bytes of them where it is one of a list or described alone.
const (
	sampled        = 2000
	listedBytes    = 32 << 20
	describedBytes = 128 << 20
)

func (a *app) generatePresets() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:     "presets",
		Short:   "List the presets in this binary",
		Example: "  streamgauge generate presets\n  streamgauge generate presets --json",
		Args:    arguments(0, 0, ""),
		RunE: func(*cobra.Command, []string) error {
			var all []presetListing
			for _, name := range preset.Names(scenarios.Files) {
				l, _, err := a.describe(name, listedBytes)
				if err != nil {
					return err
				}
				all = append(all, l)
			}
			if asJSON {
				return a.printJSON(all)
			}
			w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "NAME\tBYTES\tRATE\tKINDS\tTITLE\tSTATISTICS FROM")
			for _, l := range all {
				fmt.Fprintf(w, "%s\t%d-%d\t%s\t%d\t%s\t%s\n", l.Name, l.Smallest, l.Largest, every(l.Rate), l.Kinds, l.Title, l.Source)
			}
			return w.Flush()
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// every writes a rate of a device as people say it.
func every(rate float64) string {
	if rate >= 1 {
		return fmt.Sprintf("%.3g/s", rate)
	}
	return "1 in " + time.Duration(1e9/rate).Round(100*time.Millisecond).String()
}

// describe generates a preset's first messages, until they have so many bytes.
func (a *app) describe(name string, most int) (presetListing, []generators.Event, error) {
	p, err := openPreset(name)
	if err != nil {
		return presetListing{}, nil, err
	}
	s, err := a.presetStream(&generateFlags{encoding: "native", shard: "1/1", seed: 1, clean: true}, p, nil)
	if err != nil {
		return presetListing{}, nil, err
	}
	events := make([]generators.Event, 0, sampled)
	var sizes []int
	for total := 0; len(events) < sampled && total < most; total += sizes[len(sizes)-1] {
		var e generators.Event
		due, _ := s.Pace()
		s.Next(due, &e)
		events, sizes = append(events, e), append(sizes, len(e.Value))
	}
	slices.Sort(sizes)
	_, blobs := p.Blobs()
	largest := max(sizes[len(sizes)-1], int(blobs))
	return presetListing{Name: name, Title: p.Title, Smallest: sizes[0], Median: sizes[len(sizes)/2], Largest: largest, Rate: p.Pace(),
		Kinds: max(len(p.Kinds), len(p.Parts)), Source: p.Source.Recording, Licence: p.Source.Licence}, events, nil
}

func (a *app) generateDescribe() *cobra.Command {
	return &cobra.Command{
		Use:   "describe PRESET",
		Short: "Show sample messages of a preset, and how sizes and intervals are distributed",
		Example: `  streamgauge generate describe indoor
  streamgauge generate describe ./mine.yaml`,
		Args: arguments(1, 1, "PRESET"),
		RunE: func(_ *cobra.Command, args []string) error {
			l, events, err := a.describe(args[0], describedBytes)
			if err != nil {
				return err
			}
			decoded, err := a.decoded(args[0])
			if err != nil {
				return err
			}
			return printDescription(a.stdout, l, events, decoded)
		},
	}
}

// samples is how many messages of a preset are shown.
const samples = 2

// decoded are the numbers of a preset's first messages as JSON where the messages themselves are binary, and blobs have none: what a message
// says in words is its text.
func (a *app) decoded(name string) ([]string, error) {
	p, err := openPreset(name)
	if err != nil || p.Text() {
		return nil, err
	}
	if _, err := p.Reading(); err != nil {
		return nil, nil // a mixture, or blobs
	}
	s, err := a.presetStream(&generateFlags{preset: name, encoding: "json", shard: "1/1", seed: 1, clean: true}, p, nil)
	if err != nil {
		return nil, err
	}
	var all []string
	for range samples {
		var e generators.Event
		due, _ := s.Pace()
		s.Next(due, &e)
		all = append(all, string(e.Value))
	}
	return all, nil
}

func printDescription(out io.Writer, l presetListing, events []generators.Event, decoded []string) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s: %s\nStatistics from %s (%s). %d kinds of devices, each sends %s.\n\n", l.Name, l.Title, l.Source, l.Licence, l.Kinds, every(l.Rate))
	for i, e := range events[:min(samples, len(events))] {
		if i < len(decoded) {
			fmt.Fprintf(&b, "%s\n", decoded[i])
		} else if words(e.Value) {
			fmt.Fprintf(&b, "%s\n", e.Value)
		}
		fmt.Fprintf(&b, "%s: %d bytes\n%s\n", e.Key, len(e.Value), hex.Dump(e.Value[:min(len(e.Value), 64)]))
	}
	var sizes, intervals []float64
	last := map[uint32]int64{}
	for _, e := range events {
		sizes = append(sizes, float64(len(e.Value)))
		if t, ok := last[e.Device]; ok {
			intervals = append(intervals, float64(e.EventTime-t)/1000)
		}
		last[e.Device] = e.EventTime
	}
	histogram(&b, "Size, B", sizes)
	histogram(&b, "Interval of a device, s", intervals)
	_, err := out.Write(b.Bytes())
	return err
}

// words tells whether a message is text.
func words(b []byte) bool {
	return utf8.Valid(b) && !bytes.ContainsFunc(b, func(r rune) bool { return unicode.IsControl(r) && !unicode.IsSpace(r) })
}

// histogram draws how values are distributed, in ten rows.
func histogram(b *bytes.Buffer, title string, v []float64) {
	if len(v) == 0 {
		return
	}
	fmt.Fprintln(b, title)
	slices.Sort(v)
	low, high := v[0], v[len(v)*99/100]
	const rows, width = 10, 50
	var counts [rows]int
	for _, x := range v {
		if high > low {
			counts[min(int((x-low)/(high-low)*rows), rows-1)]++
		} else {
			counts[0]++
		}
	}
	most := slices.Max(counts[:])
	for i, n := range counts {
		if n > 0 {
			fmt.Fprintf(b, "%12.4g %s %.1f %%\n", low+(high-low)*float64(i)/rows, strings.Repeat("#", max(1, n*width/most)), 100*float64(n)/float64(len(v)))
		}
	}
	fmt.Fprintln(b)
}

func (a *app) generateFit() *cobra.Command {
	var layout layoutFlags
	var o fit.Options
	var out string
	c := &cobra.Command{
		Use:   "fit RECORDING",
		Short: "Fit a preset to a recording: its statistics, without its messages",
		Long: `Reads JSON objects, one a line or in an array, or CSV with a header, and writes a preset: intervals, values, how they
move and go together, and the form of a message. Names, words and constant parts of the messages are kept as they are; identifiers
get other digits. Look at the result before you publish it.
Of a log of a CAN bus (candump -l) each identifier becomes a kind of device, with bytes that stay, counters, sums and numbers of one or
two bytes; frames that never change are kept as they are. No DBC file is needed. Remote frames and those of CAN FD are left out;
of a log with pauses the longest part between two is fitted.`,
		Example: `  streamgauge generate fit recording.jsonl.gz --title 'Pumps of hall 3' -o pumps.yaml
  streamgauge generate fit stations.csv --time timestamp --key station
  streamgauge generate fit candump.log -o car.yaml`,
		Args: arguments(1, 1, "RECORDING"),
		RunE: func(c *cobra.Command, args []string) error {
			s, err := layout.read(c.Context(), a, args[0])
			if err != nil {
				return err
			}
			if o.Recording == "" {
				o.Recording = filepath.Base(args[0])
			}
			if o.Title == "" {
				o.Title = "Like " + o.Recording
			}
			if s.Framed {
				return usagef("a preset with blobs is written by hand: generators/preset/FORMAT.md", "%s: messages behind their lengths have no fields to fit", args[0])
			}
			p, err := orInterrupt(c.Context(), func() (*preset.Preset, error) { return fit.Fit(s, o) })
			switch {
			case c.Context().Err() != nil:
				return context.Cause(c.Context())
			case err != nil:
				hint := "--time, --key and --field say what stands where"
				if s.Bus {
					hint = "a log of the bus of a minute or more"
				}
				return usagef(hint, "%w", err)
			}
			if out != "-" {
				return a.writeNew(out, p.YAML(), "streamgauge generate --preset %s -o -")
			}
			_, err = a.stdout.Write(p.YAML())
			return err
		},
	}
	layout.add(c)
	c.Flags().StringVarP(&out, "output", "o", "-", "file, or - for standard output")
	c.Flags().StringVar(&o.Title, "title", "", "title of the preset")
	c.Flags().StringVar(&o.Recording, "source", "", "where the recording is from; empty: its file name")
	c.Flags().StringVar(&o.Licence, "licence", "", "licence of the recording")
	c.Flags().DurationVar(&o.Period, "period", 0, "time between two readings that are numbered only")
	return c
}
