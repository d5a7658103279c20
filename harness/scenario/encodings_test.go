package scenario

import (
	"strings"
	"testing"
)

// several is plain with two engines in two encodings.
const several = `schema: 1
job: win
placement: isolated
stream: {recording: rooms, event_time: {speed: 20x}, encodings: [json, cbor+zstd]}
load: {rate: 100/s}
engines: {tuple: {}, farm: {commit_interval: 200ms}}
`

func TestEachEngineRunsInEachEncoding(t *testing.T) {
	s, err := read(t, several)
	if err != nil {
		t.Fatal(err)
	}
	for label, want := range map[string]Engine{
		"tuple-json":      {Engine: "tuple", Encoding: "json"},
		"tuple-cbor-zstd": {Engine: "tuple", Encoding: "cbor+zstd"},
		"farm-json":       {Engine: "farm", Encoding: "json", CommitInterval: 200},
		"farm-cbor-zstd":  {Engine: "farm", Encoding: "cbor+zstd", CommitInterval: 200},
		Floor:             {Engine: Floor},
	} {
		got, ok := s.Engines[label]
		if !ok || got.Engine != want.Engine || got.Encoding != want.Encoding || want.CommitInterval > 0 && got.CommitInterval != want.CommitInterval {
			t.Errorf("engine %s = %+v, %t, want %+v", label, got, ok, want)
		}
	}
	if len(s.Engines) != 5 {
		t.Errorf("%d engines, want 5", len(s.Engines))
	}
}

// Each runs the job that decodes its own encoding; the scenario's job and the others' stay as they are.
func TestForIsTheScenarioInOneEncoding(t *testing.T) {
	s, err := read(t, several)
	if err != nil {
		t.Fatal(err)
	}
	for label, want := range map[string]string{"tuple-cbor-zstd": "cbor+zstd", "tuple-json": "", Floor: ""} {
		own := s.For(label)
		if got := own.decode().Encoding; got != want {
			t.Errorf("the job of %s decodes %q, want %q", label, got, want)
		}
		if offered := own.Stream.Encoding; want != "" && offered != want {
			t.Errorf("%s is offered %q, want %q", label, offered, want)
		}
	}
	if got := s.decode().Encoding; got != "" {
		t.Errorf("the scenario's job decodes %q now", got)
	}
}

func TestEncodingsThatDoNotGoTogether(t *testing.T) {
	for name, c := range map[string]struct{ from, to, want string }{
		"side by side":  {"placement: isolated", "placement: side-by-side", "stream.encodings: engines side by side read the same records"},
		"twice":         {"cbor+zstd]", "json]", "json is there twice"},
		"and one":       {"encodings:", "encoding: cbor, encodings:", "stream.encoding: goes without stream.encodings"},
		"padded":        {"encodings:", "pad: 1KB, encodings:", "only messages in json take a filler"},
		"not decodable": {"farm: {commit_interval: 200ms}", "batch: {}", "batch does not decode zstd; it decodes json, cbor"},
	} {
		if _, err := read(t, strings.Replace(several, c.from, c.to, 1)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}
