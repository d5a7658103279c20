package null_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/streamgauge/streamgauge/engines/internal/enginetest"
	"github.com/streamgauge/streamgauge/engines/null"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestCopiesThroughTheHopsOfTheJob(t *testing.T) {
	enginetest.Suite{Engine: null.New(), Job: enginetest.Alert(), Expect: enginetest.CopyExpected}.Run(t)
}
