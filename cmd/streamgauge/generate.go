package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/streamgauge/streamgauge/generators/preset"
	"github.com/streamgauge/streamgauge/harness/scenario"
	"github.com/streamgauge/streamgauge/harness/yamlstrict"
	"github.com/streamgauge/streamgauge/scenarios"
)

// generateFlags are those of `generate`.
type generateFlags struct {
	preset, encoding, out, broker, shard, start, rate string
	devices                                           int
	clean                                             bool
	records                                           int64
	seed                                              uint64
	schema                                            schemaFlags
}

// add adds the flags that say which stream it is.
func (f *generateFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.preset, "preset", "", "name, or path of a .yaml file")
	c.Flags().IntVar(&f.devices, "devices", 0, "devices of the fleet; 0: as many as the preset has kinds; of a mixture 20 for each part, and whole sets")
	c.Flags().Int64Var(&f.records, "records", 1000, "records to generate")
	c.Flags().Uint64Var(&f.seed, "seed", 1, "seed")
	c.Flags().StringVar(&f.encoding, "encoding", "native", "encoding; native: as the recorded devices wrote")
	c.Flags().StringVar(&f.start, "start", "", "event time at which the stream begins, RFC 3339; empty: the preset's")
	c.Flags().StringVar(&f.shard, "shard", "1/1", "part of the fleet, such as 2/4")
	f.schema.add(c)
	c.Flags().BoolVar(&f.clean, "clean", false, "without what goes wrong on purpose")
	_ = c.RegisterFlagCompletionFunc("preset", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return preset.Names(scenarios.Files), cobra.ShellCompDirectiveNoFileComp
	})
}

func (a *app) generateCommand() *cobra.Command {
	var f generateFlags
	c := &cobra.Command{
		Use:   "generate",
		Short: "Generate a sensor stream from a preset; measure streams, fit presets",
		Long: `A preset holds the statistics of a recorded fleet and no message of it. The same preset, seed and version give the same bytes
on any machine; parts made by --shard add up to the whole. Some records are damaged, late, sent again or wrong on purpose, as
often as the preset says; generate truth tells which, --clean turns it off.

Outputs: topic:NAME (with --broker), a file, - for standard output, null for nowhere. Messages of one line are lines, CSV after a
header; binary ones, and those of several lines (nmea, prometheus), follow their length, 4 bytes big-endian. candump:FILE is a log
of a CAN bus, with the times at which frames arrive and without those that are damaged; candump:- goes to standard output. Event
times follow the preset's own clocks; --rate says how fast they are offered.`,
		Example: `  streamgauge generate --preset indoor --records 1000 -o -
  streamgauge generate --preset indoor --devices 50000 --records 1000000 --seed 7 -o null
  streamgauge generate --preset motes --encoding json --records 10000 -o motes.jsonl
  streamgauge generate --preset indoor --devices 5000 --rate 20000/s --records 1000000 -o topic:readings --broker localhost:9092
  streamgauge generate --preset indoor --records 100000 --clean -o clean.jsonl
  streamgauge generate --preset ./mine.yaml --shard 1/4 --records 250000 -o part1.jsonl
  streamgauge generate --preset vehicle --records 100000 --clean -o candump:car.log
  streamgauge generate --preset vehicle --encoding can --schema car.dbc --path signal=EngineData.Speed --path second=Load -o car.can`,
		Args: noSuchCommand,
		RunE: func(c *cobra.Command, _ []string) error {
			if f.preset == "" {
				return usagef("streamgauge generate presets lists them", "--preset: none named")
			}
			return a.generate(c.Context(), &f)
		},
	}
	f.add(c)
	c.Flags().StringVar(&f.rate, "rate", "", "records a second, such as 20000/s; empty: a topic at the fleet's own pace, all else as fast as can be")
	c.Flags().StringVarP(&f.out, "output", "o", "-", "topic:NAME, candump:FILE, a file, - or null")
	c.Flags().StringVar(&f.broker, "broker", "", "HOST:PORT[,HOST:PORT…] of the topic")
	c.AddCommand(a.generatePresets(), a.generateDescribe(), a.generateFit(), a.generateScore(), a.generateTruth())
	return c
}

