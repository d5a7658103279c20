package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/streamgauge/streamgauge/generators"
	"github.com/streamgauge/streamgauge/harness"
	"github.com/streamgauge/streamgauge/harness/encoding/compressed"
	"github.com/streamgauge/streamgauge/harness/job"
	"github.com/streamgauge/streamgauge/harness/scenario"
	"github.com/streamgauge/streamgauge/scenarios"
)

var updateSizes = flag.Bool("update-sizes", false, "write the table of docs/encodings.md anew")

const sizesDoc = "../../docs/encodings.md"

// The table of sizes in the manual is what the encoders write.
func TestSizesOfEncodings(t *testing.T) {
	b, err := os.ReadFile(sizesDoc)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok1 := strings.Cut(string(b), "these two lines -->\n")
	_, tail, ok2 := strings.Cut(rest, "<!-- end of sizes")
	if !ok1 || !ok2 {
		t.Fatalf("%s has no place for the table", sizesDoc)
	}
	want := head + "these two lines -->\n" + sizesTable(t) + "<!-- end of sizes" + tail
	if *updateSizes {
		if err := os.WriteFile(sizesDoc, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if string(b) != want {
		t.Errorf("%s does not have the sizes that the encoders write: run this test with -update-sizes\n%s", sizesDoc, sizesTable(t))
	}
}

func sizesTable(t *testing.T) string {
	var s strings.Builder
	packings := compressed.Names()
	fmt.Fprintf(&s, "| encoding | plain | %s | zstd of 100 |\n|---|---:|%s---:|\n", strings.Join(packings, " | "), strings.Repeat("---:|", len(packings)))
	events, reading := recordedEvents(t)
	for _, name := range parts().encodings() {
		plain := messagesIn(t, name, events, reading)
		fmt.Fprintf(&s, "| `%s` | %d ", name, mean(plain))
		for _, p := range packings {
			fmt.Fprintf(&s, "| %d ", mean(messagesIn(t, name+"+"+p, events, reading)))
		}
		fmt.Fprintf(&s, "| %d |\n", mean(batches(t, plain))/100)
	}
	return s.String()
}

// recordedEvents is the start of the recorded stream, and what a job reads of it.
func recordedEvents(t *testing.T) ([]generators.Event, job.Reading) {
	t.Helper()
	j, err := scenario.ReadJob("alert", scenarios.Files, nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := parts().newStream(j)(scenario.Stream{Recording: "room-sensors", Encoding: "json", Devices: 100, EventTime: scenario.EventTime{
		Start: time.Date(2020, 7, 13, 0, 0, 0, 0, time.UTC), Speed: 1}}, harness.StreamSeed{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	events := make([]generators.Event, 2000)
	for i := range events {
		s.Next(time.Duration(i)*20*time.Millisecond, &events[i])
	}
	return events, j.Reading
}

// messagesIn writes events in an encoding, as a run does.
func messagesIn(t *testing.T, name string, events []generators.Event, reading job.Reading) [][]byte {
	t.Helper()
	recode, err := parts().recode(reading, name)
	if err != nil {
		t.Fatal(err)
	}
	var all [][]byte
	for _, e := range events {
		m := e.Value
		if recode != nil {
			m = recode(nil, e.Key, m, e.EventTime)
		}
		all = append(all, m)
	}
	return all
}

func mean(all [][]byte) int {
	sum := 0
	for _, b := range all {
		sum += len(b)
	}
	return (sum + len(all)/2) / len(all)
}

// batches compresses a hundred messages at a time.
func batches(t *testing.T, all [][]byte) [][]byte {
	w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	var out [][]byte
	for i := 0; i < len(all); i += 100 {
		var batch []byte
		for _, m := range all[i : i+100] {
			batch = append(batch, m...)
		}
		out = append(out, w.EncodeAll(batch, nil))
	}
	return out
}
