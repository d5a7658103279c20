package main

import (
	"testing"

	"github.com/streamgauge/streamgauge/generators"
	"github.com/streamgauge/streamgauge/harness"
	"github.com/streamgauge/streamgauge/harness/scenario"
	"github.com/streamgauge/streamgauge/scenarios"
)

// Messages that are large, or travel as large ones do, are written as the preset's devices write them, not as readings in the stream's
// encoding.
func TestLargeMessagesOfPresetsAreTheirOwn(t *testing.T) {
	t.Parallel()
	j, err := scenario.ReadJob("large", scenarios.Files, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []scenario.Stream{{Preset: "waveform", Payload: scenario.Payload{Carrier: "inline"}}, {Preset: "blobs"}} {
		s.Encoding, s.Devices, s.EventTime.Speed = "json", 3, 1
		stream, err := parts().newStream(j)(s, harness.StreamSeed{Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		var e generators.Event
		stream.Next(0, &e)
		if e.Value[0] == '{' {
			t.Errorf("preset %s: message %.60q is a reading, want what its devices write", s.Preset, e.Value)
		}
	}
}

// A mixture is refused in an encoding that none of its devices writes: its job would find nothing but damage. One of a single part is not one.
func TestMixturesAreWrittenInNoOtherEncoding(t *testing.T) {
	t.Parallel()
	j, err := scenario.ReadJob("alert", scenarios.Files, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		preset, encoding string
		code             int
	}{{"city", "avro", exitUsage}, {"city", "json", exitOK}, {"city", "csv", exitOK}, {"dirty-fleet", "avro", exitOK}, {"real-world", "cbor", exitOK}} {
		s := scenario.Stream{Preset: c.preset, Encoding: c.encoding, Devices: 300}
		s.EventTime.Speed = 1
		if _, err := parts().newStream(j)(s, harness.StreamSeed{Seed: 1}); exitCode(err) != c.code {
			t.Errorf("preset %s as %s: %v, want exit code %d", c.preset, c.encoding, err, c.code)
		}
	}
}
