package capture

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/streamgauge/streamgauge/harness/event"
)

var update = flag.Bool("update", false, "write testdata anew")

// list is a source of given records.
type list []event.Due

func (l *list) Next(d *event.Due) error {
	if len(*l) == 0 {
		return io.EOF
	}
	*d = (*l)[0]
	*l = (*l)[1:]
	return nil
}

func due(intended int64, partition int32, value string) event.Due {
	return event.Due{Stamp: event.Stamp{ID: event.ID{Stream: 1, Device: 7, Seq: uint64(intended)}, Intended: intended, Hash: event.Hash([]byte(value))},
		EventTime: 1000 + intended, Partition: partition, Key: []byte("device"), Value: []byte(value)}
}

// mixed is a stream of several blocks, with records of every size and extreme fields.
func mixed(n int) list {
	rng := rand.New(rand.NewPCG(1, 2))
	var l list
	at := int64(-5)
	for i := range n {
		v := make([]byte, rng.IntN(1000))
		if i == n/2 {
			v = make([]byte, 3*blockBytes)
		}
		for j := range v {
			v[j] = byte(rng.Uint64())
		}
		at += rng.Int64N(3)
		d := event.Due{Stamp: event.Stamp{ID: event.ID{Stream: uint16(rng.Uint32()), Device: rng.Uint32(), Seq: rng.Uint64()},
			Flags: uint8(1 << rng.IntN(4)), Intended: at, Hash: rng.Uint64()}, EventTime: int64(rng.Uint64()), Partition: rng.Int32N(5),
			Key: []byte(strings.Repeat("k", rng.IntN(30))), Value: v}
		l = append(l, d)
	}
	return l
}

func recordTo(t testing.TB, l list) (string, Summary) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "input.capture")
	s, err := Record(t.Context(), &l, path)
	if err != nil {
		t.Fatal(err)
	}
	return path, s
}

func readAll(path string) (list, Summary, error) {
	r, err := Open(path)
	if err != nil {
		return nil, Summary{}, err
	}
	defer r.Close()
	var l list
	for {
		var d event.Due
		if err := r.Next(&d); err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return l, r.Summary(), err
		}
		l = append(l, d)
	}
}

func TestWhatWasRecordedIsReadBack(t *testing.T) {
	for name, l := range map[string]list{
		"nothing": nil,
		"one":     {due(0, 0, "")},
		"extreme": {due(math.MinInt64, 0, "a"), due(math.MaxInt64, 9, "b")},
		"mixed":   mixed(10_000),
	} {
		path, wrote := recordTo(t, l)
		got, says, err := readAll(path)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(got) != len(l) {
			t.Fatalf("%s: read %d records, want %d", name, len(got), len(l))
		}
		for i := range l {
			if !cmp.Equal(l[i].Stamp, got[i].Stamp) || l[i].EventTime != got[i].EventTime || l[i].Partition != got[i].Partition ||
				!bytes.Equal(l[i].Key, got[i].Key) || !bytes.Equal(l[i].Value, got[i].Value) {
				t.Fatalf("%s: record %d = %+v, want %+v", name, i, got[i], l[i])
			}
		}
		if diff := cmp.Diff(wrote, says); diff != "" {
			t.Errorf("%s: summary (-written +read):\n%s", name, diff)
		}
		if info, _ := os.Stat(path); info.Size() != says.FileBytes {
			t.Errorf("%s: file has %d bytes, the summary says %d", name, info.Size(), says.FileBytes)
		}
		if name == "mixed" && (says.Blocks < 5 || len(says.Partitions) != 5) {
			t.Errorf("mixed: %d blocks, %d partitions; want several and 5", says.Blocks, len(says.Partitions))
		}
	}
}