// openPreset reads a preset; an unknown name gets the nearest one.
func openPreset(name string) (*preset.Preset, error) {
	names := preset.Names(scenarios.Files)
	if !strings.HasSuffix(name, ".yaml") {
		for _, n := range names {
			if n == name {
				return preset.Open(scenarios.Files, name)
			}
		}
		return nil, usagef("streamgauge generate presets lists them", "unknown preset %q; %s", name, yamlstrict.Suggest(name, names))
	}
	p, err := preset.Open(scenarios.Files, name)
	if err != nil {
		return nil, usagef("streamgauge generate fit RECORDING writes one that reads", "%w", err)
	}
	return p, nil
}

// stream makes what the flags ask for.
func (a *app) presetStream(f *generateFlags, p *preset.Preset, tell func(preset.Fault)) (preset.Fleet, error) {
	c := preset.Config{Preset: p, Devices: f.devices, Seed: f.seed, Clean: f.clean, Tell: tell, Format: a.parts.encoder}
	if c.Devices == 0 {
		c.Devices = max(len(p.Kinds), 20*len(p.Parts), p.Whole())
	}
	if f.records < 0 {
		return nil, usagef("such as --records 1000", "--records: %d are fewer than none", f.records)
	}
	var err error
	if c.Shard, c.Shards, err = shard(f.shard); err != nil {
		return nil, err
	}
	if f.start != "" {
		if c.Start, err = preset.Start(f.start); err != nil {
			return nil, usagef("such as --start 2024-03-01T00:00:00Z", "--start: %w", err)
		}
	}
	if f.encoding != "native" {
		if c.Reading, c.Encoder, err = a.coder(f, p); err != nil {
			return nil, err
		}
	} else if f.schema.file != "" {
		return nil, usagef("such as --encoding can", "--schema: goes with an encoding that takes one: %s", strings.Join(a.parts.schemed(), ", "))
	} else if err := f.schema.lone(); err != nil {
		return nil, err
	}
	s, err := c.Open()
	if err != nil {
		return nil, usagef("streamgauge generate --help", "%w", err)
	}
	return s, nil
}

// shard reads 2/4 as part 1, counted from 0, of 4.
func shard(text string) (int, int, error) {
	of, all, _ := strings.Cut(text, "/")
	i, err1 := strconv.Atoi(of)
	n, err2 := strconv.Atoi(all)
	if err1 != nil || err2 != nil || i < 1 || i > n {
		return 0, 0, usagef("such as --shard 2/4", "--shard: %q is no part of a whole", text)
	}
	return i - 1, n, nil
}

// rate reads a rate; 0 for none.
func (f *generateFlags) perSecond() (float64, error) {
	if f.rate == "" {
		return 0, nil
	}
	var r scenario.Rate
	if err := r.UnmarshalText([]byte(f.rate)); err != nil {
		return 0, usagef("such as --rate 20000/s", "--rate: %w", err)
	}
	return float64(r), nil
}

func (a *app) generate(ctx context.Context, f *generateFlags) error {
	p, err := openPreset(f.preset)
	if err != nil {
		return err
	}
	s, err := a.presetStream(f, p, nil)
	if err != nil {
		return err
	}
	out, err := a.output(ctx, f, p, s)
	if err != nil {
		return err
	}
	began := time.Now()
	sum, err := pump(ctx, s, f.records, out)
	if err != nil {
		return err
	}
	took := time.Since(began)
	_, err = fmt.Fprintf(a.stderr, "Generated %d records of %d devices, %.1f MB, %v of event time, in %v: %.0f records/s, %.1f MB/s.\n", sum.records, s.Size(),
		float64(sum.bytes)/1e6, sum.span.Round(time.Millisecond), took.Round(time.Millisecond), float64(sum.records)/took.Seconds(), float64(sum.bytes)/1e6/took.Seconds())
	return err
}
