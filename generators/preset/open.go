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
	file, builtIn := path.Join(folder, name+".yaml"), files
	if strings.HasSuffix(name, ".yaml") {
		files, file = os.DirFS(filepath.Dir(name)), filepath.Base(name)
	}
	text, err := fs.ReadFile(files, file)
	if err != nil {
		return nil, fmt.Errorf("reading preset %q: %w", name, err)
	}
	p, err := Read(file, text)
	if err != nil {
		return nil, err
	}
	return p, p.resolve(builtIn)
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

// Rate is how many records a second a fleet sends on average, at its own pace.
func (s *Stream) Rate() float64 {
	sum := 0.0
	for _, own := range s.calendar.devices {
		sum += 1e9 / s.kinds[own.kind].arrival.mean
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
	sum, shares := 0.0, 0.0
	for _, part := range p.Parts {
		sum += part.Share * part.of.Pace()
		shares += part.Share
	}
	for _, k := range p.Kinds {
		ns, err := intervals(k.Intervals)
		if err != nil {
			continue // a preset that was read has intervals
		}
		var round int64
		for _, x := range ns {
			round += x
		}
		sum += k.Share * beat * 1e9 / float64(round)
		shares += k.Share
	}
	return sum / shares
}
