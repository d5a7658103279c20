package miniseed

import (
	"bytes"
	"encoding/binary"
	"math/bits"

	"github.com/streamgauge/streamgauge/harness/job"
)

// Places in a record of version 2 (SEED manual 2.4, chapter 8, fixed section of data header).
const (
	qualityAt    = 6
	stationAt    = 8
	locationAt   = 13
	channelAt    = 15
	networkAt    = 18
	timeAt       = 20
	count2At     = 30
	data2At      = 44
	blocketteAt  = 46
	head2Bytes   = 48
	dataOnly     = 1000 // the blockette that says encoding, order and length
	blockette    = 4    // bytes before what a blockette says
	shortest     = 7    // powers of two of a record's length
	longest      = 20
	lowestYear   = 1900
	highestYear  = 2100
	littleEndian = 0
)

// version2 reads the record at the start of b and gives its length.
func (d *decoder) version2(b []byte) (int, job.Reason) {
	if len(b) < head2Bytes {
		return 0, job.ReasonTruncated
	}
	var order binary.ByteOrder = binary.BigEndian
	if y := order.Uint16(b[timeAt:]); y < lowestYear || y > highestYear {
		order = binary.LittleEndian
	}
	year := order.Uint16(b[timeAt:])
	if bytes.IndexByte([]byte("DRQM"), b[qualityAt]) < 0 || year < lowestYear || year > highestYear || !clock(year, order.Uint16(b[timeAt+2:]), b[timeAt+4:]) {
		return 0, job.ReasonBadFormat
	}
	kind, length, reason := describe(b, order)
	if reason != job.ReasonNone {
		return 0, reason
	}
	data := int(order.Uint16(b[data2At:]))
	n := uint32(order.Uint16(b[count2At:]))
	if data > length || data < head2Bytes && n > 0 {
		return 0, job.ReasonBadFormat
	}
	if !d.identify(b) {
		return 0, job.ReasonBadUTF8
	}
	if n == 0 {
		return length, job.ReasonNone
	}
	return length, d.samples(kind, b[data:length], n, order)
}

// describe finds what blockette 1000 says. A record without one is as they were before there was that: Steim's first scheme,
// and as long as the message.
func describe(b []byte, order binary.ByteOrder) (kind, length int, reason job.Reason) {
	for at, last := int(order.Uint16(b[blocketteAt:])), 0; at != 0; at = int(order.Uint16(b[at+2:])) {
		if at <= last || at < head2Bytes {
			return 0, 0, job.ReasonBadFormat // no end of it
		}
		if last = at; at+8 > len(b) {
			return 0, 0, job.ReasonTruncated
		}
		if order.Uint16(b[at:]) != dataOnly {
			continue
		}
		power := int(b[at+blockette+2])
		if power < shortest || power > longest || (b[at+blockette+1] == littleEndian) != (order == binary.ByteOrder(binary.LittleEndian)) {
			return 0, 0, job.ReasonBadFormat
		}
		if length = 1 << power; length > len(b) {
			return 0, 0, job.ReasonTruncated
		}
		return int(b[at+blockette]), length, job.ReasonNone
	}
	if bits.OnesCount(uint(len(b))) != 1 || len(b) < 1<<shortest {
		return 0, 0, job.ReasonTruncated
	}
	return steim1, len(b), job.ReasonNone
}

// identify makes the device of the four codes. False: they are no ASCII.
func (d *decoder) identify(b []byte) bool {
	for _, c := range b[stationAt:timeAt] {
		if c >= 0x80 {
			return false
		}
	}
	part := func(from, to int) []byte { return bytes.TrimRight(b[from:to], " ") }
	s := append(append(d.source[:0], "FDSN:"...), part(networkAt, timeAt)...)
	s = append(append(append(s, '_'), part(stationAt, locationAt)...), '_')
	s = append(append(s, part(locationAt, channelAt)...), '_')
	channel := b[channelAt:networkAt]
	d.source = append(s, channel[0], '_', channel[1], '_', channel[2])
	d.wave.Device(d.source)
	return true
}
