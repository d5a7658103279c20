package parquet

import (
	"bytes"
	"encoding/binary"
	"runtime"
	"testing"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/encoding/encodingtest"
	"github.com/streamgauge/streamgauge/harness/job"
)

// put is a field of a struct in Thrift's compact protocol.
type put struct {
	id, typ byte
	value   any // int, string, []put or, of structs, [][]put
}

func thrift(dst []byte, fields ...put) []byte {
	last := byte(0)
	for _, f := range fields {
		dst = append(dst, (f.id-last)<<4|f.typ)
		last = f.id
		switch v := f.value.(type) {
		case int:
			dst = binary.AppendVarint(dst, int64(v))
		case string:
			dst = append(binary.AppendUvarint(dst, uint64(len(v))), v...)
		case []put:
			dst = thrift(dst, v...)
		case [][]put:
			dst = binary.AppendUvarint(append(dst, 15<<4|record), uint64(len(v)))
			for _, e := range v {
				dst = thrift(dst, e...)
			}
		}
	}
	return append(dst, stop)
}

// page is one of a kind, without levels.
func page(kind, values int, content []byte) []byte {
	id := map[int]byte{dataPage: 5, dictionaryPage: 7}[kind]
	head := thrift(nil, put{1, isInt32, kind}, put{2, isInt32, len(content)}, put{3, isInt32, len(content)},
		put{id, record, []put{{1, isInt32, values}, {2, isInt32, plain}}})
	return append(head, content...)
}

// file has one column, whose pages hold so many values.
func file(column []put, values int, pages ...[]byte) []byte {
	schema := [][]put{{{4, text, "r"}, {5, isInt32, 1}}, column}
	body := bytes.Join(pages, nil)
	meta := []put{{4, isInt32, uncompressed}, {5, isInt64, values}, {7, isInt64, len(body)}, {9, isInt64, len(magic)}}
	group := []put{{1, list, [][]put{{{3, record, meta}}}}}
	return whole(body, put{2, list, schema}, put{4, list, [][]put{group}})
}

func whole(body []byte, footer ...put) []byte {
	f := thrift(nil, footer...)
	b := append(append([]byte(magic), body...), f...)
	return append(binary.LittleEndian.AppendUint32(b, uint32(len(f))), magic...)
}

func decode(t *testing.T, b []byte) (*decoder, job.Reason) {
	t.Helper()
	d, err := Format{}.Decoder(encodingtest.Room)
	if err != nil {
		t.Fatal(err)
	}
	var got encoding.Reading
	reason := d.Decode([]byte("x"), b, &got)
	return d.(*decoder), reason
}

// What takes no bytes is counted before it is read, and a chunk has one dictionary.
func TestValuesAreBounded(t *testing.T) {
	const many = 1 << 20
	of := func(typ int) []put {
		return []put{{1, isInt32, typ}, {2, isInt32, 2}, {3, isInt32, 0}, {4, text, encodingtest.Room.Device}}
	}
	three := []byte("\x01\x00\x00\x00a\x01\x00\x00\x00b\x01\x00\x00\x00c")
	for _, c := range []struct {
		what string
		file []byte
		want job.Reason
	}{
		{"a dictionary of booleans", file(of(booleans), 1, page(dictionaryPage, many, nil)), job.ReasonUnknownSchema},
		{"a dictionary of no known type", file(of(9), 1, page(dictionaryPage, many, nil)), job.ReasonUnknownSchema},
		{"values of no known type", file(of(9), many, page(dataPage, many, nil)), job.ReasonUnknownSchema},
		{"INT96 without bytes", file(of(int96s), many, page(dataPage, many, nil)), job.ReasonBadFormat},
		{"booleans without bytes", file(of(booleans), 9, page(dataPage, 9, []byte{0})), job.ReasonBadFormat},
		{"booleans", file(of(booleans), 8, page(dataPage, 8, []byte{0})), job.ReasonBadType},
		{"fixed", file(of(fixed), 1, page(dataPage, 1, []byte("ab"))), job.ReasonBadType},
		{"fixed with too few bytes", file(of(fixed), 1, page(dataPage, 1, []byte("a"))), job.ReasonBadFormat},
		{"two dictionaries", file(of(byteArray), 1, page(dictionaryPage, 3, three), page(dictionaryPage, 3, three)), job.ReasonBadFormat},
		{"a dictionary and more values", file(of(byteArray), many, page(dictionaryPage, 3, three), page(dataPage, many, nil)), job.ReasonBadFormat},
	} {
		d, got := decode(t, c.file)
		if got != c.want {
			t.Errorf("%s: reason %q, want %q", c.what, got, c.want)
		}
		if n := cap(d.dictionary); n > 100 {
			t.Errorf("%s: room for %d values in the dictionary", c.what, n)
		}
	}
}

// A schema that is too long is refused where it becomes so.
func TestSchemaIsBounded(t *testing.T) {
	schema := make([][]put, 200_000)
	b := whole(nil, put{2, list, schema})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, reason := decode(t, b)
	runtime.ReadMemStats(&after)
	took := after.TotalAlloc - before.TotalAlloc
	if reason != job.ReasonBadFormat || took > 4<<20 {
		t.Errorf("reason %q and %d bytes, want bad_format and not much more than %d elements", reason, took, mostColumns)
	}
}

// Maps lie in each other as deep as structs and lists may, and no deeper: each level takes two bytes and a part of the stack.
func TestMapsAreBounded(t *testing.T) {
	for depth, bad := range map[int]bool{1: false, mostDepth: false, mostDepth + 1: true, 100_000: true} {
		b := bytes.Repeat([]byte{1, mapping<<4 | mapping}, depth)      // of one entry, whose key is a map
		c := cursor{b: append(b, bytes.Repeat([]byte{0}, depth+1)...)} // the innermost key and all values are maps of nothing
		c.skip(mapping)
		if c.bad != bad || !bad && len(c.b) > 0 {
			t.Errorf("%d maps in each other: bad %v with %d bytes left, want %v", depth, c.bad, len(c.b), bad)
		}
	}
}
