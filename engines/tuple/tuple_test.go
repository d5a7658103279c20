package tuple_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/streamgauge/streamgauge/engines/internal/enginetest"
	"github.com/streamgauge/streamgauge/engines/tuple"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestAlert(t *testing.T) {
	enginetest.Suite{Engine: tuple.New(enginetest.Formats), Job: enginetest.Alert(), Expect: enginetest.Expected,
		Options: `{"snapshot_records":150}`}.Run(t)
}
