package mutants

import (
	"bytes"
	"os"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/engines/internal/hop"
	"github.com/streamgauge/streamgauge/engines/internal/operator"
)

// forget replaces the saved state of a stage of a stopped engine by none, as of the committed offsets: what a restart finds
// that trusts its offsets and has lost its disk.
func (b *bench) forget(stage int) {
	b.t.Helper()
	s := &engines.Session{Plan: b.Plan, Status: engines.NewStatus(&bytes.Buffer{}), Now: time.Now,
		Dial: func(opts ...kgo.Opt) (*kgo.Client, error) { return b.Dial(opts...), nil }}
	c, err := hop.Connect(s)
	if err != nil {
		b.t.Fatal(err)
	}
	programs, err := operator.CompileAll(operator.Config{Job: &b.Plan.Job, Registry: operator.Registry{}, Formats: formats})
	if err != nil {
		b.t.Fatal(err)
	}
	committed, err := c.Committed(b.t.Context(), b.Plan.Topics.StageInput(stage))
	if err != nil {
		b.t.Fatal(err)
	}
	for n, offset := range committed {
		chain, err := programs[stage].Chain(n)
		if err != nil {
			b.t.Fatal(err)
		}
		if err := c.StateFile(stage, n).Save(offset, chain.Snapshot()); err != nil {
			b.t.Fatal(err)
		}
	}
}

// wipe empties the state folder of a stopped engine.
func (b *bench) wipe() {
	b.t.Helper()
	if err := os.RemoveAll(b.Plan.StateDir); err != nil {
		b.t.Fatal(err)
	}
}
