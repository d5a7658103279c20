package scenario

import (
	"math"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/streamgauge/streamgauge/generators/blob"
)

const largeJob = `schema: 1
name: large
stages: [{name: one, do: [scan: {}]}, {name: two, do: [scan: {}]}]
answers: {probe: event, per_event: event}
`

// sizes reads a scenario with a payload.
func sizes(t *testing.T, payload, more string) (*Scenario, error) {
	t.Helper()
	f := files()
	f["jobs/large.yaml"] = &fstest.MapFile{Data: []byte(largeJob)}
	f["jobs/assembled.yaml"] = &fstest.MapFile{Data: []byte(strings.Replace(largeJob, "scan", "reassemble", 1))}
	src := "schema: 1\nstream: {payload: " + payload + "}\nload: {rate: 40/s}\n" + more
	if !strings.Contains(more, "engines:") {
		src += "engines: {tuple: {}}\n"
	}
	if !strings.HasPrefix(more, "job:") {
		src += "job: large\n"
	}
	f["mine.yaml"] = &fstest.MapFile{Data: []byte(src)}
	return Read(Options{Name: "mine", Files: f, Known: known(), Encodings: []string{"json"}})
}

func TestPayloadDefaults(t *testing.T) {
	s, err := sizes(t, "{largest: 110MB}", "")
	if err != nil {
		t.Fatal(err)
	}
	if want := (Payload{Smallest: 100, Largest: 110e6, Carrier: "chunked", Chunk: 1e6, Link: 100e6}); s.Stream.Payload != want {
		t.Errorf("payload %+v, want %+v", s.Stream.Payload, want)
	}
	if _, floor := s.Engines[Floor]; floor {
		t.Error("there is a floor, which would answer chunks")
	}
}

func TestLargestRecord(t *testing.T) {
	for _, c := range []struct {
		payload, more string
		want          int64
	}{
		{"{largest: 110MB}", "", 1e6},
		{"{largest: 110MB, chunk: 4MB}", "", 4e6},
		{"{largest: 110MB}", "job: assembled\n", 110e6},
		{"{largest: 110MB, carrier: inline}", "", 110e6},
		{"{largest: 110MB, carrier: claim-check}", "job: assembled\n", 1e6},
		{"{largest: 5KB}", "", 5000},
		{"{largest: 110MB}", "placement: isolated\nengines: {tuple: {}, whole: {engine: tuple, carrier: inline}}\n", 110e6},
		{"{largest: 110MB}", "placement: isolated\nengines: {tuple: {}, whole: {engine: tuple, job: assembled}}\n", 110e6},
		{"{largest: 110MB, carrier: inline}", "placement: isolated\nfloor: false\nengines: {tuple: {carrier: claim-check}}\n", 1e6},
	} {
		s, err := sizes(t, c.payload, c.more)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.LargestRecord(); got != c.want {
			t.Errorf("%s %s: LargestRecord() = %d, want %d", c.payload, c.more, got, c.want)
		}
	}
}

func TestPayloadProblems(t *testing.T) {
	for _, c := range []struct{ payload, more, want string }{
		{"{largest: 111MB}", "", "stream.payload.largest"},
		{"{smallest: 100}", "", "stream.payload.largest"},
		{"{largest: 1KB, smallest: 2KB}", "", "stream.payload.smallest"},
		{"{largest: 1MB, carrier: pigeon}", "", "pigeon"},
		{"{largest: 1MB, chunk: 10}", "", "stream.payload.chunk"},
		{"{largest: 40KB, chunk: 10KB, link: 1KB}, devices: 2", "",
			"1KB a second from one device; 40/s of about 3.05KB each, from 2 devices, are 61KB a second from one"},
		{"{smallest: 1KB, largest: 1KB, link: 1KB}, devices: 39", "", "are 1.02KB a second from one"},
		{"{largest: 1MB}", "job: win\n", "job of large messages"},
		{"{largest: 1MB}, pad: 1KB", "", "not with stream.payload"},
		{"{largest: 1MB}, recording: rooms", "", "one of the three"},
		{"{largest: 1MB}", "placement: isolated\nengines: {tuple: {carrier: pigeon}}\n", `engines.tuple.carrier: "pigeon"`},
		{"{largest: 1MB}", "engines: {tuple: {carrier: inline}}\n", "engines.tuple.carrier: engines side by side read the same records"},
		{"{largest: 1MB}", "engines: {tuple: {job: assembled}}\n", "engines.tuple.job: engines side by side read the same records"},
		{"{largest: 1MB}", "placement: isolated\nengines: {tuple: {job: win}}\n", "engines.tuple.job: an engine's own job is one of large messages"},
		{"{largest: 1MB}", "placement: isolated\nengines: {tuple: {job: assembeld}}\n", "did you mean `assembled`?"},
		{"{largest: 1MB}", "placement: isolated\nengines: {bare: {job: assembled}}\n", "bare cannot do job assembled; it lacks reassemble, scan"},
		{"{largest: 1MB, carrier: inline}", "placement: isolated\nengines: {copy: {engine: 'null', carrier: chunked}}\n", "a message by chunked is not one"},
	} {
		if _, err := sizes(t, c.payload, c.more); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %s: %v, want a problem with %q", c.payload, c.more, err, c.want)
		}
	}
}

