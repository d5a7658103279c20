package harness

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/payload"
	"github.com/streamgauge/streamgauge/harness/payload/folder"
	"github.com/streamgauge/streamgauge/harness/payload/s3"
	"github.com/streamgauge/streamgauge/harness/scenario"
	"github.com/streamgauge/streamgauge/harness/subject"
)

// storeFolder is where in the run folder messages lie that records refer to. All trials of a run offer the same messages.
const storeFolder = "store"

// StoreFile in a run folder tells, as a plan does (engines.Store), where objects of the run lie outside it: as long as there
// are any.
const StoreFile = "store.json"

// bucket is the store of a run in S3.
type bucket struct {
	*s3.Store
	at   engines.S3
	end  context.CancelCauseFunc // of all its requests
	gone bool                    // it no longer answers; written before end is called, read after the blocks
}

// storeCheckWithin bounds how long a store may take to show that it can be used.
const storeCheckWithin = 30 * time.Second

// openStore opens a store outside the run folder and finds out whether it can be used. Errors: *Error of the environment.
func (r *run) openStore(ctx context.Context) error {
	s := r.Scenario.Stream.Payload.Store
	uses := func(in instance) bool { return r.own(in.label).usesStore() }
	if s.Kind != scenario.S3 || !slices.ContainsFunc(r.instances(), uses) {
		return nil
	}
	at := engines.S3{Endpoint: s.Endpoint, Bucket: s.Bucket, Prefix: path.Join(s.Prefix, s3.Owned+r.id), Region: s.Region, PathStyle: s.PathStyle}
	life, end := context.WithCancelCause(ctx)
	store, err := s3.New(life, s3.Config(at))
	if err != nil {
		end(nil)
		return &Error{FaultUsage, err, "check stream.payload.store"}
	}
	r.say("looking at the store %s", s3.Config(at))
	r.bucket = &bucket{Store: store, at: at, end: end}
	if err := r.checkStore(ctx, store); err != nil {
		end(nil)
		return err
	}
	return nil
}

// checkStoreOf refuses a kind of store that an engine does not read. What a program of the user's reads, its plan asks it.
func (r *run) checkStoreOf(in instance) error {
	kind := r.Scenario.Stream.Payload.Store.Kind
	if kind != scenario.S3 || !r.usesStore() || in.settings.Engine == scenario.External || slices.Contains(in.desc.Stores, kind) {
		return nil
	}
	return fmt.Errorf("%s reads messages from a folder, not from a store of kind %s", in.desc.Name, kind)
}

func (r *run) checkStore(ctx context.Context, store *s3.Store) error {
	limited, cancel := context.WithTimeout(ctx, storeCheckWithin)
	defer cancel()
	err := store.Check(limited)
	if err == nil {
		return nil
	}
	if limited.Err() != nil { // it may have written before it was broken off
		cleaning, cancel := context.WithTimeout(context.WithoutCancel(ctx), removeLost)
		defer cancel()
		_, _ = store.Remove(cleaning) // which may be why it was
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return environment(s3.Hint(err), fmt.Errorf("checking the store: %w", err))
}

// keepTrack writes down where objects of the run will lie, so that they are found if the run does not live to remove them.
func (r *run) keepTrack() error {
	if r.bucket == nil {
		return nil
	}
	b, err := json.Marshal(engines.Store{S3: &r.bucket.at})
	if err != nil {
		return fmt.Errorf("encoding where the store is: %w", err)
	}
	if err := os.WriteFile(filepath.Join(r.dir, StoreFile), b, 0o644); err != nil {
		return environment("check the disk", fmt.Errorf("writing down where the store is: %w", err))
	}
	return nil
}

// closeStore removes the run's objects from a store outside the run folder, unless they are to be kept.
func (r *run) closeStore() {
	if r.bucket == nil {
		return
	}
	defer r.bucket.end(nil)
	if r.Keep {
		r.note("", "kept", "objects in "+s3.Config(r.bucket.at).String())
		return
	}
	limit := removeWithin
	if r.bucket.gone {
		limit = removeLost
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	_, err := r.bucket.Remove(ctx)
	if err == nil {
		err = os.Remove(filepath.Join(r.dir, StoreFile))
	}
	if err != nil {
		r.note("", "warning", "objects were left behind, streamgauge clean removes them: "+err.Error())
	}
}

// watchStore ends the context when a store outside the run folder no longer answers, as watchBroker does. The function it
// returns ends the watch.
func (r *run) watchStore(ctx context.Context) (context.Context, func()) {
	if r.bucket == nil || !r.usesStore() {
		return ctx, func() {}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := unanswered(ctx, r.bucket.Ping, func() bool { return false }); err != nil {
			lost := environment(s3.Hint(err), fmt.Errorf("the store was lost: no answer for %v: %w", lostAfter, err))
			r.bucket.gone = true
			cancel(lost)
			r.bucket.end(lost)
		}
	})
	return ctx, func() { cancel(nil); wg.Wait() }
}

// store is where messages lie that records refer to.
func (r *run) store() payload.Store {
	if r.bucket != nil {
		return foreign{r.bucket.Store}
	}
	return folder.Store{Dir: filepath.Join(r.dir, storeFolder)}
}

// foreign is a store outside the run folder: what goes wrong with it is the environment's fault.
type foreign struct{ *s3.Store }

// Put stores an object. Errors: *Error of the environment.
func (f foreign) Put(name string, content []byte) error {
	if err := f.Store.Put(name, content); err != nil {
		return environment(s3.Hint(err), err)
	}
	return nil
}

// Open opens an object. Errors: fs.ErrNotExist; *Error of the environment.
func (f foreign) Open(name string) (io.ReadCloser, error) {
	o, err := f.Store.Open(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, environment(s3.Hint(err), err)
	}
	return o, err
}

// planStore tells an engine where messages lie.
func (r *run) planStore(p *engines.Plan) error {
	if !r.usesStore() {
		return nil
	}
	p.Require = append(p.Require, "store")
	if r.bucket != nil {
		p.Store = &engines.Store{S3: &r.bucket.at}
		p.Require = append(p.Require, "store.s3") // an engine that knows folders alone would look for one
		return nil
	}
	p.Store = &engines.Store{Folder: filepath.Join(r.dir, storeFolder)}
	return subject.Absolute(&p.Store.Folder)
}
