package preset

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// folder of presets among the files that are built in.
const folder = "presets"

// Open reads a preset: NAME.yaml in the folder presets of files, or the file at the path that name is if it ends in .yaml; the
// parts of a mixture are among files.
func Open(files fs.FS, name string) (*Preset, error) {
	p, err := openAlone(files, name)
	if err != nil {
		return nil, err
	}
	return p, p.resolve(files)
}

// openAlone reads a preset, and none of its parts.
func openAlone(files fs.FS, name string) (*Preset, error) {
	file := path.Join(folder, name+".yaml")
	if strings.HasSuffix(name, ".yaml") {
		files, file = os.DirFS(filepath.Dir(name)), filepath.Base(name)
	}
	text, err := fs.ReadFile(files, file)
	if err != nil {
		return nil, fmt.Errorf("reading preset %q: %w", name, err)
	}
	return Read(file, text)
}

// Names lists the presets of files, ascending.
func Names(files fs.FS) []string {
	entries, err := fs.ReadDir(files, folder)
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".yaml"); ok {
			names = append(names, name)
		}
	}
	return names
}

// Rate is how many records a second a fleet sends on average, at its own pace; copies are not counted.
func (s *Stream) Rate() float64 {
	sum := 0.0
	for i, own := range s.calendar.devices {
		sum += s.kinds[own.kind].arrival.rate(s.seed(s.device(i)))
	}
	if l := s.dirt.loss; l != nil {
		sum *= float64(l.keep) / beat
	}
	return sum
}

// Size is how many devices this part of the fleet has.
func (s *Stream) Size() int { return len(s.calendar.devices) }

// Pace is the average rate of one device of the preset on average.
func (p *Preset) Pace() float64 {
	records, _, _ := p.flow()
	return records
}

// flow is what one device sends on average: messages and bytes of blobs, a second; and the most bytes of blobs in a message.
func (p *Preset) flow() (records, bytes float64, largest int64) {
	shares := 0.0
	add := func(share, r, b float64, most int64) {
		records, bytes, shares = records+share*r, bytes+share*b, shares+share
		largest = max(largest, most)
	}
	for _, part := range p.Parts {
		r, b, most := part.of.flow()
		add(part.Share, r, b, most)
	}
	for i := range p.Kinds {
		k := &p.Kinds[i]
		mean, most := k.blobs(p)
		add(k.Share, k.pace(), k.pace()*mean, most)
	}
	return records / shares, bytes / shares, largest
}

// pace is how many messages a second a device of the kind sends on average.
func (k *Kind) pace() float64 {
	ns, _ := intervals(k.Intervals) // validated
	var round int64
	for _, x := range ns {
		round += x
	}
	here := 1.0
	if c := k.Churn; c.Session > 0 {
		here = float64(c.Session) / float64(c.Session+c.Away)
	}
	return here * float64(len(ns)) * 1e9 / float64(round)
}
