package operator

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"maps"
	"slices"
)

// errSnapshot says that bytes are not a snapshot of this operator.
var errSnapshot = errors.New("not a snapshot of this operator")

// writer appends the fields of a snapshot: 8 bytes little endian each, byte strings after their length.
type writer struct{ b []byte }

func (w *writer) u64(v uint64) { w.b = binary.LittleEndian.AppendUint64(w.b, v) }
func (w *writer) i64(v int64)  { w.u64(uint64(v)) }
func (w *writer) bytes(v []byte) {
	w.u64(uint64(len(v)))
	w.b = append(w.b, v...)
}

// reader reads what writer wrote. After the first short read it gives zeros and end reports it.
type reader struct {
	b    []byte
	fail bool
}

func (r *reader) u64() uint64 {
	if len(r.b) < 8 {
		r.fail, r.b = true, nil
		return 0
	}
	v := binary.LittleEndian.Uint64(r.b)
	r.b = r.b[8:]
	return v
}

func (r *reader) i64() int64 { return int64(r.u64()) }

func (r *reader) bytes() []byte {
	n := r.u64()
	if n > uint64(len(r.b)) {
		r.fail, r.b = true, nil
		return nil
	}
	v := bytes.Clone(r.b[:n])
	r.b = r.b[n:]
	return v
}

// count reads a number of items of at least size bytes each. More than the bytes left can hold counts as a short read, so
// that a damaged number asks for no memory.
func (r *reader) count(size int) uint64 {
	n := r.u64()
	if n > uint64(len(r.b)/size) {
		r.fail, r.b = true, nil
		return 0
	}
	return n
}

// end reports whether all was read and nothing is left.
func (r *reader) end() error {
	if r.fail || len(r.b) > 0 {
		return errSnapshot
	}
	return nil
}

// sortedKeys makes the order of a snapshot, and of windows that close together, independent of the map.
func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
