package local

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"unicode"
	"unicode/utf16"

	"github.com/streamgauge/streamgauge/harness/broker"
)

// node is one broker, which is also a controller.
type node struct {
	id               int // from 1
	port, controller int
	dir              string // data
}

func (n node) address() string { return "127.0.0.1:" + strconv.Itoa(n.port) }

// layout is the cluster to be started.
type layout struct {
	nodes     []node
	maxRecord int64
	faults    bool
	extra     map[string]string
}

// properties is the configuration of one node.
func (l layout) properties(n node) string {
	var voters []string
	for _, m := range l.nodes {
		voters = append(voters, fmt.Sprintf("%d@127.0.0.1:%d", m.id, m.controller))
	}
	replicas, inSync := len(l.nodes), (len(l.nodes)+1)/2
	p := [][2]any{
		{"process.roles", "broker,controller"},
		{"node.id", n.id},
		{"controller.quorum.voters", strings.Join(voters, ",")},
		{"listeners", fmt.Sprintf("CLIENT://%s,CONTROLLER://127.0.0.1:%d", n.address(), n.controller)},
		{"advertised.listeners", "CLIENT://" + n.address()},
		{"inter.broker.listener.name", "CLIENT"},
		{"controller.listener.names", "CONTROLLER"},
		{"listener.security.protocol.map", "CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT"},
		{"log.dirs", n.dir},

		// Everything on every node, and two of three must have it; one partition each saves a hundred folders.
		{"default.replication.factor", replicas},
		{"min.insync.replicas", inSync},
		{"offsets.topic.replication.factor", replicas},
		{"offsets.topic.num.partitions", 1},
		{"transaction.state.log.replication.factor", replicas},
		{"transaction.state.log.min.isr", inSync},
		{"transaction.state.log.num.partitions", 1},
		{"share.coordinator.state.topic.replication.factor", replicas},
		{"share.coordinator.state.topic.min.isr", inSync},
		{"share.coordinator.state.topic.num.partitions", 1},

		{"auto.create.topics.enable", false}, // a mistyped topic must be an error
		{"group.initial.rebalance.delay.ms", 0},
		{"log.retention.ms", -1},
		{"log.segment.delete.delay.ms", 1000},       // a run's data is gone soon after its topics are
		{"log.cleaner.dedupe.buffer.size", 4 << 20}, // the default, 128 MiB, sits in the heap from the start

		// A transaction lasts as long as a scenario's intervals want it; the default is 15 minutes.
		{"transaction.max.timeout.ms", math.MaxInt32},

		// Event times of last week are as good as today's.
		{"producer.id.expiration.ms", broker.ProducerMemory.Milliseconds()},

		{"message.max.bytes", broker.BatchBytes(l.maxRecord)},
		{"replica.fetch.max.bytes", max(1<<20, broker.BatchBytes(l.maxRecord))},
		{"socket.request.max.bytes", max(200<<20, broker.RequestBytes(l.maxRecord))},
	}
	if l.maxRecord > manyThreadsBelow {
		// Each of these threads keeps a direct buffer as large as the largest record it ever saw.
		p = append(p, [2]any{"num.network.threads", 2}, [2]any{"num.io.threads", 2})
	}
	if l.faults {
		// A lost node is noticed in 3 s instead of 9 to 30: the stall of a fault trial is these timeouts.
		p = append(p, [2]any{"replica.lag.time.max.ms", 3000}, [2]any{"broker.session.timeout.ms", 3000},
			[2]any{"broker.heartbeat.interval.ms", 500})
	}
	var out strings.Builder
	for _, kv := range p {
		if _, ok := l.extra[kv[0].(string)]; !ok {
			fmt.Fprintf(&out, "%v=%s\n", kv[0], escaped(fmt.Sprint(kv[1])))
		}
	}
	for _, k := range slices.Sorted(maps.Keys(l.extra)) {
		fmt.Fprintf(&out, "%s=%s\n", k, escaped(l.extra[k]))
	}
	return out.String()
}

// escaped writes a value so that java.util.Properties reads it back, as Kafka has it do: it takes the bytes of a file for Latin 1,
// and drops white space before a value.
func escaped(value string) string {
	var b strings.Builder
	for i, r := range value {
		switch {
		case r == '\\':
			b.WriteString(`\\`)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case i == 0 && (r == ' ' || r == '\t'):
			b.WriteString(`\` + string(r))
		case r > unicode.MaxASCII:
			for _, unit := range utf16.Encode([]rune{r}) {
				fmt.Fprintf(&b, `\u%04x`, unit)
			}
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// manyThreadsBelow is the largest record for which the default number of threads fits into direct memory.
const manyThreadsBelow = 8 << 20

// plan chooses the ports and folders of a cluster. ports are those of the clients' listeners, one for each node; nil: any
// free ones. Errors name a port that is in use.
func plan(spec broker.Spec, ports []int) ([]node, error) {
	n := max(1, spec.Nodes)
	if n != 1 && n != 3 {
		return nil, fmt.Errorf("%d nodes; a local broker has 1 or 3", n)
	}
	if ports != nil && len(ports) != n {
		return nil, fmt.Errorf("%d ports for %d nodes", len(ports), n)
	}
	var held []net.Listener
	defer func() {
		for _, l := range held {
			l.Close()
		}
	}()
	// All are held until the last is found, so that none is given twice.
	hold := func(port int) (int, error) {
		l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(port))
		if errors.Is(err, syscall.EADDRINUSE) {
			return 0, fmt.Errorf("port %d is in use by another program; stop it or choose another port", port)
		}
		if err != nil {
			return 0, fmt.Errorf("finding a free port: %w", err)
		}
		held = append(held, l)
		return l.Addr().(*net.TCPAddr).Port, nil
	}
	nodes := make([]node, n)
	for i := range nodes {
		want := 0
		if ports != nil {
			want = ports[i]
		}
		port, err1 := hold(want)
		controller, err2 := hold(0)
		if err := errors.Join(err1, err2); err != nil {
			return nil, err
		}
		nodes[i] = node{id: i + 1, port: port, controller: controller, dir: filepath.Join(spec.Dir, fmt.Sprintf("node-%d", i+1), "data")}
	}
	return nodes, nil
}
