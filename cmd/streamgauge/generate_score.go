package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/streamgauge/streamgauge/generators/realism"
	"github.com/streamgauge/streamgauge/generators/sample"
)

// layoutFlags say what stands where in a file of messages.
type layoutFlags struct {
	sample.Layout
	clock, broker string
}

func (f *layoutFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.Time, "time", "", "path or column of the messages' time; empty: found by its name")
	c.Flags().StringVar(&f.clock, "clock", "", "how times are written: s, ms, us, ns, count, or a layout such as 2006-01-02 15:04:05; empty: found out")
	c.Flags().StringVar(&f.Key, "key", "", "path or column of the device's id; -: one device only; empty: found by its name")
	c.Flags().StringSliceVar(&f.Fields, "field", nil, "path or column of a field; empty: all")
	c.Flags().StringSliceVar(&f.Without, "without", nil, "member that was not sent and is cut out of each object of the recording")
	c.Flags().StringVar(&f.broker, "broker", "", "HOST:PORT[,HOST:PORT…] of topics")
	c.Flags().BoolVar(&f.Sort, "sort", false, "sort the messages by time")
}

// text gives the bytes of a file, of standard input for "-", or of a topic.
func (f *layoutFlags) text(ctx context.Context, a *app, path string) ([]byte, error) {
	if topic, ok := strings.CutPrefix(path, "topic:"); ok {
		return topicText(ctx, topic, f.broker)
	}
	if path == "-" {
		return io.ReadAll(a.stdin)
	}
	return os.ReadFile(path)
}

// isFolder tells whether a path names a folder: each of its files is a message.
func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// filesOf gives the files of a folder, by name, as messages of which the bytes alone are known. Those below it are left out.
func filesOf(dir string) (*sample.Stream, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var all [][]byte
	for _, e := range entries {
		file := filepath.Join(dir, e.Name())
		if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() {
			continue
		}
		b, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		all = append(all, b)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("folder %s has no file", dir)
	}
	return sample.Framed(all), nil
}

// read reads the messages of a file, a folder or a topic.
func (f *layoutFlags) read(ctx context.Context, a *app, path string) (*sample.Stream, error) {
	return orInterrupt(ctx, func() (*sample.Stream, error) { return f.readAll(ctx, a, path) })
}

func (f *layoutFlags) readAll(ctx context.Context, a *app, path string) (*sample.Stream, error) {
	if isFolder(path) {
		s, err := filesOf(path)
		if err != nil {
			return nil, usagef("name a folder whose files are messages, or a file", "reading messages: %w", err)
		}
		return s, nil
	}
	l := f.Layout
	l.Clock = sample.Clock(f.clock)
	b, err := f.text(ctx, a, path)
	if e := (*exitError)(nil); errors.As(err, &e) {
		return nil, err
	}
	if err != nil {
		return nil, usagef("name a file of JSON objects, one a line or in an array, of CSV with a header, a log of candump -l, or a file of messages behind their lengths, or a folder of files", "reading messages: %w", err)
	}
	s, err := sample.Read(b, l)
	if err != nil {
		return nil, usagef("--time, --clock and --key say what stands where", "reading the messages of %s: %w", path, err)
	}
	return s, nil
}

