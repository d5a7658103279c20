package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/streamgauge/streamgauge/generators"
	"github.com/streamgauge/streamgauge/generators/preset"
	"github.com/streamgauge/streamgauge/harness"
	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/encoding/compressed"
	"github.com/streamgauge/streamgauge/harness/job"
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
	t.Helper()
	r := parts()
	events, reading, err := r.readings("room-sensors")
	if err != nil {
		t.Fatal(err)
	}
	var s strings.Builder
	packings := compressed.Names()
	fmt.Fprintf(&s, "| encoding | plain | %s | zstd of 100 |\n|---|---:|%s---:|\n", strings.Join(packings, " | "), strings.Repeat("---:|", len(packings)))
	for _, name := range r.encodings() {
		m, _, err := r.sizes(name, events, reading)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&s, "| `%s` | %d ", name, m.Bytes)
		for _, p := range packings {
			fmt.Fprintf(&s, "| %d ", m.Packed[p])
		}
		fmt.Fprintf(&s, "| %d |\n", m.Batched)
	}
	return s.String()
}

// Whatever is asked for is measured, and the rows say what the JVM engines leave to those in Go.
func TestEncodingsAreMeasured(t *testing.T) {
	rows, err := parts().measure(t.Context(), "room-sensors", []string{"json", "can", "csv+zstd", "nmea+gzip"})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []bool{true, false, true, false} {
		if m := rows[i]; m.JVM != want || m.Bytes == 0 || m.Packed["lz4"] == 0 || m.Batched == 0 || m.EncodeNS == 0 || m.DecodeNS == 0 {
			t.Errorf("measure = %+v, want figures and JVM %t", m, want)
		}
	}
	if _, err := parts().measure(t.Context(), "room-sensors", []string{"jsn"}); err == nil || !strings.Contains(err.Error(), "json") {
		t.Errorf("measure of jsn = %v, want the nearest name", err)
	}
	ctx, interrupt := context.WithCancelCause(t.Context())
	interrupt(harness.ErrInterrupted)
	if rows, err := parts().measure(ctx, "room-sensors", []string{"json"}); !errors.Is(err, harness.ErrInterrupted) {
		t.Errorf("measure after an interrupt = %v, %v, want an end", rows, err)
	}
}

// Messages that are measured are those that a run writes, each of its own event; who names no recording is told.
func TestMeasuredMessagesAreThoseOfARun(t *testing.T) {
	r := parts()
	of, reading, err := r.readings("room-sensors")
	if err != nil {
		t.Fatal(err)
	}
	of = of.first(50)
	lacking := of.events[0]
	lacking.Value = fmt.Appendf(nil, `{"device_id":%q,"ts":1}`, lacking.Key)
	of.events = append(of.events, lacking)
	of.values = append(of.values, []int64{encoding.Absent, encoding.Absent})
	for _, name := range []string{"cbor", "cbor+lz4", "csv", "json+zstd"} {
		recode, err := r.recode(reading, reading, name)
		if err != nil {
			t.Fatal(err)
		}
		messages, err := r.messages(name, of, reading)
		if err != nil {
			t.Fatal(err)
		}
		for i, e := range of.events {
			if want := recode(nil, e.Key, e.Value, e.EventTime); string(messages[i]) != string(want) {
				t.Errorf("event %d is measured in %s as %x, want %x as a run writes it", i, name, messages[i], want)
			}
		}
	}
	if _, err := r.measure(t.Context(), "nope", []string{"json"}); exitCode(err) != exitUsage {
		t.Errorf("measure of recording nope = %v with code %d, want %d", err, exitCode(err), exitUsage)
	}
}

// idsOf is a stream of devices that sends nothing.
type idsOf struct {
	generators.Stream
	ids []string
}

func (s idsOf) Devices() (all []generators.Device) {
	for _, id := range s.ids {
		all = append(all, generators.Device{ID: id})
	}
	return all
}

// Ids that an encoding cannot hold are refused before anything is written.
func TestDeviceIDsFitTheEncoding(t *testing.T) {
	long := idsOf{ids: []string{"x", strings.Repeat("x", 256)}}
	for name, ok := range map[string]bool{"json": true, "miniseed": false, "miniseed+zstd": false, "jpeg": true} {
		if _, err := parts().withIDs(long, name, nil); (err == nil) != ok || !ok && exitCode(err) != exitUsage {
			t.Errorf("a device id of 256 bytes as %s: %v", name, err)
		}
	}
	if _, err := parts().withIDs(idsOf{ids: []string{strings.Repeat("x", 1025)}}, "pgm", nil); err == nil {
		t.Error("a device id of 1,025 bytes as pgm is taken")
	}
}

// Messages stand in lines where each is one, and behind their lengths where a line may be a part of one.
func TestLinesAreMessages(t *testing.T) {
	reading := job.Reading{Device: "device", Time: job.TimeField{Path: "ts", Unit: "ms"}, Metrics: map[string]job.Metric{"a": {Path: "a"}, "b": {Path: "b"}}}
	tried := 0
	for name := range parts().formats {
		e, err := parts().encoder(name, reading)
		if err != nil {
			continue // it wants paths of its own
		}
		tried++
		m := e.Append(nil, "device-1", 1_700_000_000_123, []int64{21_500_000, 45_250_000})
		line := encoding.IsText(m) && bytes.IndexByte(bytes.TrimSuffix(m, []byte("\n")), '\n') < 0
		if binary := bytes.ContainsFunc(m, func(r rune) bool { return r < ' ' && r != '\n' && r != '\r' }); (line && !binary) != preset.Lines(name) {
			t.Errorf("%s: written in lines: %t; a message is %q", name, preset.Lines(name), m)
		}
	}
	if tried < 15 {
		t.Errorf("%d encodings tried, want most", tried)
	}
}
