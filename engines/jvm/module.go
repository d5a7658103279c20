package jvm

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/jars"
)

// lockName is the file in a module that lists its jars of others.
const lockName = "lock.txt"

// group is the Maven group of our own modules.
const group = "io.github.streamgauge"

// module is one Maven module with all it is built from.
type module struct {
	name  string
	parts []string          // itself and our modules that it depends on, by name
	files map[string][]byte // of the build, by slash-separated path
	lock  jars.Sums         // of the jars of others, and of archives; nil: there is none
	hash  string            // changes with files and lock
}

// pom is what is read of a pom.xml.
type pom struct {
	Group    string `xml:"groupId"`
	Artifact string `xml:"artifactId"`
	Version  string `xml:"version"`
	Parent   struct {
		Version string `xml:"version"`
	} `xml:"parent"`
	Modules      []string `xml:"modules>module"`
	Dependencies []struct {
		Group    string `xml:"groupId"`
		Artifact string `xml:"artifactId"`
	} `xml:"dependencies>dependency"`
}

// readModule collects what a module is built from.
func readModule(sources fs.FS, name string) (*module, error) {
	m := &module{name: name, files: map[string][]byte{}}
	if err := m.add(sources, name); err != nil {
		return nil, fmt.Errorf("reading the sources of engine module %s: %w", name, err)
	}
	slices.Sort(m.parts)
	parent, err := fs.ReadFile(sources, "pom.xml")
	if err != nil {
		return nil, fmt.Errorf("reading the sources of engine module %s: %w", name, err)
	}
	m.files["pom.xml"] = only(parent, m.parts)
	lock, err := fs.ReadFile(sources, path.Join(name, lockName))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("reading the lock of engine module %s: %w", name, err)
	}
	if err == nil {
		m.lock = jars.ParseSums(string(lock))
	}
	m.hash = m.sum()
	return m, nil
}

// add adds a module with those of ours that it depends on.
func (m *module) add(sources fs.FS, name string) error {
	if slices.Contains(m.parts, name) {
		return nil
	}
	m.parts = append(m.parts, name)
	file := path.Join(name, "pom.xml")
	text, err := fs.ReadFile(sources, file)
	if err != nil {
		return err
	}
	var p pom
	if err := xml.Unmarshal(text, &p); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if p.Artifact != name {
		return fmt.Errorf("%s: artifact %q in folder %q", file, p.Artifact, name)
	}
	m.files[file] = text
	err = fs.WalkDir(sources, path.Join(name, "src", "main"), func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			m.files[p], err = fs.ReadFile(sources, p)
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, d := range p.Dependencies {
		if d.Group == group || d.Group == "${project.groupId}" {
			if err := m.add(sources, d.Artifact); err != nil {
				return err
			}
		}
	}
	return nil
}

var modulesElement = regexp.MustCompile(`(?s)<modules>.*?</modules>`)

// only lets the parent pom know of some modules: the others' folders are not there, and must not change the hash.
func only(parent []byte, names []string) []byte {
	return modulesElement.ReplaceAll(parent, []byte("<modules><module>"+strings.Join(names, "</module><module>")+"</module></modules>"))
}

// sum is the start of a SHA-256 over every file and the lock.
func (m *module) sum() string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(m.files)) {
		fmt.Fprintf(h, "%s %d\n%s\n", name, len(m.files[name]), m.files[name])
	}
	fmt.Fprint(h, m.lock)
	return hex.EncodeToString(h.Sum(nil)[:4])
}

// unpack writes the build's files below dir.
func (m *module) unpack(dir string) error {
	for name, text := range m.files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, text, 0o644)); err != nil {
			return fmt.Errorf("unpacking the sources: %w", err)
		}
	}
	return nil
}

// ours tells whether a jar is built from our sources.
func (m *module) ours(jar string) bool {
	for _, part := range m.parts {
		if rest, ok := strings.CutPrefix(jar, part+"-"); ok && ownVersion.MatchString(rest) {
			return true
		}
	}
	return false
}

// ownVersion is what follows the module's name in the name of a jar of ours: whole numbers only, as no engine's jar has.
var ownVersion = regexp.MustCompile(`^[0-9]+\.jar$`)

// jars is the lock of the whole class path: the jars of others, and ours as recorded.
func (m *module) jars(own []byte) jars.Sums {
	all := jars.Sums{}
	for name, sum := range m.lock {
		if strings.HasSuffix(name, ".jar") { // an archive is taken apart, and not on the class path
			all[name] = sum
		}
	}
	maps.Copy(all, jars.ParseSums(string(own)))
	return all
}

// versions are those of the lock's jars of an artifact, in order; as a rule one.
func (m *module) versions(artifact string) []string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(m.lock)) {
		v, found := strings.CutPrefix(name, artifact+"-")
		if v, jar := strings.CutSuffix(v, ".jar"); found && jar && v != "" && v[0] >= '0' && v[0] <= '9' {
			all = append(all, v)
		}
	}
	return all
}

// classPath gives the jars in order: ours, then those that must come first, then all others by name.
func (s Store) classPath(e engines.JVM, m *module) (string, error) {
	lib := filepath.Join(s.home(m), "lib")
	entries, err := os.ReadDir(lib)
	if err != nil {
		return "", fmt.Errorf("reading the jars of engine %s: %w", e.Descriptor.Name, err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	slices.SortStableFunc(names, func(a, b string) int { return m.rank(e.Java, a) - m.rank(e.Java, b) })
	for i, name := range names {
		names[i] = filepath.Join(lib, name)
	}
	return strings.Join(names, string(os.PathListSeparator)), nil
}

func (m *module) rank(j engines.Java, jar string) int {
	if m.ours(jar) {
		return -1
	}
	for i, pattern := range j.First {
		if ok, _ := path.Match(pattern, jar); ok {
			return i
		}
	}
	return len(j.First)
}
