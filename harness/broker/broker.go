// Package broker is the contract of the Kafka brokers a run works with. Each child folder is one way to have one:
// embedded (zero install), local (a real Apache Kafka started here) and remote (one that runs already). Brokers are owned
// by the harness for a run, never by engines.
package broker

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Errors of a broker that is kept running for later runs.
var (
	ErrUnfit   = errors.New("it was started for other runs") // it has another number of nodes than this one wants, or takes smaller records
	ErrDamaged = errors.New("it is damaged")                 // not all of its nodes run, or answer
)

// Kind names a way to have a broker.
type Kind string

// The kinds.
const (
	Embedded Kind = "embedded"
	Local    Kind = "local"
	Remote   Kind = "remote"
)

// Spec says what a run needs of a broker.
type Spec struct {
	Kind           Kind
	Bootstrap      []string // remote: addresses
	ConfigFile     string   // remote: Java client.properties with TLS and SASL settings, may hold bootstrap.servers
	Nodes          int      // local: 1 or 3
	MaxRecordBytes int64    // largest record; size limits are set to hold it
	Dir            string   // data folder, owned by the broker
	LogDir         string
	Cores          []int    // pin to these cores; nil: any
	Env            []string // KEY=value, added to the environment of what is started: SG_RUN
}

// Info describes a running broker, for plans and reports.
type Info struct {
	Kind         Kind
	Version      string
	Nodes        int
	Bootstrap    []string
	SecurityFile string // Java client.properties for engines; empty without TLS or SASL
	PIDs         []int  // of the processes started here
}

// Broker is one that can be used now.
type Broker interface {
	Info() Info
	// Dial makes a client with the broker's security settings, generous size limits and further options.
	Dial(opts ...kgo.Opt) (*kgo.Client, error)
	// Lost yields one error when the broker ends by itself.
	Lost() <-chan error
	// Usage is the CPU time in seconds and the peak resident memory in bytes of the processes started here, so far.
	Usage() (cpuSeconds float64, rssPeak int64)
	// Close ends what was started here and removes its data. It does nothing to a remote broker.
	Close(ctx context.Context) error
}

// Faulty is a broker whose nodes, from 0, can be hurt and mended: for fault trials.
type Faulty interface {
	Broker
	// Kill ends a node with SIGKILL and waits until it is gone. Its data stays.
	Kill(node int) error
	// Pause stops a node with SIGSTOP: its connections stay open and nothing answers. Resume lets it go on.
	Pause(node int) error
	Resume(node int) error
	// Restart starts a node that was killed, on its data, and returns when it answers.
	Restart(ctx context.Context, node int) error
}

// ProducerMemory is how old the last batch of a producer may be that a broker started here knows again: the most that its
// producer.id.expiration.ms, an INT, may say. Kafka takes the time from the batch's largest timestamp, which is an event time in the input.
const ProducerMemory = math.MaxInt32 * time.Millisecond

// Limited is a broker whose effective limits can be read, for preflight.
type Limited interface {
	Broker
	// Limits gives the smallest value over all nodes of each limit that the broker reports, by the broker's own name, such
	// as message.max.bytes and socket.request.max.bytes.
	Limits(ctx context.Context) (map[string]int64, error)
}
