package driver

import (
	"context"
	"errors"
)

// Run sends a source on its schedule and waits for the acknowledgements. It ends with the source, when the debt passes
// MaxDebt (Report.Saturated, no error), with the first record that the client gives up, or with ctx. The report is
// complete in each case. Errors: *ProduceError, the source's, ctx's.
func Run(ctx context.Context, c Config) (Report, error) {
	return Report{}, errors.New("not written")
}
