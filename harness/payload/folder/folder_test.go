package folder_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/streamgauge/streamgauge/harness/payload"
	"github.com/streamgauge/streamgauge/harness/payload/folder"
)

var _ payload.Store = folder.Store{}

func TestObjectsComeBackAsTheyWerePut(t *testing.T) {
	for _, sync := range []bool{false, true} {
		s := folder.Store{Dir: t.TempDir(), Sync: sync}
		for _, content := range []string{"first", "", strings.Repeat("x", 1<<20)} { // each replaces the one before
			if err := s.Put("1/7/42", []byte(content)); err != nil {
				t.Fatal(err)
			}
			f, err := s.Open("1/7/42")
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(f)
			if err = errors.Join(err, f.Close()); err != nil || string(got) != content {
				t.Errorf("Open gave %d bytes, %v, want %d", len(got), err, len(content))
			}
		}
		if all, err := os.ReadDir(filepath.Join(s.Dir, "1/7")); err != nil || len(all) != 1 {
			t.Errorf("the folder holds %v, %v, want one file", all, err)
		}
	}
}

func TestNamesStayInTheFolder(t *testing.T) {
	s := folder.Store{Dir: t.TempDir()}
	if err := s.Put("there/is", nil); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"", "/", "..", "../x", "a/../b", "/etc/passwd", "a//b", "a/", "A", "a.b", "a b", "ä", strings.Repeat("a", 201)} {
		if err := s.Put(name, nil); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("Put(%q) = %v, want fs.ErrInvalid", name, err)
		}
		if _, err := s.Open(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Open(%q) = %v, want fs.ErrNotExist", name, err)
		}
	}
	for _, name := range []string{"none", "there", "there/is/not"} {
		if _, err := s.Open(name); err == nil {
			t.Errorf("Open(%q) = nil, want an error", name)
		}
	}
}
