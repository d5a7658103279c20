package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/parquet-go/parquet-go"
	"github.com/spf13/cobra"

	"github.com/streamgauge/streamgauge/generators/preset"
)

func (a *app) generateTruth() *cobra.Command {
	var f generateFlags
	var out string
	c := &cobra.Command{
		Use:   "truth",
		Short: "Write what goes wrong on purpose in a stream: the ground truth, as Parquet",
		Long: `One row for each thing done to a record of the stream that generate makes with the same flags: record (its position, from 0),
device, id, seq, event_time_ms, kind (as in the preset) and detail: bytes kept of a truncated value, bits flipped, ms late or off,
the number of a copy, of a field, of a lost reading (whose position is -1), of the device whose id it has, or of the reading from
which on a device is another. generators/preset/FORMAT.md has all kinds.`,
		Example: `  streamgauge generate truth --preset indoor --devices 5000 --records 1000000 --seed 7 -o truth.parquet`,
		Args:    arguments(0, 0, ""),
		RunE: func(c *cobra.Command, _ []string) error {
			switch {
			case f.preset == "":
				return usagef("streamgauge generate presets lists them", "--preset: none named")
			case out == "":
				return usagef("such as -o truth.parquet", "--output: no file named")
			}
			return a.truth(c.Context(), &f, out)
		},
	}
	f.add(c)
	c.Flags().StringVarP(&out, "output", "o", "", "file, or - for standard output")
	return c
}

func (a *app) truth(ctx context.Context, f *generateFlags, out string) error {
	p, err := openPreset(f.preset)
	if err != nil {
		return err
	}
	var faults []preset.Fault
	s, err := a.presetStream(f, p, func(t preset.Fault) { faults = append(faults, t) })
	if err != nil {
		return err
	}
	to, file := a.stdout, io.NopCloser(nil)
	if out != "-" {
		created, err := os.Create(out)
		if err != nil {
			return environment("choose another file", fmt.Errorf("opening the output: %w", err))
		}
		to, file = created, created
	}
	w := parquet.NewGenericWriter[preset.Fault](to, parquet.Compression(&parquet.Zstd))
	total := 0
	sum, err := pump(ctx, s, f.records, each(func() error {
		total += len(faults)
		_, err := w.Write(faults)
		faults = faults[:0]
		return err
	}))
	if err = errors.Join(err, w.Close(), file.Close()); ctx.Err() != nil {
		return context.Cause(ctx)
	} else if err != nil {
		return environment("", fmt.Errorf("writing the truth: %w", err))
	}
	_, err = fmt.Fprintf(a.stderr, "Wrote %d faults of %d records to %s.\n", total, sum.records, out)
	return err
}
