// Package can is the encoding "can": frames of a CAN or CAN FD bus as SocketCAN hands them out (LINKTYPE_CAN_SOCKETCAN of the
// capture formats), one or several in a message. A metric whose path is a signal in the notation of DBC files behind the
// identifier in candump's, "0CF00400 24|16@1+ (0.125,0)", is that signal; any other has an extended frame of its own with a
// whole number of millionths. With a DBC file of the user's, paths are names of its signals. Frames name neither device nor time: the record's key and header stand for them.
// harness/job/SEMANTICS.md section 3.1 is the norm.
package can

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
)

// Format makes decoders and encoders. It implements encoding.Format.
type Format struct{}

// Name is "can".
func (Format) Name() string { return "can" }

// The parts of the first word of a frame, big endian, and of its sixth byte.
const (
	extended = 1 << 31 // an identifier of 29 bits, else of 11
	remote   = 1 << 30
	failure  = 1 << 29
	idMask   = 1<<29 - 1
	fd       = 4 // flag of a CAN FD frame
)

const (
	headBytes    = 8
	classicBytes = 8
	fdBytes      = 64
)

// signal is where a metric stands in the data of frames with one identifier.
type signal struct {
	id             uint32 // with the flag extended
	start, bits    int    // of DBC: the lowest bit if it is little endian, else the highest
	big            bool
	signed, float  bool
	factor, offset float64
	metric         int
	size           int // bytes of its frames as they are written; 0: as many as needed
}

// own is the identifier of the first metric without a signal: a proprietary message of SAE J1939 (PDU2, 65280 and on).
const own = extended | 0x18ff0000

// alive is a frame of CANopen's heartbeat that says operational: a message without a metric has it.
const aliveID, aliveState = 0x701, 5

var notation = regexp.MustCompile(`^([0-9A-Fa-f]{3}|[0-9A-Fa-f]{8}) ([0-9]{1,3})\|([0-9]{1,2})@([01])([-+f])(?: \(([^,]+),([^)]+)\))?$`)

// locate reads the path of a metric.
func locate(path string, metric int) (signal, error) {
	m := notation.FindStringSubmatch(path)
	if m == nil {
		return signal{id: own | uint32(metric)<<8, bits: 64, signed: true, factor: 1e-6, metric: metric}, nil
	}
	id, _ := strconv.ParseUint(m[1], 16, 32) // digits by the notation
	s := signal{id: uint32(id), factor: 1, metric: metric, big: m[4] == "0", signed: m[5] == "-", float: m[5] == "f"}
	s.start, _ = strconv.Atoi(m[2])
	s.bits, _ = strconv.Atoi(m[3])
	if len(m[1]) == 8 {
		s.id |= extended
	}
	var err1, err2 error
	if m[6] != "" {
		s.factor, err1 = strconv.ParseFloat(m[6], 64)
		s.offset, err2 = strconv.ParseFloat(m[7], 64)
	}
	switch {
	case err1 != nil || err2 != nil || s.factor == 0 || math.IsInf(s.factor, 0) || math.IsInf(s.offset, 0) || s.factor != s.factor || s.offset != s.offset:
		return s, errors.New("factor and offset want to be numbers, the factor not 0")
	case id > idMask || len(m[1]) == 3 && id > 0x7ff:
		return s, errors.New("an identifier has 11 bits, written with three digits, or 29, written with eight")
	case s.float && s.bits != 32 && s.bits != 64:
		return s, errors.New("a float has 32 or 64 bits")
	case s.bits < 1 || s.bits > 64 || s.length() > fdBytes:
		return s, errors.New("a signal has 1 to 64 bits within 64 bytes")
	}
	return s, nil
}

// length is the number of bytes of data that the signal needs.
func (s *signal) length() int {
	n := 0
	for i := range s.bits {
		n = max(n, s.position(i)/8+1)
	}
	return n
}

// position is where bit i of the value, from the lowest, stands: bytes count from the left, the bits in each from the lowest.
func (s *signal) position(i int) int {
	if !s.big {
		return s.start + i
	}
	// Counted from the highest bit of the first byte on, a big endian value is in one piece.
	last := s.start/8*8 + 7 - s.start%8 + s.bits - 1
	at := last - i
	return at/8*8 + 7 - at%8
}

// locateAll finds the signals of all metrics in ascending order of their names.
func locateAll(r job.Reading) ([]signal, error) {
	if r.Schema != nil {
		return locateIn(r)
	}
	if _, err := encoding.NewShape(r); err != nil {
		return nil, err
	}
	if len(r.Metrics) > math.MaxUint8+1 {
		return nil, errors.New("more than 256 metrics")
	}
	var all []signal
	var errs []error
	for i, n := range r.Names() {
		s, err := locate(r.Metrics[n].Path, i)
		if err != nil {
			errs = append(errs, fmt.Errorf("path %q: %w", r.Metrics[n].Path, err))
		}
		all = append(all, s)
	}
	return all, errors.Join(errs...)
}

// Decoder makes a decoder of a job's reading. Errors: those of encoding.NewShape, a signal that no frame has, more than 256
// metrics.
func (Format) Decoder(r job.Reading) (encoding.Decoder, error) {
	signals, err := locateAll(r)
	if err != nil {
		return nil, fmt.Errorf("making a decoder of can: %w", err)
	}
	f, err := encoding.NewNames(r)
	if err != nil {
		return nil, fmt.Errorf("making a decoder of can: %w", err)
	}
	return &decoder{fields: f, signals: signals}, nil
}

// Encoder makes an encoder of a job's reading. Errors: as Decoder, and two signals of one bit.
func (Format) Encoder(r job.Reading) (encoding.Encoder, error) {
	frames, err := layout(r)
	if err != nil {
		return nil, fmt.Errorf("making an encoder of can: %w", err)
	}
	return &encoder{frames: frames}, nil
}

// frame is the signals of one identifier.
type frame struct {
	id      uint32
	length  int
	signals []signal
}

func layout(r job.Reading) ([]frame, error) {
	signals, err := locateAll(r)
	if err != nil {
		return nil, err
	}
	var all []frame
	for _, s := range signals {
		i := slices.IndexFunc(all, func(f frame) bool { return f.id == s.id })
		if i < 0 {
			i = len(all)
			all = append(all, frame{id: s.id, length: classicBytes})
		}
		all[i].signals = append(all[i].signals, s)
		if all[i].length = max(all[i].length, fdLength(s.length())); s.size > 0 {
			all[i].length = s.size
		}
	}
	for _, f := range all {
		if err := f.overlaps(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (f frame) overlaps() error {
	var taken [8 * fdBytes]bool
	for _, s := range f.signals {
		for i := range s.bits {
			if at := s.position(i); taken[at] {
				return fmt.Errorf("two signals of %08X have bit %d", f.id&idMask, at)
			}
			taken[s.position(i)] = true
		}
	}
	return nil
}

// fdLength is the next length that a frame can have.
func fdLength(n int) int {
	for _, l := range [...]int{8, 12, 16, 20, 24, 32, 48} {
		if n <= l {
			return l
		}
	}
	return fdBytes
}

// Holds is what of a reading's values is left after they were written and read again: frames go only whole.
func Holds(r job.Reading, values []int64) []int64 {
	frames, err := layout(r)
	if err != nil {
		return nil
	}
	held := slices.Clone(values)
	for i := range frames {
		whole := frames[i].holds(values)
		for _, s := range frames[i].signals {
			held[s.metric] = encoding.Absent
			if raw, ok := s.raw(values[s.metric]); ok && whole {
				held[s.metric], _ = encoding.Micros(s.number(raw))
			}
		}
	}
	return held
}
