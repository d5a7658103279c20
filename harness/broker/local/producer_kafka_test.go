//go:build kafka

package local

import (
	"context"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/streamgauge/streamgauge/harness/broker"
	"github.com/streamgauge/streamgauge/harness/driver"
)

// ear is what a client hears a broker with. Once deaf, it loses what comes, as a client does that has not read its answers yet when
// its next request tells it that the broker is gone.
type ear struct {
	net.Conn
	deaf *atomic.Bool
	gone <-chan struct{} // the broker was killed
}

func (e ear) Read(p []byte) (int, error) {
	n, err := e.Conn.Read(p)
	if !e.deaf.Load() {
		return n, err
	}
	<-e.gone
	return 0, net.ErrClosed
}

// input is a producer of the driver whose answers can be kept from it.
type input struct {
	topic string
	deaf  atomic.Bool
	*kgo.Client
}

func newInput(t *testing.T, b *Broker, topic string, gone <-chan struct{}, more ...kgo.Opt) *input {
	t.Helper()
	in := &input{topic: topic}
	dial := kgo.Dialer(func(ctx context.Context, network, host string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, network, host)
		return ear{c, &in.deaf, gone}, err
	})
	var err error
	if in.Client, err = b.Dial(append(append(driver.Options(1<<20), dial), more...)...); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(in.Close)
	return in
}

func (in *input) record() *kgo.Record { return &kgo.Record{Topic: in.topic, Value: []byte("x")} }

// held waits until a topic has at least so many records, and tells how many.
func held(t *testing.T, adm *kadm.Client, topic string, least int64) int64 {
	t.Helper()
	for t.Context().Err() == nil {
		ends, err := adm.ListEndOffsets(t.Context(), topic)
		if at, ok := ends.Lookup(topic, 0); err == nil && ok && at.Err == nil && at.Offset >= least {
			return at.Offset
		}
	}
	t.Fatalf("%s never had %d records", topic, least)
	return 0
}

// A broker that comes back from a kill knows again the last batch of a producer alone. Of three that it has, without the client
// having heard of any, it refuses the first, and the client writes all three anew; with one in flight nothing is written twice.
// If the first half fails, Kafka has learned to know all of them, and KillOptions are needed no more.
func TestWhatABrokerKnowsAgainAfterAKill(t *testing.T) {
	b := startKafka(t, broker.Spec{}, Config{Faults: true})
	cl, err := b.Dial()
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	adm, gone := kadm.NewClient(cl), make(chan struct{})
	five, one := newInput(t, b, "sg.five", gone, kgo.UnknownTopicRetries(-1)), newInput(t, b, "sg.one", gone, driver.KillOptions()...)
	for _, in := range []*input{five, one} {
		if _, err := adm.CreateTopic(t.Context(), 1, 1, nil, in.topic); err != nil {
			t.Fatal(err)
		}
		if err := in.ProduceSync(t.Context(), in.record()).FirstErr(); err != nil {
			t.Fatal(err)
		}
		in.deaf.Store(true)
		for n := range int64(3) {
			in.Produce(t.Context(), in.record(), func(_ *kgo.Record, err error) {
				if err != nil {
					t.Errorf("%s: %v", in.topic, err)
				}
			})
			if in == five || n == 0 {
				held(t, adm, in.topic, 2+n)
			}
		}
	}
	if err := b.Kill(0); err != nil {
		t.Fatal(err)
	}
	five.deaf.Store(false)
	one.deaf.Store(false)
	close(gone)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	if err := b.Restart(ctx, 0); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		*input
		want int64
	}{{five, 7}, {one, 4}} {
		if err := c.Flush(ctx); err != nil {
			t.Fatal(err)
		}
		if got := held(t, adm, c.topic, 1); got != c.want {
			t.Errorf("%s holds %d records of 4, want %d", c.topic, got, c.want)
		}
	}
}
