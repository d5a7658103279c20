package scenario

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/streamgauge/streamgauge/harness/job"
	"github.com/streamgauge/streamgauge/harness/yamlstrict"
	"github.com/streamgauge/streamgauge/scenarios"
)

const windowJob = `schema: 1
name: win
reading: {device: id, time: {path: ts, unit: s}, metrics: {temp: {path: t, unit: Cel}}}
event_time: {lateness: 30s}
stages:
  - name: one
    do: [decode: {}, window: {node: 1, tumbling: 60s, metric: temp, emit: [event, window]}, encode: {as: canonical-json}]
answers: {probe: event, per_event: event}
`

const plain = `schema: 1
job: win
stream: {recording: rooms, event_time: {speed: 20x}}
load: {rate: 100/s}
engines: {tuple: {}, batch: {}}
`

func files() fstest.MapFS {
	return fstest.MapFS{
		"plain.yaml":              {Data: []byte(plain)},
		"jobs/win.yaml":           {Data: []byte(windowJob)},
		"recorded/rooms.jsonl.gz": {},
		"recorded/README.md":      {},
		"presets/indoor.yaml":     {},
		"recorded/NOTICE":         {},
	}
}

func known() map[string]Ability {
	all := job.Operators()
	both := []string{AtLeastOnce, ExactlyOnce}
	return map[string]Ability{
		"null":  {Guarantees: []string{AtLeastOnce}},
		"tuple": {Guarantees: both, Operators: all},
		"batch": {Guarantees: []string{AtLeastOnce}, Operators: all, Batches: true, Encodings: []string{"json", "cbor"}},
		"farm": {Guarantees: both, Operators: all, Deployments: []string{"local", "cluster", "remote"},
			Addresses: map[string]string{"rest": "the URL of its REST, such as http://host:8081"},
			CheckAddress: func(_, address string) error {
				if strings.HasPrefix(address, "http") {
					return nil
				}
				return fmt.Errorf("%q is no URL", address)
			}},
		"bare": {Guarantees: both, Operators: []string{"decode", "encode"}, Reasons: map[string]string{"window": "has no state"}},
	}
}

// read reads a scenario given as text.
func read(t *testing.T, src string, set ...Setting) (*Scenario, error) {
	t.Helper()
	f := files()
	f["mine.yaml"] = &fstest.MapFile{Data: []byte(src)}
	return Read(Options{Name: "mine", Files: f, Set: set, Known: known(), Encodings: []string{"cbor", "json"}, Packings: []string{"zstd"}})
}

func TestReadFillsInDefaults(t *testing.T) {
	s, err := read(t, plain)
	if err != nil {
		t.Fatal(err)
	}
	if s.Job == nil || s.Job.Name != "win" {
		t.Errorf("Job = %v, want the job win", s.Job)
	}
	s.Job = nil
	want := Default()
	want.Schema, want.Name, want.Title, want.JobName = 1, "mine", "mine", "win"
	want.Stream.Recording, want.Stream.EventTime.Speed, want.Load.Rate = "rooms", 20, 100
	want.Engines = map[string]Engine{
		"null":  {Engine: "null", Deploy: "local", Parallelism: 2, CommitInterval: 100, Guarantee: AtLeastOnce},
		"tuple": {Engine: "tuple", Deploy: "local", Parallelism: 2, CommitInterval: 100, Guarantee: AtLeastOnce},
		"batch": {Engine: "batch", Deploy: "local", Parallelism: 2, CommitInterval: 100, BatchInterval: 500, Guarantee: AtLeastOnce},
	}
	if diff := cmp.Diff(&want, s); diff != "" {
		t.Errorf("Read (-want +got):\n%s", diff)
	}
}