func TestRecordsStayWhenTheReaderGoesOn(t *testing.T) {
	l := mixed(5000)
	path, _ := recordTo(t, l)
	got, _, err := readAll(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range got {
		_ = append(d.Key, "overwrites what follows"...)
		_ = append(d.Value, "overwrites what follows"...)
	}
	for i := range l {
		if !bytes.Equal(l[i].Value, got[i].Value) || !bytes.Equal(l[i].Key, got[i].Key) {
			t.Fatalf("record %d changed", i)
		}
	}
}

func TestDigestsTellInputsApart(t *testing.T) {
	seen := map[Digest]string{}
	a, b := due(1, 0, "a"), due(1, 0, "b")
	later := a
	later.Stamp.Intended++
	for name, l := range map[string]list{"": nil, "a": {a}, "aa": {a, a}, "ab": {a, b}, "ba": {b, a}, "later": {later}} {
		_, s := recordTo(t, l)
		if other, ok := seen[s.Digest]; ok {
			t.Errorf("%q and %q have one digest", name, other)
		}
		seen[s.Digest] = name
		if _, again := recordTo(t, l); again.Digest != s.Digest {
			t.Errorf("%q has two digests", name)
		}
	}
}

// TestEveryDamageIsNoticed flips each bit of a small file, and cuts it off at each length.
func TestEveryDamageIsNoticed(t *testing.T) {
	path, _ := recordTo(t, list{due(1, 0, "first"), due(2, 1, "second"), due(3, 0, strings.Repeat("x", 100))})
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	damaged := filepath.Join(t.TempDir(), "damaged")
	check := func(what string, b []byte) {
		t.Helper()
		if err := os.WriteFile(damaged, b, 0o644); err != nil {
			t.Fatal(err)
		}
		_, _, err := readAll(damaged)
		var fe *FormatError
		if !errors.As(err, &fe) || fe.Path != damaged || fe.Offset < 0 || fe.Offset > int64(len(b)) || !strings.Contains(err.Error(), "record it again") {
			t.Fatalf("%s: %v, want a FormatError with a place", what, err)
		}
	}
	for i := range whole {
		for bit := range 8 {
			b := bytes.Clone(whole)
			b[i] ^= 1 << bit
			check(fmt.Sprintf("bit %d of byte %d flipped", bit, i), b)
		}
		check(fmt.Sprintf("cut off at %d", i), whole[:i])
	}
	check("a byte more", append(bytes.Clone(whole), 0))
	check("twice", append(bytes.Clone(whole), whole...))
}

func TestABlockLessIsNoticed(t *testing.T) {
	path, _ := recordTo(t, mixed(5000))
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	first, ok := parseBlockHeader(b[headerSize:])
	if !ok {
		t.Fatal("no block where one must be")
	}
	shorter := append(bytes.Clone(b[:headerSize]), b[headerSize+blockHeaderSize+int(first.packed):]...)
	if err := os.WriteFile(path, shorter, 0o644); err != nil {
		t.Fatal(err)
	}
	_, _, err = readAll(path)
	var fe *FormatError
	if !errors.As(err, &fe) || !strings.Contains(err.Error(), "footer says") {
		t.Errorf("readAll = %v, want a FormatError that names the footer", err)
	}
}

func TestAnotherVersionIsNamed(t *testing.T) {
	b := append([]byte(fileMagic), 2, 0, 0, 0)
	b = le.AppendUint32(b, crc(b))
	path := filepath.Join(t.TempDir(), "v2")
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path); err == nil || !strings.Contains(err.Error(), "version 2") {
		t.Errorf("Open = %v, want it to name version 2", err)
	}
}

var errSource = errors.New("source")

type broken struct{ list }

func (b *broken) Next(d *event.Due) error {
	if err := b.list.Next(d); err != nil {
		return errSource
	}
	return nil
}

func TestAnUnfinishedRecordingLeavesNothing(t *testing.T) {
	stopped, cancel := context.WithCancelCause(t.Context())
	cancel(errSource)
	backwards := list{due(2, 0, ""), due(1, 0, "")}
	for name, c := range map[string]struct {
		ctx  context.Context
		src  event.Source
		want string
	}{
		"source's error":       {t.Context(), &broken{list{due(1, 0, "a")}}, "source"},
		"cancelled":            {stopped, &list{due(1, 0, "a")}, "source"},
		"backwards":            {t.Context(), &backwards, "before the one before it"},
		"no such partition":    {t.Context(), &list{due(1, -1, "a")}, "partition -1"},
		"key that is too long": {t.Context(), &list{{Key: make([]byte, 70_000)}}, "too large"},
	} {
		dir := t.TempDir()
		if _, err := Record(c.ctx, c.src, filepath.Join(dir, "x")); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: Record = %v, want %q in it", name, err, c.want)
		}
		if left, _ := os.ReadDir(dir); len(left) != 0 {
			t.Errorf("%s: %v was left behind", name, left)
		}
	}
}

