// Package store opens the store that a plan names, for the engines in Go.
package store

import (
	"context"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/payload"
	"github.com/streamgauge/streamgauge/harness/payload/folder"
	"github.com/streamgauge/streamgauge/harness/payload/s3"
)

// S3 is the kind of store that these engines read beside a folder, as descriptors name it.
const S3 = "s3"

// Open opens the store of a plan; nil: the trial has none. Its requests end with ctx. Errors: those of s3.New.
func Open(ctx context.Context, p *engines.Store) (payload.Store, error) {
	switch {
	case p == nil:
		return nil, nil
	case p.S3 != nil:
		return s3.New(ctx, s3.Config(*p.S3))
	}
	return folder.Store{Dir: p.Folder}, nil
}
