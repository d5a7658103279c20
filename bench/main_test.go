//go:build bench

package bench

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

var (
	small   = flag.Bool("small", false, "a fiftieth of the bytes and one round: shows that all works, and no more")
	program = flag.String("streamgauge", "../bin/streamgauge", "the program to measure")
)

// childEnv names what a copy of this test binary is to be. Driver and collector run as processes of their own, so that their
// CPU time is theirs alone and no garbage of one run is collected in the next.
const childEnv = "STREAMGAUGE_BENCH_CHILD"

// childRoles are what a child can be: each reads its configuration and gives what it found.
var childRoles = map[string]func(ctx context.Context, config []byte) (any, error){
	"driver":    asJSON(drive),
	"collector": asJSON(collect),
}

func asJSON[C, R any](f func(context.Context, C) (R, error)) func(context.Context, []byte) (any, error) {
	return func(ctx context.Context, config []byte) (any, error) {
		var c C
		if err := json.Unmarshal(config, &c); err != nil {
			return nil, fmt.Errorf("reading the configuration: %w", err)
		}
		return f(ctx, c)
	}
}

func TestMain(m *testing.M) {
	role := os.Getenv(childEnv)
	if role == "" {
		os.Exit(m.Run())
	}
	found, err := childRoles[role](context.Background(), []byte(os.Args[1]))
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(found)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// setup is what all measurements need.
type setup struct {
	cache     string // of downloads, the user's
	program   string
	java      string // path; empty when there is no Java
	classPath string // of Kafka's performance tools

	produceStart, consumeStart time.Duration // CPU time of the tools' start
}

func prepare(b *testing.B) *setup {
	b.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		b.Fatal(err)
	}
	s := &setup{cache: filepath.Join(cache, "streamgauge")}
	if s.program, err = filepath.Abs(*program); err == nil {
		_, err = os.Stat(s.program)
	}
	if err != nil {
		b.Fatalf("%v; build it first: make build", err)
	}
	return s
}

// needTools finds Java and Kafka's performance tools. Without them there is nothing to compare with.
func (s *setup) needTools(b *testing.B) {
	b.Helper()
	var err error
	if s.java, err = exec.LookPath("java"); err != nil {
		b.Skipf("Kafka's performance tools need Java 17 or newer: %v", err)
	}
	if s.classPath, err = installTools(b.Context(), s.cache); err != nil {
		b.Fatal(err)
	}
}

// size is one size of records and how many of them make a run long enough: minutes of a JVM's warm-up would otherwise be
// taken for its speed.
type size struct {
	name    string
	bytes   int // of a value
	records int64
}

// sizes are those of the targets, smallest first. The embedded broker keeps everything in memory and gets a quarter.
func sizes(kind string) []size {
	all := []size{{"100B", 100, 4_000_000}, {"1KB", 1000, 3_000_000}, {"100KB", 100_000, 30_000}, {"1MB", 1_000_000, 4_000}}
	for i := range all {
		if kind == embeddedKind {
			all[i].records /= 4
		}
		if *small {
			all[i].records /= 50
		}
	}
	return all
}

// rounds is how often each pair is run. The order within a pair alternates.
func rounds() int {
	if *small {
		return 1
	}
	return 3
}

// settle lets the broker delete the last topic's files, which it does after a second, before the next measurement.
func settle() {
	if !*small {
		time.Sleep(2 * time.Second)
	}
}
