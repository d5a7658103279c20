package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/streamgauge/streamgauge/generators"
	"github.com/streamgauge/streamgauge/generators/preset"
	"github.com/streamgauge/streamgauge/harness/broker"
)

// sink takes generated events. What is lent it gives back.
type sink interface {
	put(ctx context.Context, due time.Duration, e *generators.Event) error
	keeps() bool // whether it reads events after put, which then are not to be made where those before them were
	close(ctx context.Context) error
}

// summary is what was generated.
type summary struct {
	records, bytes int64
	span           time.Duration
}

// pump moves events from a stream to a sink, at the stream's own event times.
func pump(ctx context.Context, s generators.Stream, records int64, out sink) (summary, error) {
	var sum summary
	e := generators.Event{Room: &generators.Room{Passing: !out.keeps()}}
	var err error
	for sum.records < records && err == nil {
		if sum.records%4096 == 0 && ctx.Err() != nil {
			err = context.Cause(ctx)
			break
		}
		due, _ := s.Pace()
		s.Next(due, &e)
		sum.records++
		sum.bytes += int64(len(e.Value))
		sum.span = due
		err = out.put(ctx, due, &e)
	}
	closed := out.close(ctx)
	if err != nil {
		return sum, err // what closing says of it is the same
	}
	return sum, closed
}

// output opens what -o names. A topic is offered its records when they are due; all else is, if there is a rate.
func (a *app) output(ctx context.Context, f *generateFlags, p *preset.Preset, s preset.Fleet) (sink, error) {
	rate, err := f.perSecond()
	if err != nil {
		return nil, err
	}
	out, err := a.unpaced(ctx, f, p)
	if _, isTopic := out.(*topicSink); err != nil || rate == 0 && !isTopic {
		return out, err
	}
	return &paced{sink: out, began: time.Now(), factor: cmp.Or(rate/s.Rate(), 1)}, nil
}

func (a *app) unpaced(ctx context.Context, f *generateFlags, p *preset.Preset) (sink, error) {
	topic, isTopic := strings.CutPrefix(f.out, "topic:")
	log, isLog := strings.CutPrefix(f.out, "candump:")
	if !isTopic && f.broker != "" {
		return nil, usagef("such as -o topic:readings", "--broker: goes with -o topic:NAME, and not with %s", f.out)
	}
	switch {
	case isTopic:
		_, blobs := p.Blobs()
		return newTopicSink(ctx, topic, f.broker, blobs+ordinary)
	case isLog:
		return a.newCandump(f, p, log)
	case f.out == "null":
		return nowhere{}, nil
	}
	framing := lines
	switch {
	case f.encoding == "native" && p.Encoding == "csv":
		framing = header(p)
	case f.encoding == "native" && !p.Text(), f.encoding != "native" && !preset.Lines(f.encoding):
		framing = lengths
	}
	return a.fileSink(f.out, framing)
}

// fileSink makes a sink of a file, or of standard output for "-".
func (a *app) fileSink(name string, framing framing) (*fileSink, error) {
	if name == "-" {
		return &fileSink{w: bufio.NewWriterSize(a.stdout, 1<<16), framing: framing}, nil
	}
	file, err := os.Create(name)
	if err != nil {
		return nil, environment("choose another file", fmt.Errorf("opening the output: %w", err))
	}
	return &fileSink{w: bufio.NewWriterSize(file, 1<<20), file: file, framing: framing}, nil
}

// paced gives a sink its events when they are due at a multiple of the fleet's own pace, and never before.
type paced struct {
	sink
	began  time.Time
	factor float64
}

func (s *paced) put(ctx context.Context, due time.Duration, e *generators.Event) error {
	if wait := time.Until(s.began.Add(time.Duration(float64(due) / s.factor))); wait > 0 {
		if f, ok := s.sink.(interface{ flush() error }); ok { // who reads along has what was due
			if err := f.flush(); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(wait):
		}
	}
	return s.sink.put(ctx, due, e)
}

// nowhere takes everything: what is left is the generator's own speed.
type nowhere struct{}

func (nowhere) put(_ context.Context, _ time.Duration, e *generators.Event) error {
	e.GiveBack()
	return nil
}
func (nowhere) keeps() bool                 { return false }
func (nowhere) close(context.Context) error { return nil }

// each does something after each event.
type each func() error

func (each) keeps() bool { return false }

func (f each) put(_ context.Context, _ time.Duration, e *generators.Event) error {
	e.GiveBack()
	return f()
}
func (each) close(context.Context) error { return nil }

// framing writes one message to a file.
type framing func(w *bufio.Writer, first bool, value []byte) error

// lines ends each message, unless it does so itself.
func lines(w *bufio.Writer, _ bool, value []byte) error {
	if _, err := w.Write(value); err != nil || bytes.HasSuffix(value, []byte("\n")) {
		return err
	}
	return w.WriteByte('\n')
}

// lengths precedes each message by its length.
func lengths(w *bufio.Writer, _ bool, value []byte) error {
	if _, err := w.Write(binary.BigEndian.AppendUint32(nil, uint32(len(value)))); err != nil {
		return err
	}
	_, err := w.Write(value)
	return err
}