func TestReadKeepsWhatIsGiven(t *testing.T) {
	s, err := read(t, `schema: 1
title: T
job: win
floor: false
guarantee: exactly-once
observe: {stages: false}
deadlines: {ready: 5m, stop: 2s}
broker: {partitions: 4}
stream: {recording: rooms}
load: {profile: recorded}
engines:
  fast: {engine: tuple, parallelism: 1, commit_interval: 10ms}
  weak: {engine: batch, guarantee: at-least-once, batch_interval: 200ms, options: {a: {b: 1}}}
`)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]Engine{
		"fast": {Engine: "tuple", Deploy: "local", Parallelism: 1, CommitInterval: 10, Guarantee: ExactlyOnce},
		"weak": {Engine: "batch", Deploy: "local", Parallelism: 4, CommitInterval: 100, BatchInterval: 200, Guarantee: AtLeastOnce,
			Options: map[string]any{"a": map[string]any{"b": int64(1)}}},
	}
	if diff := cmp.Diff(want, s.Engines); diff != "" {
		t.Errorf("Engines (-want +got):\n%s", diff)
	}
	if want := (Deadlines{Ready: 300_000, Drain: DefaultDrainWithin, Stop: 2_000}); s.Deadlines != want {
		t.Errorf("Deadlines = %v, want %v", s.Deadlines, want)
	}
	if s.Floor || s.Observe.Stages || s.Title != "T" {
		t.Errorf("Floor, Observe.Stages, Title = %t, %t, %q, want false, false, T", s.Floor, s.Observe.Stages, s.Title)
	}
}

func TestFloorTakesTheShortestCommitAndAWeakerGuarantee(t *testing.T) {
	s, err := read(t, "schema: 1\njob: win\nguarantee: exactly-once\nstream: {recording: rooms}\nload: {rate: 1/s}\nengines: {tuple: {commit_interval: 20ms}}\n")
	if err != nil {
		t.Fatal(err)
	}
	want := Engine{Engine: "null", Deploy: "local", Parallelism: 2, CommitInterval: 20, Guarantee: AtLeastOnce}
	if diff := cmp.Diff(want, s.Engines["null"]); diff != "" {
		t.Errorf("floor (-want +got):\n%s", diff)
	}
}

// with puts a line into plain, replacing the line that begins with the same key.
func with(line string) string {
	key, _, _ := strings.Cut(line, ":")
	var lines []string
	for l := range strings.Lines(plain) {
		if !strings.HasPrefix(l, key+":") {
			lines = append(lines, l)
		}
	}
	return strings.Join(lines, "") + line + "\n"
}

