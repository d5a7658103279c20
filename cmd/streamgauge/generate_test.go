package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/streamgauge/streamgauge/generators"
	"github.com/streamgauge/streamgauge/generators/preset"
	"github.com/streamgauge/streamgauge/harness"
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

// readAlong tells when it was flushed and what it got, in the time of its test.
type readAlong struct {
	nowhere
	began time.Time
	said  []string
}

func (s *readAlong) flush() error {
	s.said = append(s.said, fmt.Sprint("flushed at ", time.Since(s.began)))
	return nil
}

func (s *readAlong) put(_ context.Context, due time.Duration, _ *generators.Event) error {
	s.said = append(s.said, fmt.Sprint(due, " at ", time.Since(s.began)))
	return nil
}

// With --rate events come when they are due at that rate, whatever takes them, and who reads along need not wait for more.
func TestARateGoesForAllOutputs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &readAlong{began: time.Now()}
		s := &paced{sink: to, began: to.began, factor: 4}
		for _, due := range []time.Duration{0, 4 * time.Second, 4 * time.Second, time.Minute} {
			if err := s.put(t.Context(), due, &generators.Event{}); err != nil {
				t.Fatal(err)
			}
		}
		if got, want := strings.Join(to.said, "; "), "0s at 0s; flushed at 0s; 4s at 1s; 4s at 1s; flushed at 1s; 1m0s at 15s"; got != want {
			t.Errorf("events came %s, want %s", got, want)
		}
	})
	var stderr bytes.Buffer
	began := time.Now()
	args := []string{"generate", "--preset", "indoor", "--devices", "40", "--records", "1200", "--rate", "4000/s", "-o", filepath.Join(t.TempDir(), "x")}
	if code := run(t.Context(), args, strings.NewReader(""), &bytes.Buffer{}, &stderr); code != 0 || time.Since(began) < 200*time.Millisecond {
		t.Errorf("exit code %d after %v, want 0.3 s for 1,200 records at 4,000/s\n%s", code, time.Since(began), stderr.String())
	}
}

// withIDs is a preset of one device whose id has so many bytes: its kind's name many times, where a file is too short for the id.
func withIDs(n int) string {
	sets, device, kind := n >= 1000, strings.Repeat("%", n/1000)+strings.Repeat("x", n%1000), strings.Repeat("k", 1000)
	return fmt.Sprintf("schema: 1\ntitle: Long\nencoding: json\nsets: %t\ndevice: '%s'\nmessage: '{\"ts\":${time},\"v\":${v}}'\nclock: {form: ms, step: 1ms}\n"+
		"kinds:\n  - name: '%s'\n    share: 1\n    intervals: '1~1000'\n    fields: [{name: v, quantiles: '1|2', decimals: 1, white: 1}]\n", sets, device, kind)
}

// A fleet that nobody says the size of has at least one car with all its identifiers, and one ship with all its sentences.
func TestAFleetHasWholeSets(t *testing.T) {
	p, err := openPreset("fleet")
	if err != nil {
		t.Fatal(err)
	}
	s, err := (&app{parts: parts()}).presetStream(&generateFlags{shard: "1/1", encoding: "native", seed: 1}, p, nil)
	if err != nil {
		t.Fatal(err)
	}
	of := map[string]int{}
	for _, d := range s.Devices() {
		set, _, _ := strings.Cut(d.ID, "/")
		of[set]++
	}
	for set, want := range map[string]int{"car-1": 128, "ship-1": 24} {
		if of[set] != want {
			t.Errorf("%s has %d devices, want %d", set, of[set], want)
		}
	}
}

// The memory of a large message is used for the next one whatever becomes of it.
func TestSinksGiveBackWhatIsLent(t *testing.T) {
	file := func() *fileSink { return &fileSink{w: bufio.NewWriter(io.Discard), framing: lengths} }
	for name, s := range map[string]sink{"file": file(), "candump": &candump{fileSink: file()}, "null": nowhere{}, "truth": each(func() error { return nil })} {
		for _, damaged := range []bool{false, true} {
			room := &generators.Room{}
			e := generators.Event{Room: room, Value: room.Take(generators.Large)[:generators.Large], Lent: true, Damaged: damaged}
			if err := s.put(t.Context(), 0, &e); err != nil || e.Lent {
				t.Errorf("%s, damaged %t: %v, still lent: %t", name, damaged, err, e.Lent)
			}
		}
	}
}

// A broker that is named for no topic is a mistake of the one who named it: nothing would arrive there.
func TestGenerateRefusesABrokerWithoutATopic(t *testing.T) {
	t.Parallel()
	out := filepath.Join(t.TempDir(), "out.json")
	var stderr bytes.Buffer
	code := run(t.Context(), []string{"generate", "--preset", "indoor", "--records", "3", "--broker", "localhost:9092", "-o", out}, strings.NewReader(""), io.Discard, &stderr)
	if _, err := os.Stat(out); code != exitUsage || err == nil || !strings.Contains(stderr.String(), "-o topic:NAME") {
		t.Errorf("exit code %d, want %d; output written: %t\n%s", code, exitUsage, err == nil, stderr.String())
	}
}

