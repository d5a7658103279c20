package oracle

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
)

// model runs the operators of stages [from, to) over the records of one topic, the input of stage from, and says which
// records they have to give. It keeps state per device as the semantics ask.
type model struct {
	trial  *Trial
	layout *layout
	from   int
	to     int
	stages []program
	// decoded: the topic's values are canonical readings; otherwise they are the devices' own, or opaque.
	decoded bool
	opaque  bool // the job has no decode: values are copied
	recodes bool // the last stage writes events by the trial's encoder
	windows []*windowOp
	sums    *aggregateOp // of the last stage, or nil
	large   *payloads    // of a job of large messages, in place of steps; or nil

	emit   func(*output)             // takes a record these stages have to give; valid during the call
	window func(*windowOp, *subject) // takes an event that reaches a window operator
	update func(*subject, int64)     // takes an event that reaches an aggregate, with its metric
	alarm  func(*output)             // takes the alert an event may give, in one state of detect or the other

	foreign int64
	subject subject
	out     output
	headers [3]event.Header
	value   []byte
	header  []byte
}

// program is one stage.
type program struct {
	index int // of the stage in the job
	steps []step
	// blocksAlerts: the stage's window operator does not let alerts of earlier stages pass.
	blocksAlerts bool
}

// step is one operator at work: it refuses an event with a reason, or keeps or drops it.
type step func(s *subject) (reason job.Reason, keep bool)

// subject is an event on its way through the operators.
type subject struct {
	partition int32
	offset    int64
	key       []byte
	value     []byte // as the present stage read it
	stamp     event.Stamp
	rawStamp  []byte
	time      int64
	rawTime   []byte
	reading   reading
	entry     map[string]int64 // of the registry; nil: unknown device
}

// output is a record the stages have to give, and the event it answers.
type output struct {
	id     identity
	dead   bool
	record event.Record
	source location // of the input record
	stamp  event.Stamp
	node   uint16 // of the detect operator that gave it; 0: none
}

// location is a place in a topic.
type location struct {
	partition int32
	offset    int64
}

func newModel(t *Trial, from, to int) *model {
	m := &model{trial: t, layout: newLayout(t.Job), from: from, to: to, opaque: !t.Job.Decodes(), emit: func(*output) {}}
	m.decoded = !m.opaque && from > 0
	m.recodes = to == len(t.Job.Stages) && t.Job.Recodes()
	m.subject.reading = m.layout.reading()
	for i := from; i < to; i++ {
		p := program{index: i}
		for _, o := range t.Job.Stages[i].Do {
			if o.Window != nil {
				p.blocksAlerts = !emits(o.Window.Emit, job.EmitAlert)
			}
		}
		m.stages = append(m.stages, p)
	}
	m.large = newPayloads(m)
	for k := range m.stages {
		for _, o := range t.Job.Stages[from+k].Do {
			if s := m.compile(k, o); s != nil {
				m.stages[k].steps = append(m.stages[k].steps, s)
			}
		}
	}
	return m
}

func emits(list []job.Emit, e job.Emit) bool {
	for _, x := range list {
		if x == e {
			return true
		}
	}
	return false
}

// feedAll runs all records of the topic through the stages. Errors: the topic's, the store's.
func (m *model) feedAll(ctx context.Context, t Topic) error {
	err := each(ctx, t, m.feed)
	if m.large != nil {
		err = errors.Join(err, m.large.err)
	}
	return err
}

// feed runs one record of the topic through the stages.
func (m *model) feed(r *event.Record) {
	if s, ok := m.asEvent(r); ok && m.large != nil {
		m.large.run(r, s)
		return
	} else if ok {
		m.run(s)
		return
	}
	if o, ok := passing(r); ok && m.from > 0 {
		m.pass(r, o)
		return
	}
	m.foreign++
}

// asEvent reads what identifies an event. A record without event time cannot be judged by any operator: it is as foreign
// as one without stamp.
func (m *model) asEvent(r *event.Record) (*subject, bool) {
	s := &m.subject
	var err error
	var ok bool
	// A result has no stamp: an error for each would cost more than all else.
	if s.rawStamp, ok = r.Header(event.HeaderStamp); !ok {
		return nil, false
	}
	if s.stamp, err = event.ParseStamp(s.rawStamp); err != nil {
		return nil, false
	}
	s.rawTime, _ = r.Header(event.HeaderTime)
	if s.time, err = event.ParseTime(s.rawTime); err != nil {
		return nil, false
	}
	s.partition, s.offset, s.key, s.value = r.Partition, r.Offset, r.Key, r.Value
	return s, true
}

// passing reads the identity of a result of an earlier stage, which touches no operator.
func passing(r *event.Record) (event.Output, bool) {
	o, err := r.Output()
	return o, err == nil && (o.Kind == event.KindAlert || o.Kind == event.KindWindow)
}

