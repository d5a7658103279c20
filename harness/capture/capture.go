// Package capture keeps a trial's input on disk and offers it again: every engine of an isolated comparison gets the same
// bytes on the same schedule. A capture holds records as the driver takes them, before any broker has seen them. FORMAT.md
// draws the file.
package capture

import (
	"fmt"

	"github.com/streamgauge/streamgauge/harness/event"
)

// Summary is what a capture holds: its footer.
type Summary struct {
	Records    int64
	Heartbeats int64   // of these
	Damaged    int64   // of these, damaged on purpose
	Bytes      int64   // keys and values
	First      int64   // intended time of the first record, ns; 0 without records
	Last       int64   // intended time of the last record, ns; 0 without records
	Digest     Digest  // of every field of every record, in order
	Partitions []int64 // records of each partition
	Blocks     int64
	FileBytes  int64 // size of the file
}

// Digest is the XXH3 128-bit hash of all records as the file holds them, unpacked, in order. Equal digests are equal inputs
// on an equal schedule.
type Digest [16]byte

// String gives 32 hexadecimal digits.
func (d Digest) String() string { return fmt.Sprintf("%x", d[:]) }

// count adds a record. The caller has checked its partition.
func (s *Summary) count(d *event.Due) {
	if s.Records == 0 {
		s.First = d.Stamp.Intended
	}
	s.Last = d.Stamp.Intended
	s.Records++
	if d.Stamp.Flags&event.FlagHeartbeat != 0 {
		s.Heartbeats++
	}
	if d.Stamp.Flags&event.FlagDamaged != 0 {
		s.Damaged++
	}
	s.Bytes += int64(len(d.Key) + len(d.Value))
	for len(s.Partitions) <= int(d.Partition) {
		s.Partitions = append(s.Partitions, 0)
	}
	s.Partitions[d.Partition]++
}

// FormatError is a file that is no capture, is damaged or was not finished.
type FormatError struct {
	Path   string
	Offset int64 // of the part that is wrong, bytes from the start of the file
	Reason string
}

// Error says where and what, and what to do.
func (e *FormatError) Error() string {
	return fmt.Sprintf("reading capture %s: at byte %d: %s; record it again", e.Path, e.Offset, e.Reason)
}
