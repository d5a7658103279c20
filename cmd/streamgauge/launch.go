package main

import (
	"context"
	"fmt"

	"github.com/streamgauge/streamgauge/generators"
	"github.com/streamgauge/streamgauge/generators/recorded"
	"github.com/streamgauge/streamgauge/harness"
	"github.com/streamgauge/streamgauge/harness/broker"
	"github.com/streamgauge/streamgauge/harness/result"
	"github.com/streamgauge/streamgauge/harness/scenario"
	"github.com/streamgauge/streamgauge/scenarios"
)

// runScenario hands the harness its parts and waits for the run to end. The result is nil only if nothing was started.
func (a *app) runScenario(ctx context.Context, s *scenario.Scenario, f *runFlags, show *display) (*result.Run, string, error) {
	return harness.Run(ctx, harness.Config{
		Scenario: s,
		OutDir:   f.out,
		Keep:     f.keep,
		Tool:     tool(),
		Command:  append([]string{"streamgauge"}, scenario.RedactArguments(a.args)...),
		Engines:  a.parts.descriptors(),
		PrepareEngines: func(ctx context.Context, names []string, say func(string)) error {
			return a.parts.prepareEngines(ctx, names, f.offline, say)
		},
		EngineStart: a.parts.launch,
		Formats:     a.parts.format,
		NewStream:   newStream,
		StartBroker: func(ctx context.Context, spec broker.Spec, say func(string)) (broker.Broker, error) {
			return a.parts.startBroker(ctx, spec, f.offline, say)
		},
		Progress: show.show,
		Say:      show.say,
	})
}

// newStream makes the stream of a scenario from its recording, embedded or on disk.
func newStream(s scenario.Stream, seed harness.StreamSeed) (generators.Stream, error) {
	recording, err := recorded.Open(scenarios.Files, s.Recording)
	if err != nil {
		return nil, fmt.Errorf("opening recording %q: %w", s.Recording, err)
	}
	return recorded.New(recorded.Config{
		Recording:   recording,
		Devices:     s.Devices,
		FirstDevice: seed.FirstDevice,
		Seed:        seed.Seed,
		Start:       s.EventTime.Start,
		Speed:       float64(s.EventTime.Speed),
		Disorder:    recorded.Disorder{Share: float64(s.Disorder.Share), UpTo: s.Disorder.UpTo.Duration()},
		Repeats:     float64(s.Repeats),
		Damaged:     float64(s.Damaged),
		PadBytes:    int(s.Pad),
	})
}
