package scenario

import (
	"strings"
	"testing"
	"testing/fstest"
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
	if !strings.Contains(more, "job:") {
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
		{"{largest: 1MB}", "job: win\n", "job of large messages"},
		{"{largest: 1MB}, pad: 1KB", "", "not with stream.payload"},
		{"{largest: 1MB}, recording: rooms", "", "one of the three"},
	} {
		if _, err := sizes(t, c.payload, c.more); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %s: %v, want a problem with %q", c.payload, c.more, err, c.want)
		}
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
