// Package event defines what identifies a record from the driver to the verdict: the headers that travel with it, the
// identity they carry, the partition its key belongs to, and the Kafka record as the harness sees it. It is a leaf: it
// knows no Kafka client. FORMAT.md draws every header byte by byte.
package event

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/zeebo/xxh3"
)

// Header keys. The values are drawn in FORMAT.md.
const (
	HeaderStamp  = "sg"  // 32 bytes, input and stage records: see Stamp
	HeaderTime   = "sgt" // 8 bytes, every record: event time, i64 little endian, ms since the Unix epoch
	HeaderOutput = "sgo" // 40 bytes, results: see Output
	HeaderReason = "sgr" // dead letters: the reason code, ASCII
)

// Sizes of the header values in bytes, and the format version in byte 0 of each.
const (
	StampSize  = 32
	TimeSize   = 8
	OutputSize = 40
	Version    = 1
)

// Flags of a Stamp.
const (
	FlagProbe     = 1 // asks "are you ready?"; never part of the measured stream nor of the input digest
	FlagHeartbeat = 2 // sent through run and drain to keep watermarks moving; the latency canary
	FlagChunk     = 4 // one part of a larger payload
	FlagDamaged   = 8 // the generator damaged the value on purpose; engines must not look at this
)

// ErrHeader reports a header that is absent, has the wrong length or an unknown version. Callers branch on it: such a
// record does not belong to the run and is counted as foreign.
var ErrHeader = errors.New("not a streamgauge header")

// ID identifies one event: the Seq-th reading (from 0, gap-free) of Device in Stream.
type ID struct {
	Stream uint16
	Device uint32
	Seq    uint64
}

// String gives stream/device/seq, as reports and error texts print it.
func (id ID) String() string { return fmt.Sprintf("%d/%d/%d", id.Stream, id.Device, id.Seq) }

// Term is the event's contribution to the `ids` field of an Output: mix64(mix64(stream<<32|device)+seq) mod 2^40. Sums of
// terms tell one lost and another doubled event apart from none, which counts and sums of values do not.
func (id ID) Term() int64 {
	return int64(Mix64(Mix64(uint64(id.Stream)<<32|uint64(id.Device))+id.Seq) & (1<<40 - 1))
}

// Mix64 is the finaliser of splitmix64 (Steele, Lea, Flood, OOPSLA 2014, constants of Stafford's variant 13).
func Mix64(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// Stamp is the header `sg` of input and stage records.
type Stamp struct {
	ID
	Flags    uint8
	Intended int64  // intended send time, ns from the trial's start; negative for probes
	Hash     uint64 // xxh3-64 of the input value, as Hash computes it
}

// Hash is xxh3-64 with seed 0, the hash of values everywhere in the harness.
func Hash(value []byte) uint64 { return xxh3.Hash(value) }

// AppendStamp appends the 32 bytes of s to dst.
func AppendStamp(dst []byte, s Stamp) []byte {
	dst = append(dst, Version, s.Flags)
	dst = binary.LittleEndian.AppendUint16(dst, s.Stream)
	dst = binary.LittleEndian.AppendUint32(dst, s.Device)
	dst = binary.LittleEndian.AppendUint64(dst, s.Seq)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(s.Intended))
	return binary.LittleEndian.AppendUint64(dst, s.Hash)
}

// ParseStamp reads what AppendStamp wrote. Errors: ErrHeader.
func ParseStamp(b []byte) (Stamp, error) {
	if len(b) != StampSize || b[0] != Version {
		return Stamp{}, fmt.Errorf("parsing header %s of %d bytes: %w", HeaderStamp, len(b), ErrHeader)
	}
	return Stamp{
		ID: ID{Stream: binary.LittleEndian.Uint16(b[2:]), Device: binary.LittleEndian.Uint32(b[4:]),
			Seq: binary.LittleEndian.Uint64(b[8:])},
		Flags:    b[1],
		Intended: int64(binary.LittleEndian.Uint64(b[16:])),
		Hash:     binary.LittleEndian.Uint64(b[24:]),
	}, nil
}

