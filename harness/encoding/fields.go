package encoding

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/streamgauge/streamgauge/harness/job"
)

// Kind is what stands at a field's place in a message.
type Kind uint8

// The kinds. Absent and null are one: missing.
const (
	Missing    Kind = iota
	Other           // neither text nor number: a map, a list, a boolean, bytes
	Text            // Scalar.Text
	Number          // Scalar.Number
	LongNumber      // a number token of more than job.MaxNumberBytes
)

// Scalar is one value of a message. Text belongs to whoever read it and is valid until the next one is read.
type Scalar struct {
	Kind   Kind
	Number float64
	Text   []byte
}

// Positions in the list of fields; metrics follow in ascending order of their names.
const (
	Device = iota
	Time
	Metrics
)

// Nowhere is the node of what no path leads to.
const Nowhere = -1

// Fields collects what a message holds at the places that a job's reading names, and tests them in the order of SEMANTICS.md
// section 3, test 4. It serves encodings whose fields have names: those of trees (Child, Set), and those whose messages are
// lists of named values (Named, Lay). Not safe for concurrent use.
type Fields struct {
	nodes  []node
	found  []Scalar
	device []byte // copy of the device's text
	key    []byte
}

// node is a place in the tree that the fields' paths span. Node 0 is the whole message.
type node struct {
	children []child
	fields   []int // whose path ends here; several fields may name one path
	below    []int // whose path leads through here or ends here
}

type child struct {
	name string
	node int
}

// NewFields prepares for messages that are trees. Errors: a reading without device or time, a path with an empty step.
func NewFields(r job.Reading) (*Fields, error) {
	return newFields(r, func(path string) []string { return strings.Split(path, ".") })
}

// NewNames prepares for messages that are lists: a path, dots included, is the name of a value. Errors: as NewFields.
func NewNames(r job.Reading) (*Fields, error) {
	return newFields(r, func(path string) []string { return []string{path} })
}

func newFields(r job.Reading, steps func(path string) []string) (*Fields, error) {
	paths, err := Paths(r)
	if err != nil {
		return nil, err
	}
	f := &Fields{nodes: make([]node, 1), found: make([]Scalar, len(paths))}
	for i, p := range paths {
		f.addPath(steps(p), i)
	}
	return f, nil
}

// Paths lists the paths of device, time and metrics, in the order in which they are tested. Errors: an empty path or step.
func Paths(r job.Reading) ([]string, error) {
	paths := []string{r.Device, r.Time.Path}
	names := []string{"device", "time"}
	for _, n := range r.Names() {
		paths = append(paths, r.Metrics[n].Path)
		names = append(names, "metric "+n)
	}
	var errs []error
	for i, p := range paths {
		if slices.Contains(strings.Split(p, "."), "") {
			errs = append(errs, fmt.Errorf("%s: path %q has an empty step", names[i], p))
		}
	}
	return paths, errors.Join(errs...)
}

func (f *Fields) addPath(steps []string, field int) {
	at := 0
	for _, step := range steps {
		i := slices.IndexFunc(f.nodes[at].children, func(c child) bool { return c.name == step })
		if i < 0 {
			f.nodes = append(f.nodes, node{})
			f.nodes[at].children = append(f.nodes[at].children, child{step, len(f.nodes) - 1})
			i = len(f.nodes[at].children) - 1
		}
		at = f.nodes[at].children[i].node
		f.nodes[at].below = append(f.nodes[at].below, field)
	}
	f.nodes[at].fields = append(f.nodes[at].fields, field)
}

// Reset forgets the message before. key is the next message's.
func (f *Fields) Reset(key []byte) {
	clear(f.found)
	f.key = key
}

// Child is the node one step down by name; Nowhere if no path leads there. What an earlier member of that name held is
// forgotten, with everything inside it: of equal names in one map the last counts.
func (f *Fields) Child(at int, name []byte) int {
	if at == Nowhere {
		return Nowhere
	}
	for _, c := range f.nodes[at].children {
		if c.name == string(name) {
			for _, i := range f.nodes[c.node].below {
				f.found[i] = Scalar{}
			}
			return c.node
		}
	}
	return Nowhere
}

