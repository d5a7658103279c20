package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/streamgauge/streamgauge/harness/payload/s3test"
	"github.com/streamgauge/streamgauge/harness/result"
)

// inS3 is tiny with messages that lie in a bucket.
func inS3(server *s3test.Server) string {
	store := "{kind: s3, endpoint: '" + server.URL + "', bucket: " + s3test.Bucket + ", prefix: bench, path_style: true}"
	return strings.NewReplacer("job: identity", "job: large\nplacement: isolated", "rate: 500/s", "rate: 40/s", "{tuple: {}}", "{tuple: {}, microbatch: {}}",
		"recording: room-sensors, devices: 100", "devices: 20, payload: {largest: 200KB, chunk: 1KB, carrier: claim-check, store: "+store+"}").Replace(tiny)
}

// startS3 starts a program with credentials.
func startS3(t *testing.T, server *s3test.Server, scenario string, args ...string) *program {
	t.Helper()
	p := start(t, scenario, "version")
	p.ends(0)
	p.env = append(p.env, s3test.Environment(s3test.Key, s3test.Secret)...)
	return p.start(args...)
}

// silentOf looks for the secret in all that a program said and wrote.
func silentOf(t *testing.T, p *program) {
	t.Helper()
	if strings.Contains(p.stderr()+p.out.String(), s3test.Secret) {
		t.Error("the secret was said")
	}
	err := filepath.WalkDir(p.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if strings.Contains(string(b), s3test.Secret) || strings.Contains(string(b), s3test.Key) {
			t.Errorf("credentials are in %s", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestMessagesInS3(t *testing.T) {
	slow(t)
	server := s3test.Start(t)
	p := startS3(t, server, inS3(server), "run", "./mine.yaml", "--set", "load.warmup=0s")
	p.ends(0)
	correct(t, p.result(), 2)
	if keys := server.Keys(); len(keys) > 0 {
		t.Errorf("the run left %v", keys)
	}
	silentOf(t, p)
}

// With --keep objects stay, until clean removes them.
func TestMessagesInS3AreKept(t *testing.T) {
	slow(t)
	server := s3test.Start(t)
	server.Set("bench/sg.other/1/2/3", []byte("another run's"))
	p := startS3(t, server, inS3(server), "run", "./mine.yaml", "--set", "load.warmup=0s", "--engine", "tuple", "--keep")
	p.ends(0)
	kept := len(server.Keys())
	if kept < 2 {
		t.Fatalf("%d objects were kept", kept)
	}
	p.start("clean").ends(0)
	if n := len(server.Keys()); n != kept || !strings.Contains(p.out.String(), " objects s3://messages/bench/sg.") {
		t.Errorf("clean without --yes left %d of %d objects:\n%s", n, kept, &p.out)
	}
	p.start("clean", "--yes").ends(0)
	if keys := server.Keys(); len(keys) != 1 || keys[0] != "bench/sg.other/1/2/3" {
		t.Errorf("clean left %v", keys)
	}
}

func TestAnInterruptLeavesNothingInS3(t *testing.T) {
	slow(t)
	server := s3test.Start(t)
	p := startS3(t, server, inS3(server), "run", "./mine.yaml", "--set", "load.measure=60s")
	p.await("measure")
	p.signal(syscall.SIGINT)
	p.ends(130, "streamgauge: error: interrupted")
	if keys := server.Keys(); len(keys) > 0 {
		t.Errorf("the run left %v", keys)
	}
	p.partial("interrupted")
}

// A run does not start with a store that cannot be used.
func TestAStoreThatCannotBeUsed(t *testing.T) {
	slow(t)
	server := s3test.Start(t)
	p := startS3(t, server, inS3(server), "run", "./mine.yaml", "--set", "stream.payload.store.bucket=others")
	p.ends(3, "error: checking the store: writing to s3://others/bench/sg.", "hint: create the bucket")
	p.env = append(p.env, s3test.Environment(s3test.Key, "guessed")...)
	p.start("run", "./mine.yaml").ends(3, "hint: check the credentials")
	server.Stop()
	p.start("run", "./mine.yaml").ends(3, "hint: check that the server runs")
	if _, err := os.Stat(filepath.Join(p.dir, "runs")); err == nil {
		t.Error("there is a run folder")
	}
	silentOf(t, p)
}

// A server that goes away ends the run, and is to blame for it.
func TestAStoreThatGoesAway(t *testing.T) {
	slow(t)
	server := s3test.Start(t)
	p := startS3(t, server, inS3(server), "run", "./mine.yaml", "--set", "load.measure=60s")
	p.await("measure")
	server.Stop()
	p.ends(3, "error: the store was lost: no answer for 10s", "hint: check that the server runs")
	var res result.Run
	if err := json.Unmarshal([]byte(read(t, p.folder(), "run.json")), &res); err != nil || !res.Partial || !strings.Contains(res.Failure, "the store was lost") {
		t.Errorf("the result is partial: %t, %q, %v", res.Partial, res.Failure, err)
	}
	if _, err := os.Stat(filepath.Join(p.folder(), "store.json")); err != nil {
		t.Errorf("clean cannot find what is left: %v", err)
	}
}
