package hop

import (
	"runtime"
	"runtime/debug"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/streamgauge/streamgauge/harness/event"
)

// What a large message leaves behind is most of what an engine holds of it: the request it went out in waits in the client's
// pool, and its value hangs on every record that shares memory with it. The next hop's copy should find that memory free.

// release lets go of what a record held that the broker has: it lies in a block with others, which live on. A large one is not
// left to the collector, which would wait for a quarter more of the same size to come, nor its pages to a later growth of the heap.
func release(r *kgo.Record) {
	large := len(r.Value) >= largeFetch
	clear(r.Headers)
	r.Key, r.Value, r.Headers = nil, nil, nil
	if large {
		debug.FreeOSMemory()
	}
}

// Forget lets go of the record that a view showed last: it is cut from a whole fetch.
func Forget(view *event.Record) {
	headers := view.Headers[:cap(view.Headers)]
	clear(headers)
	*view = event.Record{Headers: headers[:0]}
}

// requests has the collector run after each large request, twice: what lies in a pool outlives one collection.
type requests struct{}

var _ kgo.HookBrokerWrite = requests{}

// OnBrokerWrite hears of each request once it is written and its buffer is in the pool.
func (requests) OnBrokerWrite(_ kgo.BrokerMetadata, _ int16, n int, _, _ time.Duration, _ error) {
	if n >= largeFetch {
		runtime.GC()
		debug.FreeOSMemory() // collects, too
	}
}