// Set puts a value at a node.
func (f *Fields) Set(at int, s Scalar) {
	if at == Nowhere {
		return
	}
	for _, i := range f.nodes[at].fields {
		f.Put(i, s)
	}
}

// Put puts a value at a field.
func (f *Fields) Put(field int, s Scalar) {
	if field == Device && s.Kind == Text {
		f.device = append(f.device[:0], s.Text...)
		s.Text = f.device
	}
	f.found[field] = s
}

// Lay puts a value at a field over what an earlier record of the same message left there: the last value counts, a missing
// one replaces nothing, and a device that is not the key's stays.
func (f *Fields) Lay(field int, s Scalar) {
	if s.Kind == Missing || field == Device && f.found[Device].Kind != Missing && f.deviceTest() != job.ReasonNone {
		return
	}
	f.Put(field, s)
}

// LayAt is Lay for the fields at a node.
func (f *Fields) LayAt(at int, s Scalar) {
	if at == Nowhere {
		return
	}
	for _, i := range f.nodes[at].fields {
		f.Lay(i, s)
	}
}

// Ends reports whether the path of a field ends at a node: whether what stands there is wanted.
func (f *Fields) Ends(at int) bool { return at != Nowhere && len(f.nodes[at].fields) > 0 }

// LayAll lays what other fields of the same reading hold over these.
func (f *Fields) LayAll(other *Fields) {
	for i, s := range other.found {
		f.Lay(i, s)
	}
}

// LayNamed is Lay for the metrics whose path is name.
func (f *Fields) LayNamed(name []byte, s Scalar) {
	for _, c := range f.nodes[0].children {
		if c.name != string(name) {
			continue
		}
		for _, i := range f.nodes[c.node].fields {
			if i >= Metrics {
				f.Lay(i, s)
			}
		}
	}
}

// IsDevice reports whether a name is the path of the device.
func (f *Fields) IsDevice(name []byte) bool {
	for _, c := range f.nodes[0].children {
		if c.name == string(name) {
			return slices.Contains(f.nodes[c.node].fields, Device)
		}
	}
	return false
}

// Key is the key of the record whose message is read.
func (f *Fields) Key() []byte { return f.key }

// Found reports whether a field has a value of whatever kind.
func (f *Fields) Found(field int) bool { return f.found[field].Kind != Missing }

// Len is the number of fields: device, time and metrics.
func (f *Fields) Len() int { return len(f.found) }

// Fill tests the fields in their order and fills r with the metrics.
func (f *Fields) Fill(r *Reading) job.Reason {
	r.Device = nil
	r.Values = resize(r.Values, len(f.found)-Metrics)
	r.Present = resize(r.Present, len(f.found)-Metrics)
	if reason := f.deviceTest(); reason != job.ReasonNone {
		return reason
	}
	r.Device = f.device
	if reason := wants(f.found[Time].Kind, Number); reason != job.ReasonNone {
		return reason
	}
	for i, s := range f.found[Metrics:] {
		if s.Kind == Missing {
			continue
		}
		if reason := wants(s.Kind, Number); reason != job.ReasonNone {
			return reason
		}
		v, ok := Micros(s.Number)
		if !ok {
			return job.ReasonRange
		}
		r.Values[i], r.Present[i] = v, true
	}
	return job.ReasonNone
}

func (f *Fields) deviceTest() job.Reason {
	d := f.found[Device]
	if reason := wants(d.Kind, Text); reason != job.ReasonNone {
		return reason
	}
	if !bytes.Equal(d.Text, f.key) {
		return job.ReasonWrongDevice
	}
	return job.ReasonNone
}

func wants(got, want Kind) job.Reason {
	switch {
	case got == want:
		return job.ReasonNone
	case got == Missing:
		return job.ReasonMissingField
	case got == LongNumber && want == Number:
		return job.ReasonBadNumber
	}
	return job.ReasonBadType
}

func resize[T any](s []T, n int) []T {
	s = slices.Grow(s[:0], n)[:n]
	clear(s)
	return s
}
