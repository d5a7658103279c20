package collector

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"os"

	"github.com/streamgauge/streamgauge/harness/event"
)

// Observation is one record as it was received. All but Received and Size is what the record says of itself.
type Observation struct {
	Kind      event.Kind // stages: KindEvent
	Flags     uint8      // event.FlagProbe, event.FlagHeartbeat, FlagLogAppend
	Stream    uint16
	Device    uint32
	Seq       uint64 // or the window's start, ms since the epoch
	Intended  int64  // ns from the trial's start
	Received  int64  // ns from the trial's start; from Header.Origin where the start is not known
	Append    int64  // Kafka's timestamp, ms since the epoch: the broker's append time with FlagLogAppend
	EventTime int64  // ms since the epoch; math.MinInt64 when the record has none
	Offset    int64
	IDs       int64
	Hash      uint64 // event.Hash of the value
	Count     uint32
	Size      uint32 // bytes of the value
	Node      uint16
	Ordinal   uint16
}

// FlagLogAppend says that Append is the broker's clock and not the producer's.
const FlagLogAppend = 0x80

// ID is the identity of the event.
func (o *Observation) ID() event.ID {
	return event.ID{Stream: o.Stream, Device: o.Device, Seq: o.Seq}
}

// Sizes and marks of the file format; FORMAT.md draws it.
const (
	magic        = "SGOB"
	version      = 1
	headerSize   = 44
	recordSize   = 88
	startAt      = 32            // position of the start in a file
	unknownStart = math.MinInt64 // the trial's start is not known
)

// Header says what a file of observations is about.
type Header struct {
	Instance   string
	Role       Role
	Stage      int
	Topic      string
	Partition  int32
	Partitions int32
	Committed  bool  // only committed transactions were observed
	Origin     int64 // ns since the Unix epoch by the wall clock; the monotonic clock counts from here
	Start      int64 // trial's start in ns from Origin; math.MinInt64: not known
}

// ErrFormat reports a file that is not one of observations, has another version or is damaged.
var ErrFormat = errors.New("not a file of observations")

// errTorn reports a file that ends within an observation.
var errTorn = fmt.Errorf("%w: its last observation is cut short", ErrFormat)

var roleCodes = [...]Role{1: Output, 2: DeadLetter, 3: StageRole}

func appendHeader(b []byte, h Header) []byte {
	b = append(b, magic...)
	b = binary.LittleEndian.AppendUint16(b, version)
	b = binary.LittleEndian.AppendUint16(b, recordSize)
	code, flags := byte(0), byte(0)
	for i, r := range roleCodes {
		if r == h.Role {
			code = byte(i)
		}
	}
	if h.Committed {
		flags = 1
	}
	b = append(b, code, flags)
	b = binary.LittleEndian.AppendUint16(b, uint16(h.Stage))
	b = binary.LittleEndian.AppendUint32(b, uint32(h.Partition))
	b = binary.LittleEndian.AppendUint32(b, uint32(h.Partitions))
	b = binary.LittleEndian.AppendUint16(b, uint16(len(h.Instance)))
	b = binary.LittleEndian.AppendUint16(b, uint16(len(h.Topic)))
	b = binary.LittleEndian.AppendUint64(b, uint64(h.Origin))
	b = binary.LittleEndian.AppendUint64(b, uint64(h.Start))
	b = binary.LittleEndian.AppendUint32(b, 0)
	return append(append(b, h.Instance...), h.Topic...)
}

func readHeader(r io.Reader) (Header, error) {
	var b [headerSize]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return Header{}, fmt.Errorf("%w: its head is cut short", ErrFormat)
	}
	le := binary.LittleEndian
	if string(b[:4]) != magic {
		return Header{}, fmt.Errorf("%w: it begins with %q", ErrFormat, b[:4])
	}
	if v, n := le.Uint16(b[4:]), le.Uint16(b[6:]); v != version || n != recordSize {
		return Header{}, fmt.Errorf("%w: version %d with records of %d bytes, want version %d with %d", ErrFormat, v, n, version, recordSize)
	}
	if b[8] == 0 || int(b[8]) >= len(roleCodes) {
		return Header{}, fmt.Errorf("%w: role %d", ErrFormat, b[8])
	}
	h := Header{Role: roleCodes[b[8]], Committed: b[9]&1 != 0, Stage: int(le.Uint16(b[10:])), Partition: int32(le.Uint32(b[12:])),
		Partitions: int32(le.Uint32(b[16:])), Origin: int64(le.Uint64(b[24:])), Start: int64(le.Uint64(b[startAt:]))}
	names := make([]byte, int(le.Uint16(b[20:]))+int(le.Uint16(b[22:])))
	if _, err := io.ReadFull(r, names); err != nil {
		return Header{}, fmt.Errorf("%w: its head is cut short", ErrFormat)
	}
	h.Instance, h.Topic = string(names[:le.Uint16(b[20:])]), string(names[le.Uint16(b[20:]):])
	return h, nil
}

