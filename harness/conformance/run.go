package conformance

import (
	"context"
	"errors"
)

// Run puts the engine to the scripts, in one engine start for each group of scripts that can share one, and reports how
// each came out. It creates its topics (names begin with sg.check-) and deletes them at the end. A wrong answer is no
// error but a failed script; errors are those of the broker, of the Subject and of ctx.
func Run(ctx context.Context, env Env, subject Subject, scripts []Script) (Report, error) {
	return Report{Engine: env.EngineName}, errors.Join(ctx.Err(), errors.New("running scripts: not possible yet"))
}
