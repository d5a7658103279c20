package driver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/streamgauge/streamgauge/harness/defect"
	"github.com/streamgauge/streamgauge/harness/event"
)

// How far generation runs ahead of the schedule: about two seconds, so that making events never makes them late, but within
// bounds of memory.
const (
	chunkSpan   = 50 * time.Millisecond // intended time in one chunk
	chunkEvents = 8192
	chunksAhead = 40
	bytesAhead  = 128 << 20 // keys and values; one larger record may go alone
)

// chunk is a run of consecutive records.
type chunk struct {
	due   []event.Due
	bytes int64
}

// ahead makes records in a goroutine of its own, for the pacer to find ready.
type ahead struct {
	src    event.Source
	chunks chan chunk // chunksAhead of them
	free   chan []event.Due
	bytes  atomic.Int64  // in chunks
	room   chan struct{} // wakes the maker after a chunk was taken
	err    error         // of the source; valid after chunks was closed
}

func newAhead(src event.Source) *ahead {
	return &ahead{src: src, chunks: make(chan chunk, chunksAhead), free: make(chan []event.Due, chunksAhead), room: make(chan struct{}, 1)}
}

// run makes chunks until the source or ctx ends, and closes the channel.
func (a *ahead) run(ctx context.Context) {
	defer close(a.chunks)
	defer defect.Catch(&a.err)
	for {
		for a.bytes.Load() > bytesAhead {
			select {
			case <-a.room:
			case <-ctx.Done():
				return
			}
		}
		c, err := a.make()
		if len(c.due) > 0 {
			a.bytes.Add(c.bytes)
			select {
			case a.chunks <- c:
			case <-ctx.Done():
				return
			}
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				a.err = fmt.Errorf("making the input: %w", err)
			}
			return
		}
	}
}

// make fills one chunk.
func (a *ahead) make() (chunk, error) {
	var c chunk
	select {
	case c.due = <-a.free:
	default:
	}
	for len(c.due) < chunkEvents && c.bytes < bytesAhead/chunksAhead {
		n := len(c.due)
		c.due = append(c.due, event.Due{})
		d := &c.due[n]
		if err := a.src.Next(d); err != nil {
			c.due = c.due[:n]
			return c, err
		}
		c.bytes += int64(len(d.Key) + len(d.Value))
		if d.Stamp.Intended-c.due[0].Stamp.Intended > int64(chunkSpan) {
			break
		}
	}
	return c, nil
}

// done gives a chunk back.
func (a *ahead) done(c chunk) {
	clear(c.due) // lets go of the values
	a.bytes.Add(-c.bytes)
	select {
	case a.room <- struct{}{}:
	default:
	}
	select {
	case a.free <- c.due[:0]:
	default:
	}
}