// appendObservation appends the 88 bytes of o; Received counts from the origin.
func appendObservation(b []byte, o *Observation) []byte {
	n := len(b)
	b = append(b, make([]byte, recordSize)...)
	p := b[n : n+recordSize : n+recordSize]
	le := binary.LittleEndian
	p[0], p[1] = byte(o.Kind), o.Flags
	le.PutUint16(p[2:], o.Stream)
	le.PutUint32(p[4:], o.Device)
	le.PutUint64(p[8:], o.Seq)
	le.PutUint64(p[16:], uint64(o.Intended))
	le.PutUint64(p[24:], uint64(o.Received))
	le.PutUint64(p[32:], uint64(o.Append))
	le.PutUint64(p[40:], uint64(o.EventTime))
	le.PutUint64(p[48:], uint64(o.Offset))
	le.PutUint64(p[56:], uint64(o.IDs))
	le.PutUint64(p[64:], o.Hash)
	le.PutUint32(p[72:], o.Count)
	le.PutUint32(p[76:], o.Size)
	le.PutUint16(p[80:], o.Node)
	le.PutUint16(p[82:], o.Ordinal)
	return b
}

func parseObservation(p []byte, o *Observation) {
	_ = p[recordSize-1]
	le := binary.LittleEndian
	o.Kind, o.Flags = event.Kind(p[0]), p[1]
	o.Stream = le.Uint16(p[2:])
	o.Device = le.Uint32(p[4:])
	o.Seq = le.Uint64(p[8:])
	o.Intended = int64(le.Uint64(p[16:]))
	o.Received = int64(le.Uint64(p[24:]))
	o.Append = int64(le.Uint64(p[32:]))
	o.EventTime = int64(le.Uint64(p[40:]))
	o.Offset = int64(le.Uint64(p[48:]))
	o.IDs = int64(le.Uint64(p[56:]))
	o.Hash = le.Uint64(p[64:])
	o.Count = le.Uint32(p[72:])
	o.Size = le.Uint32(p[76:])
	o.Node = le.Uint16(p[80:])
	o.Ordinal = le.Uint16(p[82:])
}

// readBuffer is small enough for the files of hundreds of partitions at once.
const readBuffer = 64 << 10

// Reader reads one file of observations in its order: ascending offsets, never descending Received. Not safe for
// concurrent use.
type Reader struct {
	Header Header
	name   string
	r      *bufio.Reader
	c      io.Closer
	shift  int64
	buf    [recordSize]byte
}

// OpenReader opens a file. Errors: the file system's; ErrFormat.
func OpenReader(path string) (*Reader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening observations: %w", err)
	}
	r, err := NewReader(f, path)
	if err != nil {
		f.Close()
		return nil, err
	}
	r.c = f
	return r, nil
}

// NewReader reads observations from r; name stands in errors. Errors: ErrFormat, r's.
func NewReader(r io.Reader, name string) (*Reader, error) {
	b := bufio.NewReaderSize(r, readBuffer)
	h, err := readHeader(b)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	o := &Reader{Header: h, name: name, r: b}
	if h.Start != unknownStart {
		o.shift = h.Start
	}
	return o, nil
}

// Next reads the next observation into o. Errors: io.EOF after the last; ErrFormat when the file ends within one, as a
// killed harness leaves it; the file system's.
func (r *Reader) Next(o *Observation) error {
	n, err := io.ReadFull(r.r, r.buf[:])
	switch {
	case err == io.EOF:
		return io.EOF
	case err == io.ErrUnexpectedEOF:
		return fmt.Errorf("reading %s: %w: %d of %d bytes", r.name, errTorn, n, recordSize)
	case err != nil:
		return fmt.Errorf("reading %s: %w", r.name, err)
	}
	parseObservation(r.buf[:], o)
	o.Received -= r.shift
	return nil
}

// All yields the observations that are left; after an error it ends.
func (r *Reader) All() iter.Seq2[Observation, error] {
	return func(yield func(Observation, error) bool) {
		var o Observation
		for {
			err := r.Next(&o)
			if err == io.EOF {
				return
			}
			if !yield(o, err) || err != nil {
				return
			}
		}
	}
}

// Close closes the file OpenReader opened.
func (r *Reader) Close() error {
	if r.c == nil {
		return nil
	}
	return r.c.Close()
}
