package mutants

import (
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/engines/internal/operator"
	"github.com/streamgauge/streamgauge/engines/null"
	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// right are the engines that must be judged correct: those that users run, and the one with room for bugs, also where it
// computes by its own rules.
func right() map[string]engines.Engine {
	all := runs("")
	all["crooked"] = newCrooked(bug{})
	all["crooked, its own windows"] = newCrooked(windowed(rules{}))
	all["crooked, windows a little late"] = newCrooked(windowed(rules{early: -2_000})) // close delay is no fault
	all["crooked, its own alarms"] = newCrooked(alarms(begins, ends))
	all["crooked, its own calibration"] = newCrooked(marks{}.calibrated(func(n int64) int64 { return floorDiv(n+500_000, 1_000_000) }))
	all["crooked, its own timestamps"] = newCrooked(bug{edit: ownTimestamps}) // some sinks cannot set event time
	return all
}

// ownTimestamps gives every record another Kafka timestamp than its event time.
func ownTimestamps(_ int, _ *event.Record, to operator.Destination, out *event.Record, emit operator.Emit) {
	c := cloned(out)
	c.Timestamp++
	emit(to, c)
}

func TestEnginesWithoutABugAreCorrect(t *testing.T) {
	for name := range right() {
		for _, g := range []engines.Guarantee{engines.AtLeastOnce, engines.ExactlyOnce} {
			e := right()[name] // of its own: a crooked engine remembers its life
			if g == engines.ExactlyOnce && strings.Contains(name, ",") {
				continue // the operators are the same
			}
			t.Run(strings.ReplaceAll(name, " ", "-")+"/"+string(g), func(t *testing.T) {
				t.Parallel()
				b := newBench(t, g)
				straight(b, e)
				v := b.judge(false)
				if v.Text != "correct" {
					t.Errorf("verdict %q, want correct; %+v", v.Text, v.Culprits)
				}
			})
		}
	}
}

// TestTheNullEngineIsCorrectAsACopy judges it as the harness does, and makes sure that it is not taken for one that works.
func TestTheNullEngineIsCorrectAsACopy(t *testing.T) {
	for _, g := range []engines.Guarantee{engines.AtLeastOnce, engines.ExactlyOnce} {
		t.Run(string(g), func(t *testing.T) {
			t.Parallel()
			b := newBench(t, g)
			straight(b, null.New())
			if v := b.judgeAs(job.Identity(len(b.world.job.Stages)), false); v.Text != "correct" {
				t.Errorf("as a copy: %q; %+v", v.Text, v.Culprits)
			}
			if v := b.judge(false); v.Correct {
				t.Errorf("as the job: %q, want wrong", v.Text)
			}
		})
	}
}

func TestRightEnginesSurviveRestarts(t *testing.T) {
	for _, g := range []engines.Guarantee{engines.AtLeastOnce, engines.ExactlyOnce} {
		for name, run := range map[string]script{
			"stop":           restarted(func(*bench) {}),
			"lost state":     restarted(func(b *bench) { b.wipe() }), // what the offsets do not cover is read again
			"killed in work": killed,
		} {
			for label, e := range runs("") {
				t.Run(strings.ReplaceAll(name, " ", "-")+"/"+label+"/"+string(g), func(t *testing.T) {
					t.Parallel()
					b := newBench(t, g)
					run(b, e)
					v := b.judge(true)
					if !v.Correct || v.Text != "correct" && (g == engines.ExactlyOnce || name != "killed in work") {
						t.Errorf("verdict %q; %+v", v.Text, v.Culprits)
					}
				})
			}
		}
	}
}

func TestACrookedEngineSurvivesACrash(t *testing.T) {
	for _, place := range []string{"1/read", "2/flushed", "4/flushed", "3/committed"} {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, engines.ExactlyOnce)
			crashing(b, newCrooked(bug{crash: place}))
			if v := b.judge(true); v.Text != "correct" {
				t.Errorf("verdict %q; %+v", v.Text, v.Culprits)
			}
		})
	}
}

// TestAZombieIsFenced starts an engine again while its former life still works: exactly once, nothing that it does counts.
func TestAZombieIsFenced(t *testing.T) {
	for label, e := range runs("") {
		t.Run(label, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, engines.ExactlyOnce)
			zombie := b.Start(e)
			b.publish(b.world.input[:b.world.half])
			b.Plan.StateDir = t.TempDir() // each life has its own disk
			r := b.Start(e)
			b.publish(b.world.input[b.world.half:])
			r.Drain()
			zombie.Kill()
			if v := b.judge(true); v.Text != "correct" {
				t.Errorf("verdict %q; %+v", v.Text, v.Culprits)
			}
		})
	}
}