func (a *app) generateScore() *cobra.Command {
	var layout layoutFlags
	var against, picture string
	var asJSON, bar bool
	c := &cobra.Command{
		Use:   "score STREAM",
		Short: "Measure how much a stream is like a recording: C1 to C10",
		Long: `Ten checks, each with thresholds between what two halves of a recording differ by and what naive data differs by:
sizes, arrivals, burstiness, values, time dependence, repeats, daily cycle, faults, key skew, compressibility. A stream passes as
realistic with nine of ten, time dependence (C5) and compressibility (C10) among them. X1 and X2 are reported beside them.
Both are files of JSON objects, one a line or in an array, of CSV with a header, or logs of candump -l, gzipped or not; - is standard
input, topic:NAME the values of a topic, JSON objects. Messages of several partitions come in no order of theirs: --sort puts them in
that of time. Fields of a frame are the four words of its data, big endian.
Messages behind their lengths, as generate writes binary ones, and the files of a folder are compared by their bytes alone: C1 and C10.`,
		Example: `  streamgauge generate score generated.jsonl --against recording.jsonl.gz
  streamgauge generate score - --against recording.csv --time timestamp --key station --json
  streamgauge generate score blobs.bin --against pictures/
  streamgauge generate score topic:readings --against recording.jsonl.gz --broker localhost:9092 --sort
  streamgauge generate score generated.jsonl --against recording.jsonl --picture score.svg --fail-below-bar`,
		Args: arguments(1, 1, "STREAM"),
		RunE: func(c *cobra.Command, args []string) error {
			if against == "" {
				return usagef("streamgauge generate score "+args[0]+" --against RECORDING", "--against: no recording to compare with")
			}
			real, err := layout.read(c.Context(), a, against)
			if err != nil {
				return err
			}
			gen, err := layout.read(c.Context(), a, args[0])
			if err != nil {
				return err
			}
			if real.Bus != gen.Bus {
				return usagef("streamgauge generate --preset vehicle -o candump:FILE writes such a log", "%s and %s: one is a log of a CAN bus, and the other is not", args[0], against)
			}
			if real.Framed != gen.Framed {
				return usagef("both behind their lengths or in a folder, or both JSON or CSV", "%s and %s: of one the bytes alone are known, of the other more", args[0], against)
			}
			return a.score(c.Context(), real, gen, picture, asJSON, bar)
		},
	}
	layout.add(c)
	c.Flags().StringVar(&against, "against", "", "file of the recording, or topic:NAME")
	c.Flags().StringVar(&picture, "picture", "", "file to draw the comparison to: .svg, .png or .pdf")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.Flags().BoolVar(&bar, "fail-below-bar", false, "exit with 6 if the stream does not pass as realistic")
	return c
}

func (a *app) score(ctx context.Context, real, gen *sample.Stream, picture string, asJSON, bar bool) error {
	rep, err := orInterrupt(ctx, func() (*realism.Report, error) { return realism.Score(real, gen, realism.Options{}), nil })
	if err != nil {
		return err
	}
	if picture != "" {
		if err := realism.Picture(picture, real, gen, rep); err != nil {
			return environment(cmp.Or(errnoHint(err), "choose another file; its ending says the format"), err)
		}
	}
	if asJSON {
		err = a.printJSON(rep)
	} else {
		err = printScore(a.stdout, rep)
	}
	if bar && !rep.Realistic() {
		passed, apply := rep.Score()
		err = errors.Join(err, &exitError{code: exitWrong, err: fmt.Errorf("the stream passes %d of %d checks, and is below the bar", passed, apply),
			hint: "the table names the measures above their thresholds"})
	}
	return err
}

func printScore(out io.Writer, rep *realism.Report) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "CHECK\tMEASURE\tVALUE\tUP TO\t\tRECORDED AND GENERATED")
	for _, m := range rep.Measures {
		value, mark := fmt.Sprintf("%.3f", m.Value), "ok"
		if !m.Applies {
			value, mark = "-", ""
		} else if !m.Passed() {
			mark = "over"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%.3g\t%s\t%s\n", m.Check, m.Name, value, m.Threshold, mark, m.Note)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	passed, apply := rep.Score()
	verdict := "below the bar"
	if rep.Realistic() {
		verdict = "passes as realistic"
	}
	_, err := fmt.Fprintf(out, "\n%d of %d checks passed, grade %.2f: %s. %d recorded and %d generated messages.\n", passed, apply, rep.Grade(), verdict,
		rep.Recorded, rep.Generated)
	for _, text := range rep.Warnings {
		_, err2 := fmt.Fprintln(out, "Note: "+strings.ToUpper(text[:1])+text[1:]+".")
		err = errors.Join(err, err2)
	}
	return err
}
