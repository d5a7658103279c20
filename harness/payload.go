package harness

import (
	"errors"
	"fmt"
	"io"

	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/payload"
	"github.com/streamgauge/streamgauge/harness/payload/chunked"
	"github.com/streamgauge/streamgauge/harness/payload/claimcheck"
	"github.com/streamgauge/streamgauge/harness/payload/inline"
)

// carrier is how the stream's messages travel; nil for a stream of readings.
func (r *run) carrier() payload.Carrier {
	p := r.Scenario.Stream.Payload
	switch p.Carrier {
	case payload.Inline:
		return inline.Carrier{}
	case payload.Chunked:
		return chunked.Carrier{Size: int(p.Chunk)}
	case payload.ClaimCheck:
		return claimcheck.Carrier{Store: r.store(), Above: int(p.Chunk)}
	}
	return nil
}

// usesStore says whether records refer to objects.
func (r *run) usesStore() bool { return r.Scenario.Stream.Payload.Carrier == payload.ClaimCheck }

// object lets the oracle see what lies in the store; nil: there is none.
func (r *run) object() func(string) (io.ReadCloser, error) {
	if !r.usesStore() {
		return nil
	}
	return r.store().Open
}

// primed has the first records of a source made before the clock runs: a message of 100 MB may take longer to make than the
// lead that readings need.
type primed struct {
	src   event.Source
	ready []event.Due
}

// firstRecords is how many records prime makes: a few heartbeats, and the beginning of the first message.
const firstRecords = 8

func prime(src event.Source) (*primed, error) {
	p := &primed{src: src}
	for range firstRecords {
		var d event.Due
		err := src.Next(&d)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("making the input: %w", err)
		}
		p.ready = append(p.ready, d)
	}
	return p, nil
}

// Next yields the next record. Errors: the source's.
func (p *primed) Next(d *event.Due) error {
	if len(p.ready) == 0 {
		return p.src.Next(d)
	}
	*d, p.ready[0] = p.ready[0], event.Due{}
	p.ready = p.ready[1:]
	return nil
}
