package scenario

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/job"
	"github.com/streamgauge/streamgauge/harness/yamlstrict"
)

// Options say what to read and what it may refer to.
type Options struct {
	Name     string                            // of an embedded scenario, or a path: it has a "/" or ends in .yaml or .yml
	Files    fs.FS                             // the embedded files: *.yaml, jobs/*.yaml, recorded/
	ReadFile func(path string) ([]byte, error) // reads files that the user names by path; os.ReadFile in production
	Set      []Setting                         // in order, on top of the file
	Select   []string                          // labels or names of engines to keep; one that is not there is added

	Known     map[string]Ability // engines by name; nil: any is taken
	Encodings []string           // nil: any is taken
	Packings  []string           // compressions an encoding may be followed by, as in cbor+zstd

	// Blobs tells how large the blobs in the messages of a preset are, bytes: on average over its messages, and at most; nil: no preset
	// has any.
	Blobs func(preset string) (mean float64, largest int64, err error)

	// ReadSchema reads a user's schema for an encoding; nil: none is taken. Fits says why a reading cannot be written and read in an
	// encoding; nil: that is not looked at.
	ReadSchema func(encoding string, s Schema, read func(path string) ([]byte, error)) (*job.Schema, error)
	Fits       func(encoding string, r job.Reading) error
}

// Setting is one value given on the command line.
type Setting struct {
	Flag  string // as the user wrote it, for messages: "--rate 5000/s"
	Key   string // "load.rate"
	Value string // YAML: "5000/s"
}

// Ability is what Read must know of an engine.
type Ability struct {
	Batches      bool                               // works in batches: a batch interval means something
	JVM          bool                               // runs on the Java virtual machine: a heap means something
	Guarantees   []string                           // supported ones
	Waits        map[engines.Guarantee]engines.Wait // what results wait for, and the least interval
	Deployments  []string                           // supported ones, beside local
	Addresses    map[string]string                  // that remote needs: what each is, by name
	CheckAddress func(name, address string) error   // refuses one that cannot be; nil: none
	Operators    []string                           // supported ones, native or adapted
	Encodings    []string                           // what decode reads, and compressions; nil: any
	Forms        []string                           // what encode writes; nil: any
	Reasons      map[string]string                  // why another operator is absent
}

// UnknownError is a name that nothing has.
type UnknownError struct {
	Kind  string   // scenario, job, recording, engine
	Name  string   // as given
	Valid []string // sorted
}

// Error names the nearest valid name, or all.
func (e *UnknownError) Error() string {
	return fmt.Sprintf("unknown %s %q; %s", e.Kind, e.Name, yamlstrict.Suggest(e.Name, e.Valid))
}

// Nearest is the valid name that was most likely meant, or "".
func (e *UnknownError) Nearest() string { return yamlstrict.Nearest(e.Name, e.Valid) }

// Read reads a scenario, puts settings and defaults into it, loads its job and checks everything. The result is complete:
// Engines holds `null` if the floor is wanted, and every engine's settings are filled in. Errors: *UnknownError for a
// scenario's name, yamlstrict.Errors with every problem of the scenario, the settings and the job, or a file's.
func Read(o Options) (*Scenario, error) {
	r := &reading{options: o}
	src, err := r.read("scenario", o.Name, "")
	if err != nil {
		return nil, err
	}
	s := Default()
	s.Name = baseName(o.Name)
	r.scenario = &s
	r.positions, err = yamlstrict.Decode(fileName(o.Name), src, &s)
	r.note(err)
	for _, set := range o.Set {
		r.note(yamlstrict.Set(set.Flag, set.Key, set.Value, &s, r.positions))
	}
	r.selectEngines()
	r.loadJobs()
	r.resolve()
	r.note(s.validate(r.checks()))
	if len(r.problems) > 0 {
		return nil, r.sorted()
	}
	s.Faults = s.eachFault()
	return &s, nil
}

