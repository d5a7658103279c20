package event

// Header is one Kafka record header. Keys may repeat; order counts.
type Header struct {
	Key   string
	Value []byte
}

// Record is a Kafka record as a topic holds it: what the digests, the oracle and captures work on. Slices belong to the
// reader that made the record and are valid until it yields the next one, unless it says otherwise.
type Record struct {
	Partition int32
	Offset    int64
	Timestamp int64 // ms since the Unix epoch, as Kafka keeps it
	Key       []byte
	Value     []byte
	Headers   []Header
}

// Header returns the value of the first header named key, and whether there is one.
func (r *Record) Header(key string) ([]byte, bool) {
	for i := range r.Headers {
		if r.Headers[i].Key == key {
			return r.Headers[i].Value, true
		}
	}
	return nil, false
}

// EventTime reads header `sgt`: ms since the Unix epoch. Errors: ErrHeader.
func (r *Record) EventTime() (int64, error) {
	b, _ := r.Header(HeaderTime)
	return ParseTime(b)
}

// Stamp reads header `sg`. Errors: ErrHeader.
func (r *Record) Stamp() (Stamp, error) {
	b, _ := r.Header(HeaderStamp)
	return ParseStamp(b)
}

// Output reads header `sgo`. Errors: ErrHeader.
func (r *Record) Output() (Output, error) {
	b, _ := r.Header(HeaderOutput)
	return ParseOutput(b)
}