func TestReadRefuses(t *testing.T) {
	for _, c := range []struct{ name, src, want string }{
		{"unknown key", with("lod: {rate: 1/s}"), "mine.yaml:6:1: unknown key `lod`; did you mean `load`?"},
		{"schema", with("schema: 2"), "mine.yaml:5:9: schema: 2; this version reads 1"},
		{"unknown job", with("job: wim"), "mine.yaml:5:6: unknown job \"wim\"; did you mean `win`?"},
		{"no recording", with("stream: {devices: 9}"), "mine.yaml:5:9: stream.recording: none; valid: rooms, or a path; stream.preset and stream.payload are other ways"},
		{"unknown preset", with("stream: {preset: indor}"), "mine.yaml:5:18: stream.preset: unknown preset \"indor\"; did you mean `indoor`?"},
		{"preset and recording", with("stream: {recording: rooms, preset: indoor}"), "mine.yaml:5:36: stream.preset: goes without stream.recording: a stream comes from one of the two"},
		{"preset and damage", with("stream: {preset: indoor, damaged: 1%}"), "mine.yaml:5:35: stream.damaged: goes with a recording, not with a preset"},
		{"unknown recording", with("stream: {recording: room}"), "mine.yaml:5:21: stream.recording: unknown recording \"room\"; did you mean `rooms`?"},
		{"unknown encoding", with("stream: {recording: rooms, encoding: xml}"), "mine.yaml:5:38: stream.encoding: \"xml\"; valid: cbor, json"},
		{"unknown compression", with("stream: {recording: rooms, encoding: json+rar}"), "mine.yaml:5:38: stream.encoding: \"rar\"; valid: zstd"},
		{"padding of another encoding", with("stream: {recording: rooms, encoding: cbor, pad: 2KB}"), "mine.yaml:5:49: stream.pad: 2KB; only messages in json take a filler"},
		{"an encoding that an engine does not decode", with("stream: {recording: rooms, encoding: cbor+zstd}"), "mine.yaml:4:29: engines.batch: batch does not decode zstd; it decodes json, cbor"},
		{"no devices", with("stream: {recording: rooms, devices: 0}"), "mine.yaml:5:37: stream.devices: 0; want 1 to 2147483648"},
		{"fewer devices than partitions", with("stream: {recording: rooms, devices: 1}"), "mine.yaml:5:37: stream.devices: 1 for 2 partitions; want at least one a partition"},
		{"unit of a share", with("stream: {recording: rooms, damaged: 1}"), `mine.yaml:5:37: "1" is not a share from 0% to 100%, such as 0.1%`},
		{"disorder without extent", with("stream: {recording: rooms, disorder: {share: 1%}}"), "mine.yaml:5:38: stream.disorder: share 1%, up_to 0s; want both above 0 or neither"},
		{"disorder beyond lateness", with("stream: {recording: rooms, disorder: {share: 1%, up_to: 30s}}"), "mine.yaml:5:57: stream.disorder.up_to: 30s; want less than the job's lateness, 30s: later events may be left out of a window"},
		{"speed beyond lateness", with("stream: {recording: rooms, event_time: {speed: 26x}}"), "mine.yaml:5:48: stream.event_time.speed: at 26x an engine that waits up to 500ms at a hop (batch) needs a lateness of 31s (2 × interval × speed + 5s); the job has 30s; up to 25x fits"},
		{"profile", with("load: {profile: burst, rate: 1/s}"), "mine.yaml:5:17: load.profile: \"burst\"; valid: constant, poisson, prefilled, recorded"},
		{"no rate", with("load: {measure: 5s}"), "mine.yaml:5:7: load.rate: none; the profile constant needs one, such as 5000/s"},
		{"rate with recorded", with("load: {profile: recorded, rate: 1/s}"), "mine.yaml:5:33: load.rate: goes with the profiles constant, poisson and prefilled; recorded keeps the recording's pace"},
		{"prefilled without a rate", with("load: {profile: prefilled, warmup: 0s, measure: 1s}\nplacement: isolated"), "mine.yaml:5:7: load.rate: none; the profile prefilled needs one, such as 5000/s"},
		{"prefilled with a warm-up", with("load: {profile: prefilled, rate: 5/s, warmup: 1s, measure: 1s}\nplacement: isolated"), "mine.yaml:5:47: load.warmup: 1s; an input that lies ready has none: write warmup: 0s"},
		{"prefilled side by side", with("load: {profile: prefilled, rate: 5/s, warmup: 0s, measure: 1s}"), "mine.yaml:1:1: placement: side-by-side; engines drain a prefilled input one at a time: write placement: isolated"},
		{"prefilled beyond lateness", with("load: {profile: prefilled, rate: 5/s, warmup: 0s, measure: 2s}\nplacement: isolated"), "mine.yaml:5:60: load.measure: a prefilled input of 40s of event time; at most the job's lateness, 30s: engines read partitions at different speeds, and later events may be left out of a window; a higher load.rate packs more events into it"},
		{"short measure", with("load: {rate: 5/s, measure: 500ms}"), "mine.yaml:5:28: load.measure: 500ms; want at least 1s"},
		{"a phase that ends within a step", with("load: {rate: 5/s, measure: 1005ms}"), "mine.yaml:5:28: load.measure: 1.005s; want whole 10ms, the steps in which due events are counted"},
		{"overflowing windows", with("load: {rate: 900000000/s}"), "mine.yaml:3:9: stream.devices: 1000 at 900000000/s put about 2700000 events of a device into a window of 1m0s; at most 900000 are exact: more devices, less load or a smaller window"},
		{"placement", with("placement: side by side"), "mine.yaml:6:12: placement: \"side by side\"; did you mean `side-by-side`?"},
		{"repetitions", with("repetitions: 0"), "mine.yaml:6:14: repetitions: 0; want 1 to 1000"},
		{"no engines", "floor: false\n" + with("engines: {}"), "mine.yaml:6:10: engines: none; name at least one"},
		{"unknown engine", with("engines: {tupel: {}}"), "mine.yaml:5:18: engines.tupel: unknown engine \"tupel\"; did you mean `tuple`?"},
		{"unknown engine under a label", with("engines: {a: {engine: tupel}}"), "mine.yaml:5:23: engines.a.engine: unknown engine \"tupel\"; did you mean `tuple`?"},
		{"label", with("engines: {Tuple_1: {engine: tuple}}"), "mine.yaml:5:20: engines.Tuple_1: the label becomes part of topic names; want lower case letters, digits and -, at most 32, and not \"in\""},
		{"label taken by the input", with("engines: {in: {engine: tuple}}"), "mine.yaml:5:15: engines.in: the label becomes part of topic names; want lower case letters, digits and -, at most 32, and not \"in\""},
		{"absent operator", with("engines: {bare: {}}"), "mine.yaml:5:17: engines.bare: bare cannot do job win; it lacks window (has no state)"},
		{"batch interval without batches", with("engines: {tuple: {batch_interval: 1s}}"), "mine.yaml:5:35: engines.tuple.batch_interval: tuple does not work in batches"},
		{"parallelism 0", with("engines: {tuple: {parallelism: 0}}"), "mine.yaml:5:32: engines.tuple.parallelism: 0; want 1 to 10000"},
		{"commit interval 0", with("engines: {tuple: {commit_interval: 0s}}"), "mine.yaml:5:36: engines.tuple.commit_interval: 0s; want 1ms to 1h"},
		{"unsupported guarantee", with("engines: {batch: {guarantee: exactly-once}}"), "mine.yaml:5:30: engines.batch.guarantee: exactly-once is not supported by batch (at-least-once)"},
		{"unknown guarantee of an engine", with("engines: {batch: {guarantee: exact-once}}"), "mine.yaml:5:30: engines.batch.guarantee: \"exact-once\"; did you mean `exactly-once`?"},
		{"unsupported guarantee of the scenario", with("guarantee: exactly-once"), "mine.yaml:6:12: guarantee: exactly-once is not supported by batch (at-least-once)"},
		{"command without external", with("engines: {tuple: {command: [a]}}"), "mine.yaml:5:28: engines.tuple.command: engine external, and only it, has a command: [program, argument, …]"},
		{"external without command", with("engines: {external: {}}"), "mine.yaml:5:21: engines.external.command: engine external, and only it, has a command: [program, argument, …]"},
		{"partitions", with("broker: {partitions: 0}"), "mine.yaml:6:22: broker.partitions: 0; want 1 to 10000"},
		{"three embedded nodes", with("broker: {nodes: 3}"), "mine.yaml:6:17: broker.nodes: 3; want 1 to 1"},
		{"two local nodes", with("broker: {kind: local, nodes: 2}"), "mine.yaml:6:30: broker.nodes: 2; want 1 or 3"},
		{"broker misspelt", with("broker: {kind: embeded}"), "mine.yaml:6:16: broker.kind: \"embeded\"; want embedded, local or HOST:PORT[,HOST:PORT…]; did you mean `embedded`?"},
		{"port", with("broker: {kind: 'a:9092,b:99999'}"), "mine.yaml:6:16: broker.kind: \"b:99999\" is not HOST:PORT with a port from 1 to 65535"},
		{"config of an embedded broker", with("broker: {config: x/client.properties}"), "mine.yaml:6:18: broker.config: goes with a broker that runs already: kind HOST:PORT, or remote if client.properties has the addresses"},
		{"limit 0", with("limits: {send_delay_p99: 0s}"), "mine.yaml:6:26: limits.send_delay_p99: 0s; no driver is that punctual"},
		{"deadline 0", with("deadlines: {ready: 0s}"), "mine.yaml:6:20: deadlines.ready: 0s; want 100ms to 1h"},
		{"deadline of days", with("deadlines: {drain: 48h}"), "mine.yaml:6:20: deadlines.drain: 48h0m0s; want 100ms to 1h"},
		{"negative deadline", with("deadlines: {stop: -1s}"), "mine.yaml:6:19: deadlines.stop: -1s; want 100ms to 1h"},
		{"fault on nothing", with("faults: [{at: 10s, engine: tupel, do: kill, for: 1s}]"), "mine.yaml:6:28: faults[0].engine: the scenario has no engine \"tupel\"; did you mean `tuple`?"},
		{"fault after the end", with("faults: [{at: 40s, engine: tuple, do: kill, for: 1s}]"), "mine.yaml:6:15: faults[0].at: 40s; want 0s to 33s, the end of the measure phase"},
		{"kill of an embedded broker", with("faults: [{at: 4s, do: kill-broker, node: 1}]"), "mine.yaml:6:23: faults[0].do: kill-broker takes a broker that the run starts: broker.kind local"},
		{"kill of a node there is not", with("broker: {kind: local}\nfaults: [{at: 4s, do: kill-broker, node: 2}]"), "mine.yaml:7:42: faults[0].node: 2; want 1 to 1"},
		{"kill of a broker and an engine", with("broker: {kind: local}\nfaults: [{at: 4s, do: kill-broker, engine: tuple, node: 1}]"), "mine.yaml:7:44: faults[0].engine: kill-broker is aimed at the broker: name a node"},
		{"kill of a node of an engine", with("faults: [{at: 4s, engine: tuple, do: kill, node: 1}]"), "mine.yaml:6:50: faults[0].node: goes with kill-broker"},
		{"kill of a node of all engines", with("faults: [{at: 4s, do: kill, node: 7}]"), "mine.yaml:6:35: faults[0].node: goes with kill-broker"},
		{"fault without a deed", with("faults: [{at: 4s, engine: tuple, do: hurt, for: 1s}]"), "mine.yaml:6:38: faults[0].do: \"hurt\"; valid: kill, kill-broker, kill-worker, pause"},
		{"random faults without an end", with("faults: [{at: 4s, times: 3, do: kill}]"), "mine.yaml:6:10: faults[0].until: 0s; want the end of the 3 random instants: later than at, 4s, up to 33s, the end of the measure phase"},
		{"random faults beyond the end", with("faults: [{at: 4s, until: 34s, times: 3, do: kill}]"), "mine.yaml:6:26: faults[0].until: 34s; want the end of the 3 random instants: later than at, 4s, up to 33s, the end of the measure phase"},
		{"an end of one fault", with("faults: [{at: 4s, until: 9s, do: kill}]"), "mine.yaml:6:26: faults[0].until: goes with times: how often within it"},
		{"too many faults", with("faults: [{at: 4s, until: 9s, times: 1001, do: kill}]"), "mine.yaml:6:37: faults[0].times: 1001; want how often, up to 1000"},
		{"fault on the floor alone", with("engines: {null: {}}\nfaults: [{at: 4s, do: kill}]"), "mine.yaml:6:10: faults[0].engine: the scenario has no engine to harm but the floor, null"},
		{"fault on all, one of them a cluster of others", with("engines: {farm: {deploy: remote, addresses: {rest: 'http://a'}}}") + "faults: [{at: 4s, do: kill}]\n", "mine.yaml:6:10: faults[0].engine: farm works on a cluster that is not the run's to harm"},
		{"unknown deployment", with("engines: {farm: {deploy: clster}}"), "mine.yaml:5:26: engines.farm.deploy: \"clster\"; did you mean `cluster`?"},
		{"unsupported deployment", with("engines: {tuple: {deploy: cluster}}"), "mine.yaml:5:27: engines.tuple.deploy: cluster is not supported by tuple (local)"},
		{"remote without addresses", with("engines: {farm: {deploy: remote}}"), "mine.yaml:5:26: engines.farm.deploy: remote needs addresses: {rest: …}, the URL of its REST, such as http://host:8081"},
		{"an address that cannot be", with("engines: {farm: {deploy: remote, addresses: {rest: yarn}}}"), `mine.yaml:5:52: engines.farm.addresses.rest: "yarn" is no URL`},
		{"unknown address", with("engines: {farm: {deploy: remote, addresses: {rest: 'http://a', rst: x}}}"), "mine.yaml:5:69: engines.farm.addresses.rst: farm has no such address; did you mean `rest`?"},
		{"addresses of its own cluster", with("engines: {farm: {deploy: cluster, addresses: {rest: 'http://a'}}}"), "mine.yaml:5:46: engines.farm.addresses: go with deploy: remote; cluster finds its own"},
		{"deployment of a command", with("engines: {external: {command: [a], deploy: cluster}}"), "mine.yaml:5:44: engines.external.deploy: engine external does its work where its command says"},
		{"fault on a cluster of others", with("engines: {farm: {deploy: remote, addresses: {rest: 'http://a'}}}") + "faults: [{at: 4s, engine: farm, do: kill}]\n", "mine.yaml:6:27: faults[0].engine: farm works on a cluster that is not the run's to harm"},
		{"fault on workers that are not there", with("faults: [{at: 4s, engine: tuple, do: kill-worker}]"), "mine.yaml:6:38: faults[0].do: tuple has no workers of its own: that takes deploy: cluster"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := read(t, c.src)
			if err == nil || err.Error() != c.want {
				t.Errorf("Read = %v\nwant   %s", err, c.want)
			}
		})
	}
}

