// Package null is an engine.
package null

import (
	"context"

	"github.com/streamgauge/streamgauge/engines"
)

type engine struct{}

// New makes the engine.
func New() engines.Engine { return &engine{} }

// Descriptor describes the engine.
func (e *engine) Descriptor() engines.Descriptor { return engines.Descriptor{Name: "null"} }

// Run does the plan's job.
func (e *engine) Run(ctx context.Context, s *engines.Session) error {
	<-ctx.Done()
	return ctx.Err()
}
