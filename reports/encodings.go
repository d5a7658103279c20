package reports

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/streamgauge/streamgauge/harness/result"
)

// EncodingLine is an encoding, and one engine that was offered the stream in it.
type EncodingLine struct {
	result.Encoding
	Line
	First bool   // of its encoding
	Label string // the instance, without the encoding that it is in
}

// Encodings are the lines of a run in which one stream was offered in several encodings: in the order in which the scenario names
// those, engines in the order of Lines. None for other runs.
func Encodings(run *result.Run) []EncodingLine {
	var all []EncodingLine
	lines := Lines(run)
	for _, e := range run.Encodings {
		first := true
		for _, l := range lines {
			if l.Trials[0].Encoding != e.Name {
				continue
			}
			name := strings.TrimSuffix(l.Instance, "-"+strings.ReplaceAll(e.Name, "+", "-"))
			all = append(all, EncodingLine{Encoding: e, Line: l, First: first, Label: name})
			first = false
		}
	}
	return all
}

// EncodingsTitle is said above the table of Encodings.
const EncodingsTitle = "ENCODINGS: one stream in each"

// EncodingsTable is the table of Encodings as text, its head first: what is said of an encoding stands in its first line alone. all is
// for readers with room: every compression, and not only the last. Figures of wrong answers are marked with an asterisk.
func EncodingsTable(run *result.Run, all bool) [][]string {
	lines := Encodings(run)
	if len(lines) == 0 {
		return nil
	}
	packings := slices.Sorted(maps.Keys(lines[0].Packed))
	if !all && len(packings) > 0 {
		packings = packings[len(packings)-1:]
	}
	head := []string{"encoding", "bytes"}
	for _, p := range packings {
		head = append(head, "+"+p)
	}
	table := [][]string{append(head, "zstd of 100", "write", "read", "engine", "verdict", "events/s", "CPU an event")}
	for _, l := range lines {
		table = append(table, append(l.own(packings), l.Label, l.verdict(), l.mark(l.Achieved.Short(Rate)), l.mark(l.CPUPerEvent.Short(brief))))
	}
	return table
}

// own are the cells of the encoding itself.
func (l *EncodingLine) own(packings []string) []string {
	if !l.First {
		return make([]string, len(packings)+5)
	}
	cells := []string{l.Encoding.Name, strconv.Itoa(l.Bytes)}
	for _, p := range packings {
		cells = append(cells, strconv.Itoa(l.Packed[p]))
	}
	return append(cells, strconv.Itoa(l.Batched), nanoseconds(float64(l.EncodeNS)), nanoseconds(float64(l.DecodeNS)))
}

func (l *EncodingLine) verdict() string {
	if l.Status != Wrong && l.Status != Unfinished && len(l.Counted()) == 0 {
		return l.Status.String() + ", invalid"
	}
	return l.Status.String()
}

// mark marks a figure of a wrong answer.
func (l *EncodingLine) mark(text string) string {
	if l.Status == Wrong {
		return text + " *"
	}
	return text
}

// nanoseconds writes a time that is too short for Duration.
func nanoseconds(ns float64) string { return Number(ns) + " ns" }

// brief writes a short time.
func brief(ns float64) string {
	if ns < 1e4 {
		return threeDigits(ns) + " ns"
	}
	return threeDigits(ns/1e3) + " µs"
}

// EncodingsNotes say how to read the table of Encodings.
func EncodingsNotes(run *result.Run) []string {
	if len(run.Encodings) == 0 {
		return nil
	}
	return []string{
		"bytes: of a message, the mean of " + Count(int64(run.Encodings[0].Messages)) + " (of those that are files, fewer); +: compressed by itself; zstd of 100: its share of a " +
			"hundred messages that are compressed together, as Kafka does it with a batch.",
		"write, read: processor time to encode and to decode a message, by the code that the engines in Go use, alone in one process before the trials. " +
			"CPU an event: the engine's, start to end, the whole job included.",
		"events/s: of an input that lay ready, from the start of the engine's process to the last answer (its start is in it: where that takes longer " +
			"than draining, encodings look alike, and a longer --duration offers more); otherwise correct answers a second, which is no more than was offered.",
	}
}
