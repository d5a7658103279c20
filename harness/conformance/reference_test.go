package conformance

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os/exec"
	"testing"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
)

// refTrial is the first line of the reference's input, refRecord each further one and each line of its output. Bytes are
// base64 there, as encoding/json writes them.
type refTrial struct {
	Job          *job.Job                    `json:"job"`
	EventTimeMin int64                       `json:"event_time_min"`
	EventTimeMax int64                       `json:"event_time_max"`
	Registry     map[string]map[string]int64 `json:"registry"`
	Objects      map[string][]byte           `json:"objects,omitempty"`
}

type refRecord struct {
	Dead      bool        `json:"d"`
	Partition int32       `json:"p"`
	Key       []byte      `json:"k"`
	Value     []byte      `json:"v"`
	Headers   []refHeader `json:"h"`
}

type refHeader struct {
	key   string
	value []byte
}

func (h refHeader) MarshalJSON() ([]byte, error) { return json.Marshal([]any{h.key, h.value}) }

func (h *refHeader) UnmarshalJSON(b []byte) error {
	return json.Unmarshal(b, &[]any{&h.key, &h.value})
}

// python finds the interpreter, or skips the test so that nobody can miss it.
func python(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("SKIPPED: python3 is not installed: the third reference implementation was not run")
	}
	return path
}

// reference runs reference.py over records in the order given.
func reference(t *testing.T, trial refTrial, records []event.Record) []refRecord {
	t.Helper()
	var in bytes.Buffer
	enc := json.NewEncoder(&in)
	if err := enc.Encode(trial); err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		line := refRecord{Partition: r.Partition, Key: r.Key, Value: r.Value}
		for _, h := range r.Headers {
			line.Headers = append(line.Headers, refHeader{h.Key, h.Value})
		}
		if err := enc.Encode(line); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), python(t), "reference/reference.py")
	var out, problems bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = &in, &out, &problems
	if err := cmd.Run(); err != nil {
		t.Fatalf("running reference.py: %v\n%s", err, problems.String())
	}
	var all []refRecord
	sc := bufio.NewScanner(&out)
	sc.Buffer(nil, 16<<20)
	for sc.Scan() {
		var r refRecord
		if err := json.Unmarshal(sc.Bytes(), &r); err != nil {
			t.Fatalf("reading what reference.py wrote: %v", err)
		}
		all = append(all, r)
	}
	if err := sc.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

func (r refRecord) record() event.Record {
	rec := event.Record{Partition: r.Partition, Key: r.Key, Value: r.Value}
	for _, h := range r.Headers {
		rec.Headers = append(rec.Headers, event.Header{Key: h.key, Value: h.value})
	}
	return rec
}

func (f *feed) refTrial() refTrial {
	t := refTrial{Job: f.job, EventTimeMin: f.min, EventTimeMax: f.max, Registry: map[string]map[string]int64{}, Objects: map[string][]byte{}}
	for key, fields := range f.registry {
		t.Registry[base64Key(key)] = fields
	}
	for name, content := range f.objects {
		t.Objects[base64Key(name)] = content
	}
	return t
}

func base64Key(key string) string {
	b, _ := json.Marshal([]byte(key))
	return string(b[1 : len(b)-1])
}

// records plays a feed without an engine: what would stand in the input topic, in the order of sending. Each heartbeat is
// sent once. Without scripts only the heartbeats remain.
func (f *feed) records(t *testing.T, scripts bool) []event.Record {
	t.Helper()
	var all []event.Record
	var beats []heartbeat
	for p, key := range f.heartbeats() {
		beats = append(beats, heartbeat{key: key, partition: int32(p), device: uint32(p)})
	}
	offsets := make([]int64, f.partitions)
	add := func(r event.Record) {
		r.Offset = offsets[r.Partition]
		offsets[r.Partition]++
		all = append(all, r)
	}
	for _, o := range f.ops {
		switch o.kind {
		case opSend:
			if scripts {
				add(o.record.Record)
			}
		case opHeartbeats, opBarrier, opAwaitWindow, opContinue:
			for i := range beats {
				r, err := f.heartbeat(&beats[i], o)
				if err != nil {
					t.Fatal(err)
				}
				add(r.Record)
			}
		}
	}
	return all
}

func TestReferenceAgrees(t *testing.T) {
	python(t)
	for _, g := range groupScripts(load(t)) {
		f, err := compile(g, 3)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(g.job.Name+"/"+g.scripts[0].Name, func(t *testing.T) {
			t.Parallel()
			s := seen{outputs: make([][]wrote, len(f.scripts))}
			for _, r := range reference(t, f.refTrial(), f.records(t, true)) {
				s.output(f, "reference", r.record(), r.Dead)
			}
			for _, p := range s.problems {
				t.Error(p)
			}
			for i := range f.scripts {
				if o := judge(f, i, s.outputs[i], engines.ExactlyOnce); o.State != Passed {
					t.Errorf("%s: reference.py differs:\n%s", o.Script, o.Diff)
				}
			}
		})
	}
}
