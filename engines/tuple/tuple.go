// Package tuple is an engine.
package tuple

import (
	"context"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/engines/internal/operator"
)

type engine struct{ formats operator.Formats }

// New makes the engine.
func New(formats operator.Formats) engines.Engine { return &engine{formats: formats} }

// Descriptor describes the engine.
func (e *engine) Descriptor() engines.Descriptor { return engines.Descriptor{Name: "tuple"} }

// Run does the plan's job.
func (e *engine) Run(ctx context.Context, s *engines.Session) error {
	<-ctx.Done()
	return ctx.Err()
}