// Each engine gets its own carrier and job, all else is the scenario's.
func TestOwnWays(t *testing.T) {
	s, err := sizes(t, "{largest: 110MB}", "placement: isolated\nengines: {plain: {engine: tuple}, claim: {engine: tuple, carrier: claim-check}, whole: {engine: tuple, job: assembled}}\n")
	if err != nil {
		t.Fatal(err)
	}
	for label, want := range map[string][2]string{"plain": {"chunked", "large"}, "claim": {"claim-check", "large"}, "whole": {"chunked", "assembled"}} {
		own := s.For(label)
		if got := [2]string{own.Stream.Payload.Carrier, own.JobName}; got != want || assembles(own.Job) != (want[1] == "assembled") {
			t.Errorf("For(%q) has carrier and job %v, want %v", label, got, want)
		}
		if again := own.For(label); again.Stream.Payload != own.Stream.Payload || again.JobName != own.JobName || len(own.Engines) != 3 || own.Load != s.Load {
			t.Errorf("For(%q) of its own is another: %+v", label, again)
		}
	}
	if s.Stream.Payload.Carrier != "chunked" || s.Engines["claim"].Carrier != "claim-check" {
		t.Error("For changed the scenario")
	}
}

func TestOwnWaysTakeLargeMessages(t *testing.T) {
	_, err := read(t, with("engines: {tuple: {carrier: inline}}"))
	if err == nil || !strings.Contains(err.Error(), "engines.tuple.carrier: goes with stream.payload") {
		t.Errorf("Read = %v, want the carrier of readings refused", err)
	}
}

func TestTheFloorIsNotAskedForMessagesOfManyRecords(t *testing.T) {
	for _, carrier := range []string{"chunked", "claim-check"} {
		_, err := sizes(t, "{largest: 5KB, carrier: "+carrier+"}", "engines: {tuple: {}, copy: {engine: 'null'}}\n")
		if err == nil || !strings.Contains(err.Error(), "engines.copy: null copies records, of which a message by "+carrier+" is not one") {
			t.Errorf("%s: Read = %v, want the floor refused", carrier, err)
		}
	}
	if _, err := sizes(t, "{largest: 5KB, carrier: inline}", "engines: {tuple: {}, copy: {engine: 'null'}}\n"); err != nil {
		t.Errorf("inline: %v", err)
	}
}

func TestLinksThatCarryTheLoad(t *testing.T) {
	for _, payload := range []string{"{smallest: 1KB, largest: 1KB, link: 1KB}, devices: 40", "{largest: 40KB, link: 62KB}, devices: 2"} {
		if _, err := sizes(t, payload, ""); err != nil {
			t.Errorf("%s: %v", payload, err)
		}
	}
}

// The mean is that of the sizes that the generator draws.
func TestMeanSize(t *testing.T) {
	for _, p := range []Payload{{Smallest: 100, Largest: 40e3}, {Smallest: 100, Largest: 110e6}, {Smallest: 1000, Largest: 5000}, {Smallest: 700, Largest: 1000}} {
		s, err := blob.New(blob.Config{Devices: 1, Smallest: int(p.Smallest), Largest: int(p.Largest), Speed: 1})
		if err != nil {
			t.Fatal(err)
		}
		var sum int64
		const n = 100_000
		for seq := range uint64(n) {
			sum += int64(s.Size(0, seq))
		}
		if drawn := float64(sum) / n; math.Abs(float64(p.mean())/drawn-1) > 0.02 {
			t.Errorf("%+v: mean %d, of those drawn %.0f", p, p.mean(), drawn)
		}
	}
}

