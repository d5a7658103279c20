package event

// Due is one input record on its way to the driver: complete but for the clock. Its intended send time is in the Stamp.
// The driver adds the headers `sg`, `sgt` and `sgc` and the Kafka timestamp, all from here, so that a trial repeated from
// a capture is the same byte for byte.
type Due struct {
	Stamp     Stamp
	EventTime int64 // ms since the Unix epoch
	Partition int32
	Key       []byte // device id
	Value     []byte
	Part      bool  // the record is part of a message or refers to one: it has Chunk for its header `sgc`
	Chunk     Chunk // zero unless Part
	// Done gives the memory of a large value back, to be called at most once, when nobody will read it any more. nil, or not called:
	// the garbage collector has it.
	Done func()
}

// Source yields the records of a trial's input in the order of their intended times. Key and Value are the caller's to
// keep: a source never changes them before Done. Errors: io.EOF after the last record.
type Source interface {
	Next(d *Due) error
}
