package event

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"math"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// samples is testdata/samples.json: the same vectors are read by every implementation of the format.
type samples struct {
	Stamps []struct {
		Hex      string
		Flags    uint8
		Stream   uint16
		Device   uint32
		Sequence uint64
		Intended int64
		Hash     uint64 `json:",string"`
	}
	Outputs []struct {
		Hex      string
		Kind     Kind
		Stream   uint16
		Device   uint32
		Sequence uint64 `json:",string"`
		Intended int64
		Count    uint32
		Node     uint16
		Ordinal  uint16
		IDs      int64
	}
	Chunks []struct {
		Hex    string
		Index  uint32
		Count  uint32
		Offset uint64 `json:",string"`
		Total  uint64 `json:",string"`
		Hash   uint64 `json:",string"`
	}
	Times []struct {
		Hex string
		MS  int64
	}
	Terms []struct {
		Stream   uint16
		Device   uint32
		Sequence uint64
		Term     int64
	}
	Hashes []struct {
		Value string
		Hash  string
	}
	Partitions []struct {
		Key       string
		Of        int32
		Partition int32
	}
}

func loadSamples(t *testing.T) samples {
	t.Helper()
	b, err := os.ReadFile("testdata/samples.json")
	if err != nil {
		t.Fatal(err)
	}
	var s samples
	if err := json.Unmarshal(b, &s); err != nil {
		t.Fatal(err)
	}
	if len(s.Stamps) == 0 || len(s.Outputs) == 0 || len(s.Chunks) == 0 || len(s.Terms) == 0 || len(s.Hashes) == 0 || len(s.Partitions) == 0 {
		t.Fatal("samples.json lacks a section")
	}
	return s
}

func TestSamples(t *testing.T) {
	s := loadSamples(t)
	for _, c := range s.Stamps {
		want := Stamp{ID: ID{c.Stream, c.Device, c.Sequence}, Flags: c.Flags, Intended: c.Intended, Hash: c.Hash}
		b, _ := hex.DecodeString(c.Hex)
		got, err := ParseStamp(b)
		if err != nil || got != want {
			t.Errorf("ParseStamp(%s) = %+v, %v, want %+v", c.Hex, got, err, want)
		}
		if h := hex.EncodeToString(AppendStamp(nil, want)); h != c.Hex {
			t.Errorf("AppendStamp(%+v) = %s, want %s", want, h, c.Hex)
		}
	}
	for _, c := range s.Outputs {
		want := Output{Kind: c.Kind, Stream: c.Stream, Device: c.Device, Seq: c.Sequence, Intended: c.Intended, Count: c.Count,
			Node: c.Node, Ordinal: c.Ordinal, IDs: c.IDs}
		b, _ := hex.DecodeString(c.Hex)
		got, err := ParseOutput(b)
		if err != nil || got != want {
			t.Errorf("ParseOutput(%s) = %+v, %v, want %+v", c.Hex, got, err, want)
		}
		if h := hex.EncodeToString(AppendOutput(nil, want)); h != c.Hex {
			t.Errorf("AppendOutput(%+v) = %s, want %s", want, h, c.Hex)
		}
	}
	for _, c := range s.Chunks {
		want := Chunk{Index: c.Index, Count: c.Count, Offset: c.Offset, Total: c.Total, Hash: c.Hash}
		b, _ := hex.DecodeString(c.Hex)
		got, err := ParseChunk(b)
		if err != nil || got != want {
			t.Errorf("ParseChunk(%s) = %+v, %v, want %+v", c.Hex, got, err, want)
		}
		if h := hex.EncodeToString(AppendChunk(nil, want)); h != c.Hex {
			t.Errorf("AppendChunk(%+v) = %s, want %s", want, h, c.Hex)
		}
	}
	for _, c := range s.Times {
		b, _ := hex.DecodeString(c.Hex)
		if got, err := ParseTime(b); err != nil || got != c.MS {
			t.Errorf("ParseTime(%s) = %d, %v, want %d", c.Hex, got, err, c.MS)
		}
		if h := hex.EncodeToString(AppendTime(nil, c.MS)); h != c.Hex {
			t.Errorf("AppendTime(%d) = %s, want %s", c.MS, h, c.Hex)
		}
	}
	for _, c := range s.Terms {
		if got := (ID{c.Stream, c.Device, c.Sequence}).Term(); got != c.Term {
			t.Errorf("ID{%d %d %d}.Term() = %d, want %d", c.Stream, c.Device, c.Sequence, got, c.Term)
		}
	}
	for _, c := range s.Hashes {
		if got := hex.EncodeToString(bigEndian(Hash([]byte(c.Value)))); got != c.Hash {
			t.Errorf("Hash(%q) = %s, want %s", c.Value, got, c.Hash)
		}
	}
	for _, c := range s.Partitions {
		if got := Partition([]byte(c.Key), c.Of); got != c.Partition {
			t.Errorf("Partition(%q, %d) = %d, want %d", c.Key, c.Of, got, c.Partition)
		}
	}
}