// Messages to a topic wait for the broker: their memory is not used for the next ones.
func TestOnlyTopicsKeepWhatTheyWereGiven(t *testing.T) {
	for want, sinks := range map[bool][]sink{
		true:  {&topicSink{}, &paced{sink: &topicSink{}}},
		false: {nowhere{}, &paced{sink: nowhere{}}, &fileSink{}, &candump{}},
	} {
		for _, s := range sinks {
			if s.keeps() != want {
				t.Errorf("keeps of %T = %t, want %t", s, !want, want)
			}
		}
	}
}

// Encoders keep nothing of a device's id, whose bytes are those of the next one where messages pass.
func TestMessagesThatPassAreTheSameInEveryEncoding(t *testing.T) {
	t.Parallel()
	a := &app{parts: parts()}
	p, err := openPreset("indoor")
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, encoding := range a.parts.encodings() {
		f := &generateFlags{encoding: encoding, devices: 40, seed: 3, shard: "1/1"}
		own, err := a.presetStream(f, p, nil)
		if err != nil {
			continue // it asks for more than a reading
		}
		passing, err := a.presetStream(f, p, nil)
		if err != nil {
			t.Fatal(err)
		}
		want, got := generators.Event{}, generators.Event{Room: &generators.Room{Passing: true}}
		for i := range 200 {
			due, _ := own.Pace()
			own.Next(due, &want)
			passing.Next(due, &got)
			if !bytes.Equal(got.Key, want.Key) || !bytes.Equal(got.Value, want.Value) {
				t.Errorf("%s: message %d is %q of %s, want %q of %s", encoding, i, got.Value, got.Key, want.Value, want.Key)
				break
			}
			got.GiveBack()
		}
		compared++
	}
	if compared < 20 {
		t.Errorf("%d encodings compared, want at least 20", compared)
	}
}

// Ids that the messages of an encoding cannot hold are refused before anything is generated; those that they can are not.
func TestGenerateRefusesIDsThatAreTooLong(t *testing.T) {
	t.Parallel()
	for encoding, most := range map[string]int{"frame": 65_535, "frame+gzip": 65_535, "miniseed": 255, "jpeg": 1_024} {
		for over := range 2 {
			dir := t.TempDir()
			preset, out := filepath.Join(dir, "long.yaml"), filepath.Join(dir, "out.bin")
			if err := os.WriteFile(preset, []byte(withIDs(most+over)), 0o600); err != nil {
				t.Fatal(err)
			}
			var stderr bytes.Buffer
			code := run(t.Context(), []string{"generate", "--preset", preset, "--records", "3", "--encoding", encoding, "-o", out}, strings.NewReader(""), &bytes.Buffer{}, &stderr)
			_, err := os.Stat(out)
			if code != exitUsage*over || (err == nil) != (over == 0) || over == 1 && !strings.Contains(stderr.String(), fmt.Sprintf("holds %d", most)) {
				t.Errorf("%s, an id of %d bytes: exit code %d, want %d; output: %v\n%s", encoding, most+over, code, exitUsage*over, err, stderr.String())
			}
		}
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

// An interrupt ends what is being generated, and its truth, as interrupted.
func TestGenerateIsInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(harness.ErrInterrupted)
	for _, args := range [][]string{{"generate", "-o", "null"}, {"generate", "-o", "-"}, {"generate", "truth", "-o", "-"}, {"generate", "truth", "-o", filepath.Join(t.TempDir(), "t.parquet")}} {
		var stderr bytes.Buffer
		code := run(ctx, append(args, "--preset", "indoor", "--records", "100000"), strings.NewReader(""), &bytes.Buffer{}, &stderr)
		if code != exitInterrupted {
			t.Errorf("streamgauge %s, interrupted: exit code %d, want %d\n%s", strings.Join(args, " "), code, exitInterrupted, stderr.String())
		}
	}
}

// A full disk leaves no half of a file that the next try would be refused for.
func TestAFullDiskLeavesNoHalfAFile(t *testing.T) {
	disk := filepath.Join(t.TempDir(), "full")
	mountSmall(t, disk)
	fill(t, filepath.Join(disk, "filler"))
	for range 2 {
		var stderr bytes.Buffer
		code := run(t.Context(), []string{"scenario", "new", filepath.Join(disk, "mine.yaml")}, strings.NewReader(""), &bytes.Buffer{}, &stderr)
		if code != exitEnvironment || !strings.Contains(stderr.String(), "no space left on device\nstreamgauge: hint: make room on the disk") {
			t.Errorf("exit code %d, want %d, for want of space and with what to do\n%s", code, exitEnvironment, stderr.String())
		}
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
