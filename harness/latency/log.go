package latency

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"strconv"
	"strings"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
)

// Interval is one histogram of a log: the samples of one tag between two instants, from the trial's start.
type Interval struct {
	Tag        string // one word; the phase
	Start, End time.Duration
	Samples    *Recorder
}

// LogWriter writes interval histograms as an HdrHistogram log, version 1.3 with V2 compressed payloads, which the public
// tools read (HistogramLogProcessor, HistogramLogAnalyzer). Times stand in it as seconds from the base time, the trial's
// start. Samples out of range have no place in the format: they stand in a comment before their interval.
type LogWriter struct {
	w *bufio.Writer
}

// NewLogWriter writes the head of a log to w. Its errors, and those of the other methods, are w's.
func NewLogWriter(w io.Writer, start time.Time) (*LogWriter, error) {
	b := bufio.NewWriter(w)
	ms := start.UnixMilli()
	iso := start.UTC().Format("2006-01-02T15:04:05.000Z")
	fmt.Fprintf(b, "#[Histogram log format version %s]\n", hdr.HISTOGRAM_LOG_FORMAT_VERSION)
	fmt.Fprintf(b, "#[BaseTime: %d.%03d (seconds since epoch)]\n", ms/1000, ms%1000)
	fmt.Fprintf(b, "#[StartTime: %d.%03d (seconds since epoch), %s]\n", ms/1000, ms%1000, iso)
	b.WriteString(`"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"` + "\n")
	if err := b.Flush(); err != nil {
		return nil, fmt.Errorf("writing the head of a histogram log: %w", err)
	}
	return &LogWriter{w: b}, nil
}

// Write appends one interval. Intervals are expected in the order of their starts. Errors: a start before the base time
// or a tag that is not one word, which the format cannot express; those of the writer.
func (l *LogWriter) Write(i Interval) error {
	if i.Start < 0 || i.End < i.Start || strings.ContainsAny(i.Tag, ", \t\r\n") {
		return fmt.Errorf("writing interval [%s, %s) tagged %q: a histogram log has no place for it", i.Start, i.End, i.Tag)
	}
	payload, err := i.Samples.encode()
	if err != nil {
		return fmt.Errorf("encoding the histogram of interval [%s, %s): %w", i.Start, i.End, err)
	}
	if r := i.Samples; r.OutOfRange() > 0 {
		fmt.Fprintf(l.w, outOfRange, r.negative, r.above)
	}
	if i.Tag != "" {
		fmt.Fprintf(l.w, "Tag=%s,", i.Tag)
	}
	fmt.Fprintf(l.w, "%.3f,%.3f,%.3f,%s\n", i.Start.Seconds(), (i.End - i.Start).Seconds(), float64(i.Samples.max)/1e6, payload)
	if err := l.w.Flush(); err != nil {
		return fmt.Errorf("writing interval [%s, %s): %w", i.Start, i.End, err)
	}
	return nil
}

// outOfRange is the comment in front of an interval that had samples out of range.
const outOfRange = "#[OutOfRange: negative %d, above %d]\n"

func (r *Recorder) encode() ([]byte, error) {
	if r.dense != nil {
		return r.dense.EncodeV2()
	}
	return r.sparse.EncodeV2()
}

// ErrLog reports text that is not a histogram log.
var ErrLog = errors.New("not a histogram log")

// ReadLog yields the intervals of a log in its order, times relative to its base time, with exact counts and with extremes
// and sums to the histogram's precision. It ends at the first error: ErrLog with the line number, or the reader's.
func ReadLog(r io.Reader) iter.Seq2[Interval, error] {
	return func(yield func(Interval, error) bool) {
		in := bufio.NewReader(r)
		var negative, above int64
		for n := 1; ; n++ {
			line, err := in.ReadString('\n')
			if line == "" && err == io.EOF {
				return
			}
			if err != nil && err != io.EOF {
				yield(Interval{}, fmt.Errorf("reading line %d of a histogram log: %w", n, err))
				return
			}
			line = strings.TrimRight(line, "\r\n")
			if strings.HasPrefix(line, "#") || strings.HasPrefix(line, `"`) || line == "" {
				if _, err := fmt.Sscanf(line+"\n", outOfRange, &negative, &above); err != nil {
					continue // another comment
				}
				continue
			}
			i, err := parseInterval(line)
			if err != nil {
				yield(Interval{}, fmt.Errorf("reading line %d: %w: %w", n, ErrLog, err))
				return
			}
			i.Samples.negative, i.Samples.above = negative, above
			negative, above = 0, 0
			if !yield(i, nil) {
				return
			}
		}
	}
}

func parseInterval(line string) (Interval, error) {
	var i Interval
	if tag, ok := strings.CutPrefix(line, "Tag="); ok {
		i.Tag, line, _ = strings.Cut(tag, ",")
	}
	f := strings.SplitN(line, ",", 4)
	if len(f) != 4 {
		return i, fmt.Errorf("%d fields, want 4", len(f))
	}
	start, err := seconds(f[0])
	if err != nil {
		return i, err
	}
	length, err := seconds(f[1])
	if err != nil {
		return i, err
	}
	h, err := hdr.Decode([]byte(f[3]))
	if err != nil {
		return i, fmt.Errorf("histogram: %w", err)
	}
	i.Start, i.End = start, start+length
	i.Samples = New()
	if dropped := i.Samples.dense.Merge(h); dropped != 0 {
		return i, fmt.Errorf("histogram: %d samples above %s", dropped, time.Duration(Highest))
	}
	if h.TotalCount() > 0 {
		i.Samples.min, i.Samples.max = h.Min(), h.Max()
		i.Samples.sum = h.Mean() * float64(h.TotalCount())
	}
	return i, nil
}

// seconds reads a decimal number of seconds, to the ms the format keeps.
func seconds(s string) (time.Duration, error) {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(f) || math.Abs(f) > math.MaxInt64/1e9 {
		return 0, fmt.Errorf("%q is not a time in seconds", s)
	}
	return time.Duration(math.Round(f*1e3)) * time.Millisecond, nil
}
