package conformance

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/payload"
	"github.com/streamgauge/streamgauge/harness/payload/folder"
)

// object is a message that lies in the store from before the engine's start.
type object struct {
	line  int
	name  string
	value value
}

// object reads: NAME VALUE, the value as in steps.
func (p *parser) object(l *line) {
	o := object{line: l.number, name: l.word(), value: value{size: -1}}
	switch {
	case p.Job == nil || !p.Job.Payloads():
		l.fail("the job has no large messages, so none lies in a store")
		return
	case !payload.ValidName(o.name):
		l.fail("%q is no name of an object: want lower case letters, digits and hyphens, with single slashes between", o.name)
	case slices.ContainsFunc(p.objects, func(other object) bool { return other.name == o.name }):
		l.fail("object %s stands twice", o.name)
	}
	l.value(&o.value)
	if !l.failed {
		p.objects = append(p.objects, o)
	}
}

func (o *object) content() []byte {
	if o.value.size >= 0 {
		return generated(o.value.size, 0)
	}
	return o.value.bytes
}

// stock takes in what the script has in the store, which it shares with the others of its group.
func (c *compiler) stock(s *Script) error {
	if c.objects == nil && len(s.objects) > 0 {
		c.objects = map[string][]byte{}
	}
	for _, o := range s.objects {
		if _, ok := c.objects[o.name]; ok {
			return fmt.Errorf("%s:%d: another script of job %s has the object %s", s.file, o.line, c.job.Name, o.name)
		}
		c.objects[o.name] = o.content()
	}
	return nil
}

// store tells the engine where objects lie; nil: there are none. The plan does not require that it is understood: an engine that
// knows no store fails the scripts with objects, and not all that share their start.
func (f *feed) store(dir string) *engines.Store {
	if len(f.objects) == 0 {
		return nil
	}
	return &engines.Store{Folder: filepath.Join(dir, "store")}
}

// stock puts the group's objects into the plan's store.
func stock(p engines.Plan, f *feed) error {
	for _, name := range slices.Sorted(maps.Keys(f.objects)) {
		if err := (folder.Store{Dir: p.Store.Folder}).Put(name, f.objects[name]); err != nil {
			return err
		}
	}
	return nil
}
