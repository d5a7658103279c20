package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness"
	"github.com/streamgauge/streamgauge/harness/payload/s3"
)

// cleanStores removes the objects in S3 that runs have left behind, or kept. Run folders say where they are.
func (a *app) cleanStores(ctx context.Context, out string, yes bool) error {
	ctx, cancel := context.WithTimeout(ctx, adminTimeout)
	defer cancel()
	found, err := inRuns(out, harness.StoreFile)
	if err != nil {
		return err
	}
	var errs []error
	for _, file := range found {
		errs = append(errs, a.cleanStore(ctx, file, yes))
	}
	return errors.Join(errs...)
}

func (a *app) cleanStore(ctx context.Context, file string, yes bool) error {
	var at engines.Store
	b, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(b, &at)
	}
	if err == nil && at.S3 == nil {
		err = errors.New("it names no bucket")
	}
	if err != nil {
		return environment("remove the file once the objects are gone", fmt.Errorf("reading %s: %w", file, err))
	}
	where := s3.Config(*at.S3)
	store, err := s3.New(ctx, where)
	if err != nil {
		return environment("", fmt.Errorf("reading %s: %w", file, err))
	}
	n, err := store.Count(ctx)
	if err == nil {
		a.report(yes, fmt.Sprintf("%d objects", n), where.String())
		if yes {
			_, err = store.Remove(ctx)
		}
	}
	if err == nil && yes {
		err = os.Remove(file)
	}
	if err != nil {
		return environment(s3.Hint(err), fmt.Errorf("cleaning a store: %w", err))
	}
	return nil
}