// full is a disk that is full after so many bytes.
type full int

func (f *full) Write(b []byte) (int, error) {
	if *f -= full(len(b)); *f < 0 {
		return 0, errSource
	}
	return len(b), nil
}

func TestAFullDiskIsReported(t *testing.T) {
	for _, room := range []full{0, headerSize, headerSize + 30} {
		w, err := NewWriter(&room)
		if err == nil {
			d := due(1, 0, "a")
			if err = w.Write(&d); err == nil {
				_, err = w.Close()
			}
		}
		if !errors.Is(err, errSource) {
			t.Errorf("writing to a full disk = %v, want %v", err, errSource)
		}
	}
}

// sample mirrors testdata/sample.json.
type sample struct {
	Digest     string
	Partitions []int64
	Records    []struct {
		Intended, EventTime int64
		Stream              uint16
		Device              uint32
		Sequence            uint64 `json:",string"`
		Flags               uint8
		Partition           int32
		Hash                string
		Key, Value          string
	}
}

// TestCommittedSample keeps the format: files of version 1 stay readable.
func TestCommittedSample(t *testing.T) {
	text, err := os.ReadFile("testdata/sample.json")
	if err != nil {
		t.Fatal(err)
	}
	var want sample
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	var l list
	for _, r := range want.Records {
		h, _ := hex.DecodeString(r.Hash)
		l = append(l, event.Due{Stamp: event.Stamp{ID: event.ID{Stream: r.Stream, Device: r.Device, Seq: r.Sequence}, Flags: r.Flags,
			Intended: r.Intended, Hash: be64(h)}, EventTime: r.EventTime, Partition: r.Partition, Key: []byte(r.Key), Value: []byte(r.Value)})
	}
	if *update {
		if _, err := Record(t.Context(), &list{l[0], l[1], l[2]}, "testdata/sample.capture"); err != nil {
			t.Fatal(err)
		}
	}
	got, s, err := readAll("testdata/sample.capture")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(l, got); diff != "" {
		t.Errorf("sample (-want +got):\n%s", diff)
	}
	if s.Digest.String() != want.Digest || !cmp.Equal(s.Partitions, want.Partitions) || s.Records != 3 || s.Heartbeats != 1 || s.Damaged != 1 {
		t.Errorf("summary of the sample = %+v, want digest %s and partitions %v", s, want.Digest, want.Partitions)
	}
}

func be64(b []byte) (v uint64) {
	for _, c := range b {
		v = v<<8 | uint64(c)
	}
	return v
}

func FuzzOpen(f *testing.F) {
	b, err := os.ReadFile("testdata/sample.capture")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add(b[:headerSize])
	f.Fuzz(func(t *testing.T, b []byte) {
		path := filepath.Join(t.TempDir(), "f")
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
		var fe *FormatError
		if _, _, err := readAll(path); err != nil && !errors.As(err, &fe) {
			t.Fatalf("reading %x = %v, want a FormatError", b, err)
		}
	})
}

func BenchmarkNext(b *testing.B) {
	var l list
	for i := range 50_000 {
		l = append(l, due(int64(i), int32(i%2), fmt.Sprintf(`{"data":{"humidity":58.2,"temp":%d},"device_id":"5e:44:3b:f3:79:c8","ts":1594598735.%07d}`, i%30, i)))
	}
	path, s := recordTo(b, l)
	b.ReportAllocs()
	n := 0
	var r *Reader
	for b.Loop() {
		if n%50_000 == 0 {
			if r != nil {
				_ = r.Close()
			}
			var err error
			if r, err = Open(path); err != nil {
				b.Fatal(err)
			}
		}
		n++
		var d event.Due
		if err := r.Next(&d); err != nil {
			b.Fatal(err)
		}
	}
	_ = r.Close()
	b.SetBytes(s.Bytes / s.Records)
}
