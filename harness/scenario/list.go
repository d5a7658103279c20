package scenario

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/streamgauge/streamgauge/harness/yamlstrict"
)

// Listing is one embedded scenario, as far as its own file says.
type Listing struct {
	Name    string   `json:"name"`
	Title   string   `json:"title"`
	Job     string   `json:"job"`
	Load    string   `json:"load"` // rate, or the profile where it has no rate
	Engines []string `json:"engines"`
}

// List gives the scenarios of files in the order of their names. Errors: a file that does not read.
func List(files fs.FS) ([]Listing, error) {
	var list []Listing
	for _, name := range yamlNames(files, ".") {
		src, err := Show(files, name)
		if err != nil {
			return nil, err
		}
		s := Default()
		if _, err := yamlstrict.Decode(fileName(name), src, &s); err != nil {
			return nil, fmt.Errorf("listing scenarios: %w", err)
		}
		l := Listing{Name: name, Title: s.Title, Job: s.JobName, Load: s.Load.Profile,
			Engines: slices.Sorted(maps.Keys(s.Engines))}
		if s.Load.Rate > 0 {
			l.Load = s.Load.Rate.String()
		}
		list = append(list, l)
	}
	return list, nil
}

// Show gives the text of an embedded scenario. Errors: *UnknownError.
func Show(files fs.FS, name string) ([]byte, error) {
	r := &reading{options: Options{Files: files}}
	return r.read("scenario", name, "")
}

// Jobs lists the names of the standard jobs.
func Jobs(files fs.FS) []string { return yamlNames(files, "jobs") }

// Presets lists the names of the presets.
func Presets(files fs.FS) []string { return yamlNames(files, "presets") }

// Recordings lists the names of the recorded excerpts: what stands in recorded/ up to the first dot, notices aside.
func Recordings(files fs.FS) []string {
	entries, err := fs.ReadDir(files, "recorded")
	if err != nil {
		return nil
	}
	names := map[string]bool{}
	for _, e := range entries {
		name, _, _ := strings.Cut(e.Name(), ".")
		if name != "" && name != strings.ToUpper(name) {
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

func yamlNames(files fs.FS, dir string) []string {
	entries, err := fs.ReadDir(files, dir)
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".yaml"); ok && !e.IsDir() {
			names = append(names, path.Base(name))
		}
	}
	return names
}

// ShowJob gives the text of a standard job. Errors: *UnknownError.
func ShowJob(files fs.FS, name string) ([]byte, error) {
	r := &reading{options: Options{Files: files}}
	return r.read("job", name, "")
}