// sorted gives the problems in the order of the scenario's text, those of flags and of the job's file after it.
func (r *reading) sorted() yamlstrict.Errors {
	slices.SortStableFunc(r.problems, func(a, b yamlstrict.Problem) int {
		if a.File != b.File {
			switch r.positions.File() {
			case a.File:
				return -1
			case b.File:
				return 1
			}
			return strings.Compare(a.File, b.File)
		}
		return cmp.Or(a.Line-b.Line, a.Column-b.Column)
	})
	return r.problems
}

type reading struct {
	options   Options
	scenario  *Scenario
	positions *yamlstrict.Positions
	problems  yamlstrict.Errors
	given     map[string]Engine // engines before resolve, to tell a default from a setting
}

// note keeps the problems of err, which is nil or Errors.
func (r *reading) note(err error) {
	if errs := (yamlstrict.Errors)(nil); errors.As(err, &errs) {
		r.problems = append(r.problems, errs...)
	}
}

// isPath tells paths from names of embedded files.
func isPath(name string) bool {
	return strings.ContainsAny(name, `/\`) || strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml") || name == "-"
}

func fileName(name string) string {
	if isPath(name) {
		return name
	}
	return name + ".yaml"
}

func baseName(name string) string {
	if name == "-" {
		return "stdin"
	}
	base := filepath.Base(name)
	return strings.TrimSuffix(strings.TrimSuffix(base, ".yaml"), ".yml")
}

// read gets an embedded file of a kind by name, or a file by path, relative to the folder `from`.
func (r *reading) read(kind, name, from string) ([]byte, error) {
	if isPath(name) {
		if r.options.ReadFile == nil {
			return nil, fmt.Errorf("reading %s %q: no files are read here; use a name", kind, name)
		}
		b, err := r.options.ReadFile(relativeTo(from, name))
		if err != nil {
			return nil, fmt.Errorf("reading %s %q: %w", kind, name, err)
		}
		return b, nil
	}
	dir := "."
	if kind == "job" {
		dir = "jobs"
	}
	b, err := fs.ReadFile(r.options.Files, path.Join(dir, name+".yaml"))
	if err != nil {
		return nil, &UnknownError{Kind: kind, Name: name, Valid: yamlNames(r.options.Files, dir)}
	}
	return b, nil
}

// relativeTo gives a path that a file in folder `from` names.
func relativeTo(from, name string) string {
	if from == "" || name == "-" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(from, name)
}

// folder is where a scenario that is a file looks for the files it names.
func (r *reading) folder() string {
	if !isPath(r.options.Name) || r.options.Name == "-" {
		return ""
	}
	return filepath.Dir(r.options.Name)
}

// selectEngines keeps what Select names by label or engine and adds what is not there.
func (r *reading) selectEngines() {
	if len(r.options.Select) == 0 {
		return
	}
	s := r.scenario
	kept := map[string]Engine{}
	for _, want := range r.options.Select {
		found := false
		for label, e := range s.Engines {
			if label == want || e.Engine == want {
				kept[label], found = e, true
			}
		}
		if !found {
			added := Scenario{}
			flag := "--engine " + want
			r.note(yamlstrict.Set(flag, "engines."+want, "{}", &added, r.positions))
			maps.Copy(kept, added.Engines)
		}
	}
	s.Engines = kept
}

// loadJobs loads the scenario's job, and those of engines that have their own.
func (r *reading) loadJobs() {
	s := r.scenario
	s.Job = r.loadJob("job", s.JobName)
	for _, label := range slices.Sorted(maps.Keys(s.Engines)) {
		e := s.Engines[label]
		e.Job = r.loadJob("engines."+label+".job", e.JobName)
		s.Engines[label] = e
	}
}

// loadJob loads the job that a key names; nil where it names none, or there was a problem.
func (r *reading) loadJob(key, name string) *job.Job {
	if name == "" {
		return nil // validate reports it, where there must be one
	}
	src, err := r.read("job", name, r.folder())
	if err != nil {
		r.problems = append(r.problems, r.positions.Problem(key, err.Error()))
		return nil
	}
	file := fileName(name)
	if isPath(name) {
		file = relativeTo(r.folder(), name)
	}
	j, err := parseJob(file, src)
	r.note(err)
	return j
}

// resolve fills in what depends on other settings.
func (r *reading) resolve() {
	s := r.scenario
	r.eachEncoding()
	r.given = maps.Clone(s.Engines)
	if s.Title == "" {
		s.Title = s.Name
	}
	if isPath(s.Stream.Recording) {
		s.Stream.Recording = relativeTo(r.folder(), s.Stream.Recording)
	}
	if isPath(s.Stream.Preset) {
		s.Stream.Preset = relativeTo(r.folder(), s.Stream.Preset)
	}
	r.resolveSizes()
	r.resolvePayload()
	all := maps.Clone(s.Engines)
	if all == nil {
		all = map[string]Engine{}
	}
	if _, ok := all[Floor]; s.Floor && !ok {
		all[Floor] = r.floor()
	}
	for label, e := range all {
		all[label] = r.resolveEngine(label, e)
	}
	s.Engines = all
	r.decodeAsStream()
	r.loadSchema()
	r.fitStream()
	r.fitForm()
}

// decodeAsStream gives the job's decode the stream's encoding, unless it is the one that needs no name.
func (r *reading) decodeAsStream() {
	if d := r.scenario.decode(); d != nil && d.Encoding == "" && r.scenario.Stream.Encoding != DefaultEncoding {
		d.Encoding = r.scenario.Stream.Encoding
	}
}

// floor commits as often as the quickest of the others. It takes a weaker guarantee if it lacks the scenario's: it is
// never ranked, so that harms nothing.
func (r *reading) floor() Engine {
	e := Engine{Engine: Floor, CommitInterval: DefaultCommitInterval, Guarantee: r.scenario.Guarantee}
	for _, other := range r.scenario.Engines {
		if other.CommitInterval > 0 {
			e.CommitInterval = min(e.CommitInterval, other.CommitInterval)
		}
	}
	if a, ok := r.options.Known[Floor]; ok && !slices.Contains(a.Guarantees, e.Guarantee) {
		e.Guarantee = AtLeastOnce
	}
	return e
}

func (r *reading) resolveEngine(label string, e Engine) Engine {
	if e.Engine == "" {
		e.Engine = label
	}
	if e.Parallelism == 0 {
		e.Parallelism = int(r.scenario.Broker.Partitions)
	}
	if e.CommitInterval == 0 {
		e.CommitInterval = DefaultCommitInterval
	}
	if a, ok := r.options.Known[e.Engine]; e.BatchInterval == 0 && (!ok || a.Batches) {
		e.BatchInterval = DefaultBatchInterval
	}
	if e.Guarantee == "" {
		e.Guarantee = r.scenario.Guarantee
	}
	if e.Deploy == "" && e.Engine != External {
		e.Deploy = engines.DeployLocal
	}
	return e
}

func (r *reading) checks() checks {
	return checks{
		known:      r.options.Known,
		encodings:  r.options.Encodings,
		packings:   r.options.Packings,
		recordings: Recordings(r.options.Files),
		presets:    Presets(r.options.Files),
		positions:  r.positions,
		given:      r.given,
		tainted:    r.problems,
	}
}

// ReadJob reads a job by name from jobs/ in files, or by path with readFile, and validates it. Errors: *UnknownError,
// yamlstrict.Errors, or the file's.
func ReadJob(name string, files fs.FS, readFile func(string) ([]byte, error)) (*job.Job, error) {
	r := &reading{options: Options{Files: files, ReadFile: readFile}}
	src, err := r.read("job", name, "")
	if err != nil {
		return nil, err
	}
	return parseJob(fileName(name), src)
}
