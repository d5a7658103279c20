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
