package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A stream that was offered to a topic is there, in the time its rate asks for, and scores as the same stream in a file.
func TestGenerateToATopic(t *testing.T) {
	t.Parallel()
	_, address := remoteBroker(t)
	file := filepath.Join(t.TempDir(), "same.jsonl")
	stream := []string{"generate", "--preset", "indoor", "--devices", "40", "--records", "2000", "--seed", "3", "--clean", "-o"}
	do := func(args ...string) (string, string) {
		t.Helper()
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), args, strings.NewReader(""), &stdout, &stderr); code != 0 {
			t.Fatalf("streamgauge %s: exit code %d\n%s", strings.Join(args, " "), code, stderr.String())
		}
		return stdout.String(), stderr.String()
	}
	do(append(stream, file)...)
	began := time.Now()
	do(append(stream, "topic:readings", "--broker", address, "--rate", "4000/s")...)
	if took := time.Since(began); took < 400*time.Millisecond {
		t.Errorf("2,000 records at 4,000/s took %v, want half a second", took)
	}
	out, _ := do("generate", "score", "topic:readings", "--against", file, "--broker", address, "--sort")
	if !strings.Contains(out, "2000 recorded and 2000 generated messages") || !strings.Contains(out, "grade 1.00") {
		t.Errorf("score of the topic against the file:\n%s\nwant 2,000 messages that are the same", out)
	}
}
