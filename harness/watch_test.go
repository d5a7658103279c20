package harness

import (
	"testing"
	"time"
)

// Whoever asks before the first phase is told of one, not of the time since year 1.
func TestProgressBeforeTheFirstPhase(t *testing.T) {
	b := &blockRun{run: &run{}}
	w := b.watchProgress(t.Context())
	defer w.stop()
	if p := w.progress(); p.Phase == "" || p.Elapsed > time.Hour {
		t.Errorf("phase %q since %v, want one that has begun now", p.Phase, p.Elapsed)
	}
}
