package microbatch_test

import (
	"errors"
	"testing"

	"go.uber.org/goleak"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/engines/internal/enginetest"
	"github.com/streamgauge/streamgauge/engines/internal/operator"
	"github.com/streamgauge/streamgauge/engines/microbatch"
	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestAlert(t *testing.T) {
	enginetest.Suite{Engine: microbatch.New(enginetest.Formats), Job: enginetest.Alert(), Expect: enginetest.Expected,
		Options: `{"snapshot_records":150,"max_batch_records":120}`}.Run(t)
}

// A record that no engine can have written ends the engine with its place.
func TestCorruptStageRecordIsAFatalFault(t *testing.T) {
	b := enginetest.New(t, enginetest.Alert(), engines.AtLeastOnce)
	r := b.Start(microbatch.New(enginetest.Formats))
	b.Produce(b.Plan.Topics.Stages[1], enginetest.Input([]byte("k"), event.Stamp{}, 1, []byte(`{"temp":1.5}`)))
	err := r.Wait()
	var corrupt *operator.CorruptError
	if !errors.As(err, &corrupt) || corrupt.Topic != b.Plan.Topics.Stages[1] || corrupt.Offset != 0 || r.Said(engines.LineFault) != 1 {
		t.Errorf("Serve = %v after %d fault lines; want a CorruptError in %s at offset 0, and one fault line", err, r.Said(engines.LineFault),
			b.Plan.Topics.Stages[1])
	}
}

// The markers that end transactions in a stage topic are no records of a batch.
func TestBatchesSayHowManyRecordsTheyHad(t *testing.T) {
	b := enginetest.New(t, job.Identity(2), engines.ExactlyOnce)
	input, _ := enginetest.Stream(1, 100)
	b.Produce(b.Plan.Topics.Input, input...)
	r := b.Start(microbatch.New(enginetest.Formats))
	r.Drain()
	said := map[int]int{}
	for _, l := range r.Lines {
		if l.Type == engines.LineBatch {
			said[l.Stage] += int(l.Records)
		}
	}
	if said[0] != len(input) || said[1] != len(input) {
		t.Errorf("batches of the stages had %v records, want %d in each", said, len(input))
	}
}