func TestReadTakesBrokersThatRun(t *testing.T) {
	for _, kind := range []string{"localhost:9092", "10.0.0.1:9092,kafka-2.example.com:9093", "'[::1]:9092'"} {
		if _, err := read(t, with("broker: {kind: "+quoteFlow(kind)+", config: c.properties}")); err != nil {
			t.Errorf("broker kind %s: %v", kind, err)
		}
	}
	if _, err := read(t, with("broker: {kind: remote, config: c.properties}")); err != nil {
		t.Errorf("broker kind remote: %v", err)
	}
}

func quoteFlow(s string) string {
	if strings.HasPrefix(s, "'") {
		return s
	}
	return "'" + s + "'"
}

// A value that does not read is one problem, not also "missing".
func TestReadGivesNoFollowUpProblems(t *testing.T) {
	src := "schema: 1\njob: win\nstream: {recording: rooms, event_time: {speed: fast}}\nload: {rate: 5000, measure: 10}\nengines: {tuple: {parallelism: two}}\nbroker: {partitions: many}\n"
	_, err := read(t, src)
	problems := (yamlstrict.Errors)(nil)
	if !errors.As(err, &problems) || len(problems) != 5 {
		t.Errorf("Read = %d problems, want 5:\n%v", len(problems), err)
	}
}