func bigEndian(v uint64) []byte {
	b := make([]byte, 8)
	for i := range b {
		b[i] = byte(v >> (56 - 8*i))
	}
	return b
}

func TestHeadersOfOtherSizesAndVersionsAreForeign(t *testing.T) {
	good := AppendStamp(nil, Stamp{})
	for _, b := range [][]byte{nil, {}, good[:31], append(good[:32:32], 0), append([]byte{2}, good[1:]...)} {
		if _, err := ParseStamp(b); !errors.Is(err, ErrHeader) {
			t.Errorf("ParseStamp(%x) = %v, want ErrHeader", b, err)
		}
	}
	out := AppendOutput(nil, Output{})
	for _, b := range [][]byte{nil, out[:39], append(out[:40:40], 0), append([]byte{0}, out[1:]...)} {
		if _, err := ParseOutput(b); !errors.Is(err, ErrHeader) {
			t.Errorf("ParseOutput(%x) = %v, want ErrHeader", b, err)
		}
	}
	if _, err := ParseTime(make([]byte, 7)); !errors.Is(err, ErrHeader) {
		t.Errorf("ParseTime(7 bytes) = %v, want ErrHeader", err)
	}
}

func TestRecordFindsTheFirstHeaderOfAName(t *testing.T) {
	r := Record{Headers: []Header{{"sgt", AppendTime(nil, 7)}, {"sgt", AppendTime(nil, 8)}, {"sg", AppendStamp(nil, Stamp{Flags: FlagProbe})}}}
	ms, err := r.EventTime()
	if err != nil || ms != 7 {
		t.Errorf("EventTime() = %d, %v, want 7", ms, err)
	}
	s, err := r.Stamp()
	if err != nil || s.Flags != FlagProbe {
		t.Errorf("Stamp() = %+v, %v, want a probe", s, err)
	}
	if _, err := r.Output(); !errors.Is(err, ErrHeader) {
		t.Errorf("Output() = %v, want ErrHeader", err)
	}
}

func TestKeyForFindsAKeyOfEachPartition(t *testing.T) {
	for n := int32(1); n <= 7; n++ {
		for p := range n {
			if k := KeyFor("heartbeat", p, n); Partition([]byte(k), n) != p {
				t.Errorf("KeyFor(heartbeat, %d, %d) = %q of partition %d", p, n, k, Partition([]byte(k), n))
			}
		}
	}
}

func TestEventOutputAnswersTheEvent(t *testing.T) {
	s := Stamp{ID: ID{1, 2, 3}, Flags: FlagHeartbeat, Intended: -5, Hash: 9}
	want := Output{Kind: KindEvent, Stream: 1, Device: 2, Seq: 3, Intended: -5, Count: 1, IDs: s.Term()}
	if diff := cmp.Diff(want, EventOutput(s)); diff != "" {
		t.Errorf("EventOutput (-want +got):\n%s", diff)
	}
}

func FuzzHeaders(f *testing.F) {
	f.Add(AppendStamp(nil, Stamp{ID: ID{1, 2, math.MaxUint64}, Intended: math.MinInt64}))
	f.Add(AppendOutput(nil, Output{Kind: KindWindow, Seq: 1 << 63}))
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, err := ParseStamp(b); err == nil {
			if got := AppendStamp(nil, s); string(got) != string(b) {
				t.Errorf("AppendStamp(ParseStamp(%x)) = %x", b, got)
			}
		}
		if o, err := ParseOutput(b); err == nil {
			if got := AppendOutput(nil, o); string(got) != string(b) {
				t.Errorf("AppendOutput(ParseOutput(%x)) = %x", b, got)
			}
		}
	})
}
