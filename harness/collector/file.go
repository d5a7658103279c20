package collector

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"path/filepath"
)

// obsFile is the file of one topic's partition while it is written.
type obsFile struct {
	path    string
	f       File
	w       *bufio.Writer
	started bool // the trial's start stands in the head
}

// fileBuffer holds some 370 observations: large enough to make writes rare, small enough for hundreds of partitions.
const fileBuffer = 32 << 10

// fileName names the file of a topic's partition: instance.role[-stage].partition.obs.
func fileName(t Topic, partition int32) string {
	role := string(t.Role)
	if t.Role == StageRole {
		role = fmt.Sprintf("%s-%d", t.Role, t.Stage)
	}
	return fmt.Sprintf("%s.%s.%d.obs", t.Instance, role, partition)
}

// file opens the file of a partition at its first observation.
func (g *group) file(t Topic, partition int32) (*obsFile, error) {
	files := g.files[t.Name]
	if files == nil {
		files = make([]*obsFile, g.c.cfg.Partitions)
		g.files[t.Name] = files
	}
	if files[partition] != nil {
		return files[partition], nil
	}
	path := filepath.Join(g.c.cfg.Dir, fileName(t, partition))
	f, err := g.c.cfg.Open(path)
	if err != nil {
		return nil, fmt.Errorf("creating a file of observations: %w", err)
	}
	start := g.c.startOffset()
	o := &obsFile{path: path, f: f, w: bufio.NewWriterSize(f, fileBuffer), started: start != unknownStart}
	files[partition] = o
	head := appendHeader(nil, Header{Instance: t.Instance, Role: t.Role, Stage: t.Stage, Topic: t.Name, Partition: partition,
		Partitions: g.c.cfg.Partitions, Committed: g.committed, Origin: g.c.origin.UnixNano(), Start: start})
	if _, err := o.w.Write(head); err != nil {
		return nil, o.problem(err)
	}
	return o, nil
}

// flush writes out every buffer, and the trial's start once it is known.
func (g *group) flush() error {
	start := g.c.startOffset()
	for _, files := range g.files {
		for _, f := range files {
			if f == nil {
				continue
			}
			if err := f.flush(start); err != nil {
				return f.problem(err)
			}
		}
	}
	return nil
}

func (f *obsFile) flush(start int64) error {
	// The head must be out of the buffer before a part of it is overwritten.
	if err := f.w.Flush(); err != nil {
		return err
	}
	if f.started || start == unknownStart {
		return nil
	}
	f.started = true
	_, err := f.f.WriteAt(binary.LittleEndian.AppendUint64(nil, uint64(start)), startAt)
	return err
}

// problem says which file could not be written and what helps: without it the trial cannot be analysed.
func (f *obsFile) problem(err error) error {
	return fmt.Errorf("writing observations to %s: %w; make room there or choose another folder for the run", f.path, err)
}
