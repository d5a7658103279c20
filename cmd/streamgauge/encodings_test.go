package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/streamgauge/streamgauge/generators"
	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/encoding/compressed"
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
	rows, err := parts().measure("room-sensors", []string{"json", "can", "csv+zstd", "nmea+gzip"})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []bool{true, false, true, false} {
		if m := rows[i]; m.JVM != want || m.Bytes == 0 || m.Packed["lz4"] == 0 || m.Batched == 0 || m.EncodeNS == 0 || m.DecodeNS == 0 {
			t.Errorf("measure = %+v, want figures and JVM %t", m, want)
		}
	}
	if _, err := parts().measure("room-sensors", []string{"jsn"}); err == nil || !strings.Contains(err.Error(), "json") {
		t.Errorf("measure of jsn = %v, want the nearest name", err)
	}
}

// The time to write is that of each event's own reading, whose absent metrics stay so; who names no recording is told.
func TestMeasuredReadingsAreThoseOfTheEvents(t *testing.T) {
	r := parts()
	events, reading, err := r.readings("room-sensors")
	if err != nil {
		t.Fatal(err)
	}
	events = events[:50]
	lacking := events[0]
	lacking.Value = fmt.Appendf(nil, `{"device_id":%q,"ts":1}`, lacking.Key)
	events = append(events, lacking)
	values, err := r.values(events, reading)
	if err != nil {
		t.Fatal(err)
	}
	format, err := r.format("cbor")
	if err != nil {
		t.Fatal(err)
	}
	to, err := format.Encoder(reading)
	if err != nil {
		t.Fatal(err)
	}
	messages, err := r.messages("cbor", events, reading)
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range events {
		if got := to.Append(nil, string(e.Key), e.EventTime, values[i]); string(got) != string(messages[i]) {
			t.Errorf("event %d is written as %x, want %x", i, got, messages[i])
		}
	}
	for i, v := range values[len(values)-1] {
		if v != encoding.Absent {
			t.Errorf("metric %d of a message without any = %d, want absent", i, v)
		}
	}
	if _, err := r.measure("nope", []string{"json"}); exitCode(err) != exitUsage {
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