func (m *model) pass(r *event.Record, o event.Output) {
	if o.Kind == event.KindAlert && m.alertsBlocked(0) {
		return
	}
	m.out = output{id: identityOf(o), record: *r, source: location{r.Partition, r.Offset},
		stamp: event.Stamp{ID: event.ID{Stream: o.Stream, Device: o.Device, Seq: o.Seq}, Intended: o.Intended}}
	m.out.record.Partition = m.partition(r.Key)
	m.emit(&m.out)
}

// alertsBlocked says whether a stage from position k on keeps alerts from passing.
func (m *model) alertsBlocked(k int) bool {
	for _, p := range m.stages[k:] {
		if p.blocksAlerts {
			return true
		}
	}
	return false
}

func (m *model) run(s *subject) {
	if m.decoded && !m.layout.parseCanonical(s.value, &s.reading) {
		return
	}
	if !m.opaque {
		s.entry = m.trial.Registry[string(s.key)]
	}
	for k := range m.stages {
		p := &m.stages[k]
		if k > 0 && !m.opaque {
			m.value = m.layout.appendCanonical(m.value[:0], &s.reading)
			s.value = m.value
		}
		for _, step := range p.steps {
			reason, keep := step(s)
			if reason != job.ReasonNone {
				m.deadLetter(p.index, s, reason)
				return
			}
			if !keep {
				return
			}
		}
	}
	m.answer(s)
}

// answer gives the event itself.
func (m *model) answer(s *subject) {
	value := s.value
	switch {
	case m.opaque:
	case m.recodes:
		m.value = m.trial.Encode(m.value[:0], s.key, s.time, m.metric)
		value = m.value
	default:
		m.value = m.layout.appendCanonical(m.value[:0], &s.reading)
		value = m.value
	}
	if m.to < len(m.trial.Job.Stages) {
		m.headers[0] = event.Header{Key: event.HeaderStamp, Value: s.rawStamp}
		m.headers[1] = event.Header{Key: event.HeaderTime, Value: s.rawTime}
	} else {
		m.results(s.rawTime, event.EventOutput(s.stamp))
	}
	m.give(s, eventIdentity(s.stamp.ID), value, 2)
}

// metric is one of the event at hand, by its position in ascending order of the names.
func (m *model) metric(i int) (int64, bool) { return m.subject.reading.get(m.layout.metrics[i].slot) }

// results puts the two headers of a result into place.
func (m *model) results(rawTime []byte, o event.Output) {
	m.header = event.AppendOutput(m.header[:0], o)
	m.headers[0] = event.Header{Key: event.HeaderTime, Value: rawTime}
	m.headers[1] = event.Header{Key: event.HeaderOutput, Value: m.header}
}

func (m *model) give(s *subject, id identity, value []byte, headers int) {
	m.out = output{id: id, source: location{s.partition, s.offset}, stamp: s.stamp,
		record: event.Record{Partition: m.partition(s.key), Key: s.key, Value: value, Headers: m.headers[:headers]}}
	m.emit(&m.out)
}

func (m *model) partition(key []byte) int32 { return event.Partition(key, m.trial.Output.Partitions) }

func (m *model) deadLetter(stage int, s *subject, reason job.Reason) {
	o := event.EventOutput(s.stamp)
	o.Kind, o.Node = event.KindDeadLetter, uint16(stage)
	m.results(s.rawTime, o)
	m.headers[2] = event.Header{Key: event.HeaderReason, Value: []byte(reason)}
	m.out = output{id: identityOf(o), dead: true, source: location{s.partition, s.offset}, stamp: s.stamp,
		record: event.Record{Partition: m.partition(s.key), Key: s.key, Value: s.value, Headers: m.headers[:3]}}
	m.emit(&m.out)
}

// alert is the crossing of a threshold. It is valid until the next output.
func (m *model) alert(s *subject, node uint16, active bool, threshold, value int64) *output {
	o := event.EventOutput(s.stamp)
	o.Kind, o.Node = event.KindAlert, node
	m.results(s.rawTime, o)
	var b strings.Builder
	b.WriteString(`{"active":`)
	if active {
		b.WriteByte('1')
	} else {
		b.WriteByte('0')
	}
	b.WriteString(`,"threshold":` + strconv.FormatInt(threshold, 10) + `,"value":` + strconv.FormatInt(value, 10) + "}")
	m.out = output{id: identityOf(o), source: location{s.partition, s.offset}, stamp: s.stamp, node: node,
		record: event.Record{Partition: m.partition(s.key), Key: s.key, Value: []byte(b.String()), Headers: m.headers[:2]}}
	return &m.out
}
