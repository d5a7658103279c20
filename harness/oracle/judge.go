package oracle

import (
	"context"
	"errors"
	"fmt"
)

// judge is one judgement under way.
type judge struct {
	Trial
}

func (t *Trial) validate() error {
	switch {
	case t.Job == nil:
		return errors.New("judging a trial: it has no job")
	case len(t.Stages) != len(t.Job.Stages)-1:
		return fmt.Errorf("judging a trial of job %q: %d stage topics for %d stages, want one less", t.Job.Name, len(t.Stages), len(t.Job.Stages))
	case t.Guarantee != AtLeastOnce && t.Guarantee != ExactlyOnce:
		return fmt.Errorf("judging a trial: guarantee %q; want %s or %s", t.Guarantee, AtLeastOnce, ExactlyOnce)
	}
	return nil
}

func (j *judge) run(ctx context.Context) (Judgement, error) {
	return Judgement{}, errors.New("judging a trial: not possible yet")
}
