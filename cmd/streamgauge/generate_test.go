package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/streamgauge/streamgauge/generators/preset"
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

// A folder is one of messages however large its first file is.
func TestScoreTakesFoldersOfLargeFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, size := range map[string]int64{"a": 0x09000000, "b": 10} { // a length that begins with the character of a text
		if err := errors.Join(os.WriteFile(filepath.Join(dir, name), nil, 0o600), os.Truncate(filepath.Join(dir, name), size)); err != nil {
			t.Fatal(err)
		}
	}
	s, err := new(layoutFlags).read(t.Context(), nil, dir)
	if err != nil || !s.Framed || len(s.Messages) != 2 || len(s.Messages[0].Bytes) != 0x09000000 {
		t.Errorf("reading a folder of a file of 151 MB and one of 10 B: %v, want two messages", err)
	}
	var exit *exitError
	if _, err := new(layoutFlags).read(t.Context(), nil, t.TempDir()); !errors.As(err, &exit) || exit.code != exitUsage {
		t.Errorf("reading an empty folder: %v, want a usage error", err)
	}
}

// The truth is told of the stream that generate makes with the same flags.
func TestTruthGoesWithTheStream(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	stream, truth := filepath.Join(dir, "stream.jsonl"), filepath.Join(dir, "truth.parquet")
	for _, args := range [][]string{{"generate", "-o", stream}, {"generate", "truth", "-o", truth}} {
		var stderr bytes.Buffer
		args = append(args, "--preset", "dirty-fleet", "--devices", "60", "--records", "5000", "--seed", "9")
		if code := run(t.Context(), args, strings.NewReader(""), &bytes.Buffer{}, &stderr); code != 0 {
			t.Fatalf("streamgauge %s: exit code %d\n%s", strings.Join(args, " "), code, stderr.String())
		}
	}
	text, err := os.ReadFile(stream)
	if err != nil {
		t.Fatal(err)
	}
	faults, err := parquet.ReadFile[preset.Fault](truth)
	if err != nil {
		t.Fatal(err)
	}
	records := bytes.Split(bytes.TrimSuffix(text, []byte("\n")), []byte("\n"))
	told := map[int64]string{}
	for _, f := range faults {
		told[f.Record] += f.Kind
	}
	broken := 0
	for i, r := range records {
		if !json.Valid(r) {
			broken++
			if told[int64(i)] == "" {
				t.Errorf("record %d is no JSON, of which nothing was told: %s", i, r)
			}
		}
	}
	if len(records) != 5000 || broken < 20 || len(faults) < 200 {
		t.Errorf("%d records, %d of them no JSON, %d faults; want 5000, some and many", len(records), broken, len(faults))
	}
}