func TestStoreProblems(t *testing.T) {
	for _, c := range []struct{ store, want string }{
		{"kind: ftp", "stream.payload.store.kind"},
		{"bucket: mine", "go with kind: s3"},
		{"kind: folder, path_style: true", "go with kind: s3"},
		{"kind: s3", "stream.payload.store.bucket"},
		{"kind: s3, bucket: My_Bucket", "stream.payload.store.bucket"},
		{"kind: s3, bucket: mine, endpoint: 'localhost:9000'", "stream.payload.store.endpoint"},
		{"kind: s3, bucket: mine, endpoint: 'ftp://localhost'", "stream.payload.store.endpoint"},
		{"kind: s3, bucket: mine, endpoint: 'http://localhost/path'", "stream.payload.store.endpoint"},
		{"kind: s3, bucket: mine, endpoint: 'http://u:p@localhost'", "credentials come from the environment"},
		{"kind: s3, bucket: mine, prefix: /a", "stream.payload.store.prefix"},
		{"kind: s3, bucket: mine, prefix: a/../b", "stream.payload.store.prefix"},
		{"kind: s3, bucket: mine, region: Bavaria", "stream.payload.store.region"},
		{"kind: s3, bucket: mine, secret_key: x", "secret_key"},
	} {
		_, err := sizes(t, "{largest: 5KB, carrier: claim-check, store: {"+c.store+"}}", "")
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: Read = %v, want a problem with %q", c.store, err, c.want)
		}
	}
}

// Where a store is found does not matter to a comparison, of what kind it is does; a folder said is the folder that is the default.
func TestTheKindOfStoreIsCompared(t *testing.T) {
	key := func(store string) string {
		t.Helper()
		s, err := sizes(t, "{largest: 5KB, carrier: claim-check"+store+"}", "")
		if err != nil {
			t.Fatal(err)
		}
		return s.ComparableKey()
	}
	none, one := key(""), key(", store: {kind: s3, bucket: one, endpoint: 'http://localhost:9000', path_style: true}")
	if key(", store: {kind: folder}") != none || one == none || one != key(", store: {kind: s3, bucket: two, prefix: a/b, region: eu-central-1}") {
		t.Error("the comparable key holds more or less of the store than its kind")
	}
}

// ofPreset reads a scenario of a preset with blobs of up to 50 MB.
func ofPreset(t *testing.T, stream string) (*Scenario, error) {
	t.Helper()
	f := files()
	f["jobs/large.yaml"] = &fstest.MapFile{Data: []byte(largeJob)}
	f["mine.yaml"] = &fstest.MapFile{Data: []byte("schema: 1\nstream: {preset: indoor, " + stream + "}\nload: {rate: 40/s}\nengines: {tuple: {}}\njob: large\n")}
	return Read(Options{Name: "mine", Files: f, Known: known(), Encodings: []string{"json"},
		Blobs: func(string) (float64, int64, error) { return 1e6, 50e6, nil }})
}

// The messages of a preset have sizes of their own, which limits and estimates go by.
func TestPresetsHaveTheirSizes(t *testing.T) {
	for _, c := range []struct {
		stream string
		want   int64
	}{{"payload: {chunk: 1MB}", 1e6}, {"payload: {carrier: inline}", 50e6 + ordinary}, {"payload: {carrier: claim-check}", 1e6}, {"devices: 100", 50e6 + ordinary}} {
		s, err := ofPreset(t, c.stream)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.LargestRecord(); got != c.want {
			t.Errorf("%s: LargestRecord() = %d, want %d", c.stream, got, c.want)
		}
		if e := s.Estimate(); e.InputBytes < e.Records/2*1e6 {
			t.Errorf("%s: an input of %d bytes for %d records, want a megabyte for each event", c.stream, e.InputBytes, e.Records)
		}
	}
	for _, c := range []struct{ stream, want string }{
		{"payload: {largest: 1MB}", "smallest and largest go without stream.preset"},
		{"payload: {carrier: pigeon}", "pigeon"},
		{"payload: {carrier: inline}, damaged: 1%", "not with a preset"},
		{"payload: {link: 1KB}, devices: 2", "1KB a second from one device"},
	} {
		if _, err := ofPreset(t, c.stream); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want a problem with %q", c.stream, err, c.want)
		}
	}
}
