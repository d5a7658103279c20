package jvm

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/streamgauge/streamgauge/engines"
)

// sdist is a source distribution with jars among other things.
func sdist(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for name, text := range map[string]string{"toys-3/deps/jars/engine-3.jar": "engine", "toys-3/deps/jars/old-1.jar": "old", "toys-3/deps/jars/README": "x",
		"toys-3/deps/more/other.jar": "other", "toys-3/setup.py": "x", "toys-3/deps/jars/../../../evil.jar": "evil"} {
		if err := errors.Join(w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(text)), Typeflag: tar.TypeReg}), second(w.Write([]byte(text)))); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func second(_ int, err error) error { return err }

// fromArchive is the toy whose engine comes from PyPI.
func fromArchive() engines.JVM {
	e := toy()
	e.Java.Archive = &engines.Archive{Package: "toys", Version: "3", File: "toys-3.tar.gz", Jars: "toys-3/deps/jars", Without: []string{"old-*.jar"}, Bytes: 1000}
	return e
}

// pip copies the archive to where it is told to, if it is asked for the right thing.
const pip = `
test "$TMPDIR" = "$PWD" || { echo "temporary files in $TMPDIR"; exit 1; }
test "$1 $2 $3" = "-m pip download" || { echo "called with $*"; exit 1; }
for a; do test "$last" = --dest && dest=$a; last=$a; done
test "$last" = toys==3 || { echo "asked for $last"; exit 1; }
cp "$ARCHIVE" "$dest/toys-3.tar.gz"
echo fetched >> "$ARCHIVE.count"`

func setUpArchive(t *testing.T, script string) (*bench, string) {
	t.Helper()
	b := setUp(t, map[string]string{"java": java17, "mvn": mavenBuilds, "python3": script})
	archive := filepath.Join(b.dir, "served.tar.gz")
	text := sdist(t)
	put(t, archive, text)
	t.Setenv("ARCHIVE", archive)
	lock := b.Sources.(fstest.MapFS)["toy/lock.txt"]
	lock.Data = append(lock.Data, []byte(sum("engine")+"  engine-3.jar\n"+sum(text)+"  toys-3.tar.gz\n")...)
	return b, archive
}

func TestInstallTakesJarsOutOfAnArchive(t *testing.T) {
	b, archive := setUpArchive(t, pip)
	for _, offline := range []bool{false, false, true} {
		if err := b.Install(t.Context(), fromArchive(), offline); err != nil {
			t.Fatalf("Install = %v", err)
		}
		if err := b.Verify(fromArchive()); err != nil {
			t.Fatalf("Verify = %v", err)
		}
		// The next one builds anew from the archive that is kept.
		changed := b.Sources.(fstest.MapFS)["toy/src/main/java/T.java"]
		changed.Data = append(changed.Data, '.')
	}
	if n := b.count(); n != 3 {
		t.Errorf("built %d times, want 3", n)
	}
	if fetched, err := os.ReadFile(archive + ".count"); err != nil || string(fetched) != "fetched\n" {
		t.Errorf("pip's calls: %q, %v, want one", fetched, err)
	}
	st, err := b.State(fromArchive())
	if err != nil || st.Installed {
		t.Errorf("State of changed sources = %+v, %v, want not installed", st, err)
	}
	if evil, _ := filepath.Glob(filepath.Join(b.dir, "*", "evil.jar")); evil != nil {
		t.Errorf("the archive wrote outside: %v", evil)
	}
}

func TestLockOfAnArchive(t *testing.T) {
	b, _ := setUpArchive(t, pip)
	want := strings.Split(string(b.Sources.(fstest.MapFS)["toy/lock.txt"].Data), "\n")
	delete(b.Sources.(fstest.MapFS), "toy/lock.txt")
	var got strings.Builder
	if err := b.Lock(t.Context(), fromArchive(), &got); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(got.String(), "\n")
	slices.Sort(want)
	slices.Sort(lines)
	if !slices.Equal(want, lines) {
		t.Errorf("Lock = %q, want %q", lines, want)
	}
}

func TestArchiveSaysWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		name, script string
		offline      bool
		change       func(*engines.Archive)
		want         []string
	}{
		{"no pip", "echo '/usr/bin/python3: No module named pip' >&2; exit 1", false, nil, []string{"No module named pip", "apt install python3-pip"}},
		{"no network", "echo 'ERROR: Could not find a version that satisfies the requirement' >&2; exit 1", false, nil, []string{"Could not find a version", "check the network"}},
		{"full disk", "echo 'OSError: No space left on device' >&2; exit 1", false, nil, []string{"make room"}},
		{"offline", pip, true, nil, []string{"not installed", "toys-3.tar.gz is not in the cache", "without --offline"}},
		{"another archive", `ARCHIVE=$0` + pip, false, nil, []string{"toys-3.tar.gz from PyPI has SHA-256"}},
		{"no jars in it", pip, false, func(a *engines.Archive) { a.Jars = "toys-3/lib" }, []string{"there is none in toys-3/lib"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, _ := setUpArchive(t, c.script)
			e := fromArchive()
			if c.change != nil {
				c.change(e.Java.Archive)
			}
			err := b.Install(t.Context(), e, c.offline)
			if err == nil {
				t.Fatal("Install succeeded")
			}
			text := err.Error()
			if e := (*Error)(nil); errors.As(err, &e) {
				text += " | " + e.Hint
			}
			for _, want := range c.want {
				if !strings.Contains(text, want) {
					t.Errorf("Install = %s, want %q in it", text, want)
				}
			}
			if left := b.left(t); left != nil {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}
