package operator

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
	"github.com/streamgauge/streamgauge/harness/payload/folder"
)

// claimRig is the last stage of a job of large messages, with a store in a folder.
func claimRig(t *testing.T) (*rig, folder.Store) {
	t.Helper()
	store := folder.Store{Dir: t.TempDir()}
	j := &job.Job{Stages: []job.Stage{{Name: "only", Do: []job.Operator{{Scan: &job.Scan{}}}}}}
	p, err := Compile(Config{Job: j, Formats: stubs, Store: store, EventTimeMin: -1e12, EventTimeMax: 1e12})
	if err != nil {
		t.Fatal(err)
	}
	c, err := p.Chain(3)
	if err != nil {
		t.Fatal(err)
	}
	return &rig{t: t, chain: c}, store
}

// The message is one sample of 1 and one of -2. Its hash, a number with a sign, is PyPI's:
// xxhash.xxh3_64_intdigest(b"\x01\x00\xfe\xff").
const claimed = "\x01\x00\xfe\xff"

func TestClaimChecksAreTestedAgainstTheObject(t *testing.T) {
	right := event.Chunk{Total: 4, Hash: event.Hash([]byte(claimed))}
	for _, c := range []struct {
		name, object string
		sgc          func(event.Chunk) event.Chunk
		harm         func(path string) error
		want         string
	}{
		{name: "the object", object: "1/5/0", want: `event {"bytes":4,"hash":-7437158561069392946,"peak":2,"sum":-1}`},
		{name: "no object", object: "1/5/1", want: "dead missing_object 1/5/1"},
		{name: "a name that leads out", object: "../1/5/0", want: "dead missing_object ../1/5/0"},
		{name: "an object in the place of a folder", object: "1/5/0/1", want: "dead missing_object 1/5/0/1"},
		{name: "a folder", object: "1/5", want: "dead missing_object 1/5"},
		{name: "removed", object: "1/5/0", harm: os.Remove, want: "dead missing_object 1/5/0"},
		{name: "cut off", object: "1/5/0", harm: func(p string) error { return os.Truncate(p, 3) }, want: "dead bad_checksum 1/5/0"},
		{name: "a byte flipped", object: "1/5/0", harm: func(p string) error { return os.WriteFile(p, []byte("\x01\x00\xfe\xfe"), 0o600) }, want: "dead bad_checksum 1/5/0"},
		{name: "longer", object: "1/5/0", harm: func(p string) error { return os.WriteFile(p, []byte(claimed+"\x00"), 0o600) }, want: "dead bad_checksum 1/5/0"},
		{name: "another length told", object: "1/5/0", sgc: func(c event.Chunk) event.Chunk { c.Total++; return c }, want: "dead bad_checksum 1/5/0"},
		{name: "an index", object: "1/5/0", sgc: func(c event.Chunk) event.Chunk { c.Index = 1; return c }, want: "dead bad_chunk 1/5/0"},
		{name: "an offset", object: "1/5/0", sgc: func(c event.Chunk) event.Chunk { c.Offset = 1; return c }, want: "dead bad_chunk 1/5/0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, store := claimRig(t)
			if err := store.Put("1/5/0", []byte(claimed)); err != nil {
				t.Fatal(err)
			}
			if c.harm != nil {
				if err := c.harm(filepath.Join(store.Dir, "1", "5", "0")); err != nil {
					t.Fatal(err)
				}
			}
			sgc := right
			if c.sgc != nil {
				sgc = c.sgc(right)
			}
			in := r.in(1000, c.object)
			in.Headers = append(in.Headers, event.Header{Key: event.HeaderChunk, Value: event.AppendChunk(nil, sgc)})
			check(t, c.name, r.do(in), c.want)
		})
	}
}

// What a stage keeps of a message must not be cut from the record, whose whole fetch would live as long.
func TestAnOpenMessageKeepsCopiesAndAClosedOneNothing(t *testing.T) {
	r, _ := claimRig(t)
	in := r.in(1000, "ab")
	in.Headers = append(in.Headers, event.Header{Key: event.HeaderChunk, Value: event.AppendChunk(nil, event.Chunk{Count: 2, Total: 3, Hash: event.Hash([]byte("abc"))})})
	check(t, "the first chunk", r.do(in), "")
	in.Key[0], in.Headers[1].Value[0] = 'x', 0xff // as if the buffer were used again
	var m *message
	for _, m = range r.chain.payloads.devices {
	}
	if m == nil || string(m.key) != device || m.sgt[0] == 0xff {
		t.Fatalf("of the open message it keeps %+v", m)
	}
	r.seq-- // the same message
	in = r.in(1000, "c")
	in.Headers = append(in.Headers, event.Header{Key: event.HeaderChunk, Value: event.AppendChunk(nil, event.Chunk{Index: 1, Count: 2, Offset: 2, Total: 3, Hash: event.Hash([]byte("abc"))})})
	check(t, "the last chunk", r.do(in), `event {"bytes":3,"hash":8696274497037089104,"peak":25185,"sum":25185}`)
	if m.key != nil || m.sgt != nil || m.sum != nil {
		t.Errorf("of the answered message it keeps %+v", m)
	}
}

func TestRoomIsMadeForWhatCameAndNotForWhatIsClaimed(t *testing.T) {
	m := &message{chunk: event.Chunk{Count: 1 << 30, Total: 1 << 30}}
	for range 3 {
		m.add([]byte{1})
	}
	if len(m.whole) != 3 || cap(m.whole) > 64 {
		t.Errorf("%d bytes in room for %d", len(m.whole), cap(m.whole))
	}
	m = &message{chunk: event.Chunk{Count: 3, Total: 5}}
	for _, part := range []string{"ab", "cd", "e"} {
		m.add([]byte(part))
	}
	if string(m.whole) != "abcde" || cap(m.whole) > 8 {
		t.Errorf("%q in room for %d, want abcde in its own", m.whole, cap(m.whole))
	}
	m = &message{chunk: event.Chunk{Count: 1}}
	if m.add([]byte{}); m.whole == nil || len(m.whole) > 0 {
		t.Errorf("a message of no bytes is %#v, want an empty value and not null", m.whole)
	}
}

// A message of no bytes, in one chunk, goes on as a value of no bytes, as it does in Java, and not as a record without a value.
func TestAMessageOfNoBytesIsPutTogether(t *testing.T) {
	j := &job.Job{Stages: []job.Stage{{Name: "assemble", Do: []job.Operator{{Reassemble: &job.Reassemble{}}}},
		{Name: "review", Do: []job.Operator{{Scan: &job.Scan{}}}}}}
	p, err := Compile(Config{Job: j, Formats: stubs, EventTimeMin: -1e12, EventTimeMax: 1e12})
	if err != nil {
		t.Fatal(err)
	}
	c, err := p.Chain(3)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, chain: c}
	in := r.in(1000, "")
	in.Headers = append(in.Headers, event.Header{Key: event.HeaderChunk, Value: event.AppendChunk(nil, event.Chunk{Count: 1, Hash: event.Hash(nil)})})
	var values [][]byte
	if err := c.Process(in, func(_ Destination, out *event.Record) { values = append(values, out.Value) }); err != nil {
		t.Fatal(err)
	}
	if len(values) != 1 || values[0] == nil || len(values[0]) > 0 {
		t.Errorf("it gave the values %#v, want one of no bytes", values)
	}
}
