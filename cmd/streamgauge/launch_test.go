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
