package recorded

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/streamgauge/streamgauge/scenarios"
)

func TestMistakesInAConfigAreReportedTogether(t *testing.T) {
	_, err := New(Config{Speed: math.NaN(), Repeats: 2, PadBytes: -1})
	for _, want := range []string{"recording", "0 devices", "speed", "repeats", "padding"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New = %v, want it to name %q", err, want)
		}
	}
}

func TestRecordingsWithMistakesAreRefused(t *testing.T) {
	good := `{"id":"a","at":1,"v":1}` + "\n" + `{"id":"a","at":5,"v":1.5}` + "\n"
	if _, err := Read("d", []byte(plain), strings.NewReader(good)); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ description, messages, want string }{
		"unknown key":      {plain + "colour: red\n", good, "colour"},
		"two mistakes":     {strings.NewReplacer("schema: 1", "schema: 2", "step: 0.5", "step: 0").Replace(plain), good, "schema: got 2"},
		"registry":         {plain + "registry: {t: {metric: w, quantile: 0.5}}\n", good, `"w"`},
		"digest":           {plain + "sha256: ab\n", good, "SHA-256"},
		"no messages":      {plain, "", "none"},
		"empty lines":      {plain, "\n\r\n", "none"},
		"too many steps":   {strings.Replace(plain, "step: 0.5, spread: 1", "step: 0.000001, spread: 1000", 1), good, "2^29 steps"},
		"one message":      {plain, `{"id":"a","at":1,"v":1}`, "one message"},
		"no JSON":          {plain, good + "x\n", "line 3"},
		"two documents":    {plain, good + "{}{}\n", "line 3"},
		"no device":        {plain, good + `{"at":9,"v":1}`, "line 3"},
		"back in time":     {plain, good + `{"id":"a","at":4,"v":1}`, "back in time"},
		"off the range":    {plain, good + `{"id":"a","at":9,"v":11}`, "range"},
		"off the grid":     {plain, good + `{"id":"a","at":9,"v":1.3}`, "step 0.5"},
		"metric is a text": {plain, good + `{"id":"a","at":9,"v":"x"}`, "no number"},
		"broken gzip":      {plain, "\x1f\x8b\x08", "reading"},
	} {
		_, err := Read("d", []byte(c.description), strings.NewReader(c.messages))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: Read = %v, want %q in it", name, err, c.want)
		}
	}
}

func TestRecordingsAreReadFromAnyFolder(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"mine.yaml": plain, "m.jsonl": `{"id":"a","at":1,"v":1,"x":[1,{"y":2}],"z":"\u00e9"}` + "\n" + `{"id":"a","at":5,"v":2}` + "\n"} {
		if err := os.WriteFile(dir+"/"+name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	r, err := Open(scenarios.Files, dir+"/mine.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Devices(); !slices.Equal(got, []string{"a"}) {
		t.Errorf("Devices() = %v, want [a]", got)
	}
	for _, e := range take(open(t, Config{Recording: r, Devices: 2}), 4) {
		if want := fmt.Sprintf(`"at":%d,`, e.EventTime); !strings.Contains(string(e.Value), want) || !json.Valid(e.Value) {
			t.Errorf("value %s, want %s in it", e.Value, want)
		}
	}
	if _, err := Open(scenarios.Files, "no-such"); err == nil {
		t.Error("Open(no-such) = nil, want an error")
	}
}

func TestTheNoticeNamesEveryRecording(t *testing.T) {
	notice, err := os.ReadFile("../../NOTICE")
	if err != nil {
		t.Fatal(err)
	}
	entries, err := scenarios.Files.ReadDir("recorded")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".yaml"); ok && !strings.Contains(string(notice), "scenarios/recorded/"+name) {
			t.Errorf("NOTICE does not name scenarios/recorded/%s", name)
		}
	}
}
