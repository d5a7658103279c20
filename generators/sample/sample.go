// Package sample reads recorded or generated messages from a file: JSON objects, one a line or in one array, CSV with a header, or a log
// of a CAN bus, packed or not. It finds in each message its time, its key and its fields, and where in the bytes they stand, so
// that a stream can be measured (realism) and made again (fit). It judges nothing.
package sample

import (
	"cmp"
	"math"
	"slices"
)

// Message is one message of a stream. Nothing in it may be changed.
type Message struct {
	Time   int64     // ns since the Unix epoch, or since the source's own zero
	Key    string    // of its source; "" where the stream has one source only
	Bytes  []byte    // as sent, without line end
	Values []float64 // by field; NaN: missing, or no number
	Texts  []string  // by field, as written, strings without quotes, null as such; "" if missing
	Spans  []Span    // where in Bytes the leaves stand, ascending; nil if the message has another shape than most
}

// Span is a leaf's place in a message, [Start, End), quotes excluded, and what it is.
type Span struct {
	Start, End int
	What       int // index of a field, or one of the constants below
}

// What a Span holds if it is no field.
const (
	TimeLeaf = -1
	KeyLeaf  = -2
)

// Stream is a list of messages with the same fields.
type Stream struct {
	Fields   []string
	Messages []Message
	Bad      int // messages that could not be read; they are not among Messages
	Clock    Clock
	CSV      bool
	Framed   bool   // messages followed their lengths: their bytes are all that is known of them, beside their order
	Bus      bool   // messages are frames of a CAN bus: Frame made them
	Header   string // of CSV, as it stands in the file
}

// Sources gives the indices of each key's messages, in order, and the keys in the order of their first message.
func (s *Stream) Sources() (keys []string, of map[string][]int) {
	of = map[string][]int{}
	for i := range s.Messages {
		k := s.Messages[i].Key
		if _, ok := of[k]; !ok {
			keys = append(keys, k)
		}
		of[k] = append(of[k], i)
	}
	return keys, of
}

// Column gives one field's numbers of the messages at the indices; those that are missing or no numbers are left out.
func (s *Stream) Column(field int, at []int) []float64 {
	var v []float64
	for _, i := range at {
		if x := s.Messages[i].Values[field]; !math.IsNaN(x) {
			v = append(v, x)
		}
	}
	return v
}

// sort puts the messages in the order of their times.
func (s *Stream) sort() {
	slices.SortStableFunc(s.Messages, func(a, b Message) int { return cmp.Compare(a.Time, b.Time) })
}

// Part is the stream of some of its messages; they are shared.
func (s *Stream) Part(from, to int) *Stream {
	p := *s
	p.Messages = s.Messages[from:to:to]
	return &p
}
