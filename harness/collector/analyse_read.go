package collector

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// input is the observations of one instance.
type input struct {
	results   []*source // outputs and dead letters
	stages    []*source
	origin    int64
	start     int64 // ns from origin
	committed bool
	torn      int // files that end within an observation
}

// source is one file with its next observation.
type source struct {
	r   *Reader
	obs Observation
}

// openInput opens every file of an instance. Errors: unreadable ones, ErrFormat, several trials in one folder, a trial that
// never started.
func openInput(dir, instance string) (_ *input, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("looking for observations: %w", err)
	}
	in := &input{start: unknownStart}
	defer func() {
		if err != nil {
			in.close()
		}
	}()
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), instance+".") || filepath.Ext(e.Name()) != ".obs" {
			continue
		}
		if err := in.open(filepath.Join(dir, e.Name()), instance); err != nil {
			return nil, err
		}
	}
	all := in.all()
	if len(all) > 0 && in.start == unknownStart {
		return nil, fmt.Errorf("reading the observations of %s in %s: the trial never started", instance, dir)
	}
	for _, s := range all {
		s.r.shift = in.start
	}
	return in, nil
}

func (in *input) open(path, instance string) error {
	r, err := OpenReader(path)
	if err != nil {
		return err
	}
	h := r.Header
	if h.Instance != instance {
		return r.Close()
	}
	first := len(in.results)+len(in.stages) == 0
	if !first && h.Origin != in.origin || h.Start != unknownStart && in.start != unknownStart && h.Start != in.start {
		r.Close()
		return fmt.Errorf("reading %s: it belongs to another trial than the files before it", path)
	}
	in.origin, in.committed = h.Origin, h.Committed
	if h.Start != unknownStart {
		in.start = h.Start
	}
	if h.Role == StageRole {
		in.stages = append(in.stages, &source{r: r})
		return nil
	}
	in.results = append(in.results, &source{r: r})
	return nil
}

func (in *input) all() []*source {
	return append(append([]*source(nil), in.results...), in.stages...)
}

func (in *input) close() {
	for _, s := range in.all() {
		s.r.Close() // read only: nothing is lost
	}
}

// startUnix is the trial's start in ns since the Unix epoch.
func (in *input) startUnix() int64 { return in.origin + in.start }

// next reads on. False at the end.
func (in *input) next(s *source) (bool, error) {
	err := s.r.Next(&s.obs)
	switch {
	case err == io.EOF:
		return false, nil
	case errors.Is(err, errTorn):
		in.torn++
		return false, nil
	case err != nil:
		return false, err
	}
	return true, nil
}

// merge gives the observations of all sources in the order they were received: an identity's first answer is its first in
// any partition, though an engine may have written it to two.
func (in *input) merge(sources []*source, visit func(Header, *Observation)) error {
	h := make(sourceHeap, 0, len(sources))
	for _, s := range sources {
		ok, err := in.next(s)
		if err != nil {
			return err
		}
		if ok {
			h = append(h, s)
		}
	}
	for i := len(h)/2 - 1; i >= 0; i-- {
		h.down(i)
	}
	for len(h) > 0 {
		s := h[0]
		visit(s.r.Header, &s.obs)
		ok, err := in.next(s)
		if err != nil {
			return err
		}
		if !ok {
			h[0] = h[len(h)-1]
			h = h[:len(h)-1]
		}
		h.down(0)
	}
	return nil
}

// sourceHeap is a binary heap, the earliest received on top. container/heap would cost more than reading an observation.
type sourceHeap []*source

func (h sourceHeap) down(i int) {
	for {
		c := 2*i + 1
		if c >= len(h) {
			return
		}
		if c+1 < len(h) && h[c+1].obs.Received < h[c].obs.Received {
			c++
		}
		if h[i].obs.Received <= h[c].obs.Received {
			return
		}
		h[i], h[c] = h[c], h[i]
		i = c
	}
}
