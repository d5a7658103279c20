package microbatch_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/streamgauge/streamgauge/engines/internal/enginetest"
	"github.com/streamgauge/streamgauge/engines/microbatch"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestAlert(t *testing.T) {
	enginetest.Suite{Engine: microbatch.New(enginetest.Formats), Job: enginetest.Alert(), Expect: enginetest.Expected,
		Options: `{"snapshot_records":150,"max_batch_records":120}`}.Run(t)
}
