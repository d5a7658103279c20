package encoding

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/streamgauge/streamgauge/harness/job"
)

// Shape is a message of a job's reading as a tree: a map's members in their order, or a field. Fields of one map stand
// together, in the order in which device, time and metrics (ascending) first need them.
type Shape struct {
	Field   int // Nowhere: a map
	Names   []string
	Members []*Shape
}

// NewShape makes the tree. Errors: those of Paths, a time of another unit than s and ms, and two fields at one path, or one whose
// path ends at the map or group that another's leads through: no message holds both.
func NewShape(r job.Reading) (*Shape, error) {
	paths, err := Paths(r)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(CheckUnit(r), apart(r, paths)); err != nil {
		return nil, err
	}
	root := &Shape{Field: Nowhere}
	for i, p := range paths {
		root.add(strings.Split(p, "."), i)
	}
	return root, nil
}

// apart refuses paths that no message holds beside each other.
func apart(r job.Reading, paths []string) error {
	var errs []error
	for i, p := range paths {
		for k, other := range paths {
			switch {
			case k < i && p == other:
				errs = append(errs, Misfit(r, i, "it is the path of %s, too", title(r, k)))
			case strings.HasPrefix(other, p+"."):
				errs = append(errs, Misfit(r, i, "it ends at a group of fields: the path of %s, %q, leads on from there", title(r, k), other))
			}
		}
	}
	return errors.Join(errs...)
}

// CheckUnit refuses a reading whose time has another unit than s and ms.
func CheckUnit(r job.Reading) error {
	if u := r.Time.Unit; u != "s" && u != "ms" {
		return fmt.Errorf("time has the unit %q, want s or ms", u)
	}
	return nil
}

func (s *Shape) add(steps []string, field int) {
	i := slices.Index(s.Names, steps[0])
	if i < 0 {
		s.Names = append(s.Names, steps[0])
		s.Members = append(s.Members, &Shape{Field: Nowhere})
		i = len(s.Names) - 1
	}
	if len(steps) == 1 {
		s.Members[i].Field = field
		return
	}
	s.Members[i].add(steps[1:], field)
}

// Syntax writes what stands around the fields of a message.
type Syntax interface {
	Open(dst []byte, members int) []byte
	Name(dst []byte, i int, name string) []byte // of member i, from 0
	Close(dst []byte) []byte
}

// Template is a message without its values: Texts[i], then the field Fields[i], and so on; one more text at the end.
type Template struct {
	Texts  [][]byte
	Fields []int
}

// NewTemplate lays a job's reading out. Errors: those of NewShape.
func NewTemplate(r job.Reading, s Syntax) (*Template, error) {
	shape, err := NewShape(r)
	if err != nil {
		return nil, err
	}
	t := &Template{}
	last := t.write(nil, shape, s)
	t.Texts = append(t.Texts, last)
	return t, nil
}

// write lays out a shape; text is what stands before it and is not yet in Texts. It returns what is left over.
func (t *Template) write(text []byte, s *Shape, by Syntax) []byte {
	if s.Field != Nowhere {
		t.Texts = append(t.Texts, text)
		t.Fields = append(t.Fields, s.Field)
		return nil
	}
	text = by.Open(text, len(s.Names))
	for i, name := range s.Names {
		text = t.write(by.Name(text, i, name), s.Members[i], by)
	}
	return by.Close(text)
}