// header writes the names of the columns first.
func header(p *preset.Preset) framing {
	return func(w *bufio.Writer, first bool, value []byte) error {
		if first && p.Columns != "" {
			if _, err := w.WriteString(p.Columns + "\n"); err != nil {
				return err
			}
		}
		return lines(w, first, value)
	}
}

// fileSink writes messages to a file or to standard output.
type fileSink struct {
	w       *bufio.Writer
	file    io.Closer // nil: standard output
	framing framing
	begun   bool
}

func (s *fileSink) keeps() bool { return false }

func (s *fileSink) put(_ context.Context, _ time.Duration, e *generators.Event) error {
	first := !s.begun
	s.begun = true
	if err := s.framing(s.w, first, e.Value); err != nil {
		return environment("", fmt.Errorf("writing the stream: %w", err))
	}
	e.GiveBack()
	return nil
}

func (s *fileSink) flush() error {
	if err := s.w.Flush(); err != nil {
		return environment("", fmt.Errorf("writing the stream: %w", err))
	}
	return nil
}

func (s *fileSink) close(context.Context) error {
	err := s.w.Flush()
	if s.file != nil {
		err = errors.Join(err, s.file.Close())
	}
	if err != nil {
		return environment("", fmt.Errorf("writing the stream: %w", err))
	}
	return nil
}

// topicSink offers records to a topic.
type topicSink struct {
	client  *kgo.Client
	topic   string
	failure struct {
		sync.Mutex
		err error
	}
}

// newTopicSink makes a sink of a topic, for records of up to so many bytes.
func newTopicSink(ctx context.Context, topic, brokers string, largest int64) (sink, error) {
	if topic == "" || brokers == "" {
		return nil, usagef("streamgauge generate --preset indoor -o topic:readings --broker localhost:9092", "-o topic:NAME needs a name and --broker HOST:PORT")
	}
	opts, err := broker.ClientOptions(strings.Split(brokers, ","), "", largest)
	if err != nil {
		return nil, usagef("such as --broker localhost:9092", "--broker: %w", err)
	}
	client, err := kgo.NewClient(append(opts, kgo.DefaultProduceTopic(topic), kgo.MaxBufferedBytes(int(max(buffered, 2*largest))))...)
	if err != nil {
		return nil, usagef("such as --broker localhost:9092", "--broker: %w", err)
	}
	if err := create(ctx, client, topic, largest); err != nil {
		client.Close()
		return nil, environment("streamgauge broker status shows whether one runs here", err)
	}
	return &topicSink{client: client, topic: topic}, nil
}

const (
	ordinary = 1 << 20   // bytes of a record without blobs, at most
	buffered = 256 << 20 // of the records that wait for a topic, at most, if none is larger
)

// create makes the topic, as the broker makes topics, if there is none; for records that are larger than ordinary ones, with room for them.
func create(ctx context.Context, client *kgo.Client, topic string, largest int64) error {
	ctx, cancel := context.WithTimeout(ctx, quiet)
	defer cancel()
	var configs map[string]*string
	if largest > ordinary {
		limit := strconv.FormatInt(broker.BatchBytes(largest), 10)
		configs = map[string]*string{"max.message.bytes": &limit}
	}
	made, err := kadm.NewClient(client).CreateTopic(ctx, -1, -1, configs, topic)
	if err == nil {
		err = made.Err
	}
	if err != nil && !errors.Is(err, kerr.TopicAlreadyExists) {
		return fmt.Errorf("making topic %s: %w", topic, err)
	}
	return nil
}

// keeps: records wait for the broker.
func (s *topicSink) keeps() bool { return true }

func (s *topicSink) put(ctx context.Context, _ time.Duration, e *generators.Event) error {
	r := &kgo.Record{Key: e.Key, Value: e.Value, Timestamp: time.UnixMilli(e.EventTime)}
	done := e.Done()
	s.client.Produce(ctx, r, func(_ *kgo.Record, err error) {
		switch {
		case err != nil:
			s.fail(err)
		case done != nil:
			done()
		}
	})
	return s.failed()
}

func (s *topicSink) fail(err error) {
	s.failure.Lock()
	defer s.failure.Unlock()
	if s.failure.err == nil {
		s.failure.err = environment("streamgauge broker status shows whether one runs here", fmt.Errorf("sending to topic %s: %w", s.topic, err))
	}
}

func (s *topicSink) failed() error {
	s.failure.Lock()
	defer s.failure.Unlock()
	return s.failure.err
}

func (s *topicSink) close(ctx context.Context) error {
	// The client's own limit on deliveries counts from a record's timestamp, which here is its event time.
	wait, cancel := context.WithTimeout(ctx, quiet)
	defer cancel()
	err := s.client.Flush(wait)
	s.client.Close()
	switch {
	case s.failed() != nil:
		return s.failed()
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return environment("streamgauge broker status shows whether one runs here", fmt.Errorf("sending to topic %s: it took nothing for %v: %w", s.topic, quiet, err))
	}
	return nil
}