func TestSettingsAreAsStrictAsTheFile(t *testing.T) {
	_, err := read(t, plain, Setting{"--set load.rat=5/s", "load.rat", "5/s"}, Setting{"--rate 5", "load.rate", "5"},
		Setting{"--nodes 7", "broker.nodes", "7"})
	want := "--nodes 7: broker.nodes: 7; want 1 to 1\n" +
		"--rate 5: \"5\" is not a number of events per second, such as 5000/s\n" +
		"--set load.rat=5/s: unknown key `rat`; did you mean `rate`?"
	if err == nil || err.Error() != want {
		t.Errorf("Read = %v\nwant %s", err, want)
	}
	s, err := read(t, plain, Setting{"", "load.rate", "7/s"}, Setting{"", "engines.tuple.parallelism", "1"}, Setting{"", "floor", "false"})
	if err != nil {
		t.Fatal(err)
	}
	if s.Load.Rate != 7 || s.Engines["tuple"].Parallelism != 1 || s.Engines["batch"].Parallelism != 2 || s.Floor || len(s.Engines) != 2 {
		t.Errorf("settings not applied: rate %v, engines %+v", s.Load.Rate, s.Engines)
	}
}

func TestSelectKeepsAndAddsEngines(t *testing.T) {
	for _, c := range []struct {
		selected []string
		want     []string
	}{
		{[]string{"tuple"}, []string{"null", "tuple"}},
		{[]string{"bare", "batch"}, []string{"bare", "batch", "null"}},
		{[]string{"null"}, []string{"null"}},
	} {
		f := files()
		f["plain.yaml"] = &fstest.MapFile{Data: []byte(strings.ReplaceAll(plain, "win", "copy"))}
		f["jobs/copy.yaml"] = &fstest.MapFile{Data: []byte("schema: 1\nname: copy\nstages: [{name: copy, do: []}]\nanswers: {probe: event, per_event: event}\n")}
		s, err := Read(Options{Name: "plain", Files: f, Select: c.selected, Known: known()})
		if err != nil {
			t.Errorf("Select %v: %v", c.selected, err)
			continue
		}
		var got []string
		for _, name := range []string{"bare", "batch", "null", "tuple"} {
			if _, ok := s.Engines[name]; ok {
				got = append(got, name)
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("Select %v (-want +got):\n%s", c.selected, diff)
		}
	}
	_, err := Read(Options{Name: "plain", Files: files(), Select: []string{"tupel"}, Known: known()})
	if want := "--engine tupel: engines.tupel: unknown engine \"tupel\"; did you mean `tuple`?"; err == nil || err.Error() != want {
		t.Errorf("Select tupel = %v, want %s", err, want)
	}
}

func TestReadFindsFilesBesideTheScenario(t *testing.T) {
	disk := map[string]string{
		"dir/s.yaml":      strings.NewReplacer("job: win", "job: ./my-job.yaml", "rooms", "./mine.jsonl").Replace(plain),
		"dir/my-job.yaml": windowJob,
	}
	s, err := Read(Options{Name: "dir/s.yaml", Files: files(), Known: known(), ReadFile: func(p string) ([]byte, error) {
		if b, ok := disk[p]; ok {
			return []byte(b), nil
		}
		return nil, fs.ErrNotExist
	}})
	if err != nil {
		t.Fatal(err)
	}
	if s.Name != "s" || s.Job == nil || s.Stream.Recording != "dir/mine.jsonl" {
		t.Errorf("Name, Job, Recording = %q, %v, %q, want s, the job, dir/mine.jsonl", s.Name, s.Job, s.Stream.Recording)
	}
}

func TestUnknownScenarioNamesTheNearest(t *testing.T) {
	_, err := Read(Options{Name: "plan", Files: files()})
	unknown := (*UnknownError)(nil)
	if !errors.As(err, &unknown) || unknown.Nearest() != "plain" {
		t.Errorf("Read(plan) = %v, want an UnknownError near plain", err)
	}
	_, err = Read(Options{Name: "no/such.yaml", Files: files(), ReadFile: func(string) ([]byte, error) { return nil, fs.ErrNotExist }})
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Read(no/such.yaml) = %v, want fs.ErrNotExist", err)
	}
}