// Kind says what an output record is. The numbers are part of the format.
type Kind uint8

// The kinds of output.
const (
	KindNone       Kind = 0
	KindEvent      Kind = 1 // one input event, answered
	KindWindow     Kind = 2 // the final result of one window of one device
	KindDeadLetter Kind = 3 // an input event that a stage refused
	KindAlert      Kind = 4 // a threshold crossed
	KindUpdate     Kind = 5 // the aggregate of a device so far
)

// String gives the kind's name as reports print it.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

var kindNames = [...]string{"none", "event", "window", "dead_letter", "alert", "update"}

// Output is the header `sgo` of results. Identity of a result: Kind, Node, Ordinal, Stream, Device, Seq.
type Output struct {
	Kind     Kind
	Stream   uint16
	Device   uint32
	Seq      uint64 // the event's sequence; for windows the window's start, ms since the epoch; for updates Count
	Intended int64  // latest intended send time among the contributing events, ns from the trial's start
	Count    uint32 // contributing events
	Node     uint16 // declared by the emitting operator; 0 for events; the stage's index for dead letters
	Ordinal  uint16 // position among the results of one kind of one node for one input
	IDs      int64  // sum of ID.Term over the contributing events
}

// EventOutput is the Output of an event that is answered as itself.
func EventOutput(s Stamp) Output {
	return Output{Kind: KindEvent, Stream: s.Stream, Device: s.Device, Seq: s.Seq, Intended: s.Intended, Count: 1, IDs: s.Term()}
}

// AppendOutput appends the 40 bytes of o to dst.
func AppendOutput(dst []byte, o Output) []byte {
	dst = append(dst, Version, byte(o.Kind))
	dst = binary.LittleEndian.AppendUint16(dst, o.Stream)
	dst = binary.LittleEndian.AppendUint32(dst, o.Device)
	dst = binary.LittleEndian.AppendUint64(dst, o.Seq)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(o.Intended))
	dst = binary.LittleEndian.AppendUint32(dst, o.Count)
	dst = binary.LittleEndian.AppendUint16(dst, o.Node)
	dst = binary.LittleEndian.AppendUint16(dst, o.Ordinal)
	return binary.LittleEndian.AppendUint64(dst, uint64(o.IDs))
}

// ParseOutput reads what AppendOutput wrote. Errors: ErrHeader.
func ParseOutput(b []byte) (Output, error) {
	if len(b) != OutputSize || b[0] != Version {
		return Output{}, fmt.Errorf("parsing header %s of %d bytes: %w", HeaderOutput, len(b), ErrHeader)
	}
	return Output{
		Kind:     Kind(b[1]),
		Stream:   binary.LittleEndian.Uint16(b[2:]),
		Device:   binary.LittleEndian.Uint32(b[4:]),
		Seq:      binary.LittleEndian.Uint64(b[8:]),
		Intended: int64(binary.LittleEndian.Uint64(b[16:])),
		Count:    binary.LittleEndian.Uint32(b[24:]),
		Node:     binary.LittleEndian.Uint16(b[28:]),
		Ordinal:  binary.LittleEndian.Uint16(b[30:]),
		IDs:      int64(binary.LittleEndian.Uint64(b[32:])),
	}, nil
}

// AppendTime appends the 8 bytes of header `sgt`: an event time in ms since the Unix epoch.
func AppendTime(dst []byte, ms int64) []byte {
	return binary.LittleEndian.AppendUint64(dst, uint64(ms))
}

// ParseTime reads what AppendTime wrote. Errors: ErrHeader.
func ParseTime(b []byte) (int64, error) {
	if len(b) != TimeSize {
		return 0, fmt.Errorf("parsing header %s of %d bytes: %w", HeaderTime, len(b), ErrHeader)
	}
	return int64(binary.LittleEndian.Uint64(b)), nil
}
