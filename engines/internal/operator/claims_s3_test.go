package operator

import (
	"errors"
	"io/fs"
	"testing"
	"time"

	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
	"github.com/streamgauge/streamgauge/harness/payload/s3"
	"github.com/streamgauge/streamgauge/harness/payload/s3test"
)

// A claim check in S3 is tested as one in a folder is, and a server that is gone is no missing object.
func TestClaimChecksInS3(t *testing.T) {
	s3test.Credentials(t, s3test.Key, s3test.Secret)
	server := s3test.Start(t)
	store, err := s3.New(t.Context(), s3.Config{Endpoint: server.URL, Bucket: s3test.Bucket, Prefix: "sg.1", PathStyle: true})
	if err != nil {
		t.Fatal(err)
	}
	store.Patience = 100 * time.Millisecond
	j := &job.Job{Stages: []job.Stage{{Name: "only", Do: []job.Operator{{Scan: &job.Scan{}}}}}}
	p, err := Compile(Config{Job: j, Formats: stubs, Store: store, EventTimeMin: -1e12, EventTimeMax: 1e12})
	if err != nil {
		t.Fatal(err)
	}
	c, err := p.Chain(3)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, chain: c}
	claim := func() *event.Record {
		in := r.in(1000, "1/5/0")
		in.Headers = append(in.Headers, event.Header{Key: event.HeaderChunk,
			Value: event.AppendChunk(nil, event.Chunk{Total: 4, Hash: event.Hash([]byte(claimed))})})
		return in
	}
	for _, c := range []struct {
		name    string
		content []byte
		want    string
	}{
		{"no object", nil, "dead missing_object 1/5/0"},
		{"the object", []byte(claimed), `event {"bytes":4,"hash":-7437158561069392946,"peak":2,"sum":-1}`},
		{"cut off", []byte(claimed[:3]), "dead bad_checksum 1/5/0"},
		{"a byte flipped", []byte("\x01\x00\xfe\xfe"), "dead bad_checksum 1/5/0"},
		{"longer", []byte(claimed + "\x00"), "dead bad_checksum 1/5/0"},
		{"empty", []byte{}, "dead bad_checksum 1/5/0"},
		{"removed", nil, "dead missing_object 1/5/0"},
	} {
		server.Set("sg.1/1/5/0", c.content)
		check(t, c.name, r.do(claim()), c.want)
	}
	server.Stop()
	if err := c.Process(claim(), Discard); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Process = %v with a server that is gone, want an error", err)
	}
}
