package hop

import "sync/atomic"

// Acks follows the events of one input partition until everything they caused is safe with the broker, and knows up to
// which offset all are: the contiguous acknowledged prefix, beyond which no offset may be committed. It is what Storm's
// acker does for a tree of tuples, for trees of depth one.
//
// The engine's goroutine begins events and asks for the prefix; producer callbacks acknowledge. They meet in one atomic
// counter per event and take no lock.
type Acks struct {
	first, last *ackBlock
	head        int   // of the oldest event in first that is not known to be acknowledged
	open        int64 // events begun and not yet found acknowledged
	next        int64 // offset after the last event begun
}

// Ack counts what one event still waits for.
type Ack struct {
	offset int64
	left   atomic.Int32
}

// ackBlock holds events in the order of their offsets. Blocks are linked, never moved: callbacks point into them.
type ackBlock struct {
	acks [256]Ack
	used int
	next *ackBlock
}

// Begin takes up the event at offset. It waits for its own Done, and for one more after each Add.
func (a *Acks) Begin(offset int64) *Ack {
	if a.last == nil || a.last.used == len(a.last.acks) {
		b := &ackBlock{}
		if a.last == nil {
			a.first = b
		} else {
			a.last.next = b
		}
		a.last = b
	}
	k := &a.last.acks[a.last.used]
	a.last.used++
	a.open++
	a.next = offset + 1
	k.offset = offset
	k.left.Store(1)
	return k
}

// Skip passes over an offset that causes nothing, such as a control record.
func (a *Acks) Skip(offset int64) { a.next = offset + 1 }

// Add makes the event wait for one more Done.
func (k *Ack) Add() { k.left.Add(1) }

// Done acknowledges one thing the event waited for. Safe for concurrent use.
func (k *Ack) Done() { k.left.Add(-1) }

// Prefix is the offset up to which (not included) every event is acknowledged. It is the oldest event still waited for, or
// the offset after the last one begun.
func (a *Acks) Prefix() int64 {
	for a.open > 0 {
		if a.head == len(a.first.acks) {
			a.first, a.head = a.first.next, 0
		}
		k := &a.first.acks[a.head]
		if k.left.Load() > 0 {
			return k.offset
		}
		a.head++
		a.open--
	}
	return a.next
}