func TestJobProblemsHavePlaces(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		{"strict", "tumbling", "tumblin", "j.yaml:7:40: unknown key `tumblin`; did you mean `tumbling`?"},
		{"two operators in a step", "[decode: {}, window:", "[{decode: {}, validate: {}}, window:", "j.yaml:7:10: a step is one operator; begin each with its own dash"},
		{"unknown metric", "metric: temp", "metric: hum", "j.yaml:7:22: stages[0] \"one\".do[1] window: no metric \"hum\" in reading.metrics"},
		{"unit of time", "unit: s}", "unit: h}", "j.yaml:3:29: reading.time: decode needs a path, and the unit s or ms"},
		{"schema", "schema: 1", "schema: 3", "j.yaml:1:9: schema: 3 is unknown; this version reads 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			src := strings.Replace(windowJob, c.old, c.new, 1)
			_, err := ReadJob("j", fstest.MapFS{"jobs/j.yaml": {Data: []byte(src)}}, nil)
			if err == nil || err.Error() != c.want {
				t.Errorf("ReadJob = %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestStandardJobsAndScenariosAreValid(t *testing.T) {
	for _, name := range Jobs(scenarios.Files) {
		if _, err := ReadJob(name, scenarios.Files, nil); err != nil {
			t.Errorf("job %s: %v", name, err)
		}
	}
	list, err := List(scenarios.Files)
	if err != nil || len(list) == 0 {
		t.Fatalf("List = %v, %v, want scenarios", list, err)
	}
	for _, l := range list {
		_, err := Read(Options{Name: l.Name, Files: scenarios.Files})
		for _, p := range problemsOf(err) {
			if p.Path != "stream.recording" { // recordings are another package's to provide
				t.Errorf("scenario %s: %v", l.Name, p)
			}
		}
	}
}

func problemsOf(err error) yamlstrict.Errors {
	problems := (yamlstrict.Errors)(nil)
	errors.As(err, &problems)
	return problems
}

func TestComparableKeyIgnoresEnginesAndPlaces(t *testing.T) {
	base, err := read(t, plain)
	if err != nil {
		t.Fatal(err)
	}
	key := base.ComparableKey()
	same := map[string]func(*Scenario){
		"engines":     func(s *Scenario) { s.Engines = nil },
		"floor":       func(s *Scenario) { s.Floor = false },
		"name":        func(s *Scenario) { s.Name, s.Title, s.JobName = "x", "y", "z" },
		"repetitions": func(s *Scenario) { s.Repetitions = 9 },
		"deadlines":   func(s *Scenario) { s.Deadlines.Ready++ },
		"folder":      func(s *Scenario) { s.Stream.Recording = "some/where/rooms" },
	}
	for name, change := range same {
		s := *base
		if change(&s); s.ComparableKey() != key {
			t.Errorf("the key depends on %s", name)
		}
	}
	other := map[string]func(*Scenario){
		"seed":      func(s *Scenario) { s.Seed++ },
		"rate":      func(s *Scenario) { s.Load.Rate++ },
		"devices":   func(s *Scenario) { s.Stream.Devices++ },
		"guarantee": func(s *Scenario) { s.Guarantee = ExactlyOnce },
		"broker":    func(s *Scenario) { s.Broker.Kind = "localhost:9092" },
		"job":       func(s *Scenario) { j := *s.Job; j.EventTime.Lateness++; s.Job = &j },
		"placement": func(s *Scenario) { s.Placement = Isolated },
	}
	for name, change := range other {
		s := *base
		if change(&s); s.ComparableKey() == key {
			t.Errorf("the key does not depend on %s", name)
		}
	}
	a, b := *base, *base
	a.Broker.Kind, b.Broker.Kind = "one:9092", "two:9092,three:9092"
	if a.ComparableKey() != b.ComparableKey() {
		t.Errorf("the key depends on a broker's address")
	}
}

func TestRedactedHidesSecrets(t *testing.T) {
	s, err := read(t, with("broker: {kind: 'h:9092', config: /home/me/secret-folder/client.properties}")+"", Setting{"", "engines",
		"{x: {engine: external, command: [run, --password, hunter2, '--api-key=hunter2', --name=visible], options: {jaas: hunter2, deep: [{token: hunter2, size: 5}]}}}"})
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.Redacted()
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"hunter2", "/home/me"} {
		if strings.Contains(string(b), secret) {
			t.Errorf("Redacted contains %q: %s", secret, b)
		}
	}
	for _, kept := range []string{"--name=visible", `"size":5`, `"config_file":"client.properties"`, "--password"} {
		if !strings.Contains(string(b), kept) {
			t.Errorf("Redacted lacks %q: %s", kept, b)
		}
	}
	if got := s.Engines["x"].Options["jaas"]; got != "hunter2" {
		t.Errorf("the scenario itself was changed: jaas = %v", got)
	}
}

func TestEstimate(t *testing.T) {
	s, err := read(t, plain, Setting{"", "load.rate", "1000/s"}, Setting{"", "repetitions", "2"})
	if err != nil {
		t.Fatal(err)
	}
	e := s.Estimate()
	// 33 s of 1,000 events and of 2 heartbeats each 200 ms; 275 bytes each; input and 3 outputs.
	want := Estimate{Blocks: 2, Trials: 6, Records: 33_330, InputBytes: 33_330 * 275, TopicBytes: 33_330 * 275 * 4,
		DiskBytes: 33_330*275*4 + 33_330*6*64, Shortest: 86 * time.Second, Longest: 116 * time.Second, LargestSize: 200}
	if diff := cmp.Diff(want, e); diff != "" {
		t.Errorf("Estimate (-want +got):\n%s", diff)
	}
	s.Placement = Isolated
	if e := s.Estimate(); e.Blocks != 6 || e.TopicBytes != 33_330*275*2 {
		t.Errorf("isolated: Blocks, TopicBytes = %d, %d, want 6, %d", e.Blocks, e.TopicBytes, 33_330*275*2)
	}
}

func TestWritePlanNamesEverythingThatMatters(t *testing.T) {
	s, err := read(t, plain)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := s.WritePlan(&b); err != nil {
		t.Fatal(err)
	}
	want := `Scenario        mine: mine
Job             win: one (0 hops)
Stream          rooms as json, 1000 devices, event time from 2020-07-13T00:00:00Z at 20x
Load            constant 100/s, warm-up 8s, measure 25s, drain at most 15s
Broker          embedded, 2 partitions
Placement       side-by-side, 1 repetition, seed 1
Guarantee       at-least-once
Limits          send delay p99 5ms, rate error 0.1%
Deadlines       ready 2m0s, drain 1m0s, stop 30s
Engines         batch: parallelism 2, commit every 100ms, batch every 500ms
                null: parallelism 2, commit every 100ms; the floor, not ranked
                tuple: parallelism 2, commit every 100ms
Takes           43s to 58s; 3 trials in 1 block
Moves           about 3630 records, 998KB of input and 3.99MB of topics a block; 4.69MB of disk here
Comparable key  ` + s.ComparableKey() + "\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("WritePlan (-want +got):\n%s", diff)
	}
}
