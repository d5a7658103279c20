package tables

import (
	"io"
	"os"
	"path/filepath"
	"testing"
)

// What is kept may be read, or the program ended, while something newer is being kept: either is found whole.
func TestWhatIsKeptIsReplacedAsAWhole(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "runs", "x.json")
	if err := Keep(file, "old"); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := Keep(file, "new"); err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(f); err != nil || string(b) != `"old"` {
		t.Errorf("who read it before has %q, %v, want what was kept then", b, err)
	}
	if got, err := Kept[string](file); err != nil || got == nil || *got != "new" {
		t.Errorf("Kept = %v, %v, want what was kept last", got, err)
	}
	if left, err := os.ReadDir(filepath.Dir(file)); err != nil || len(left) != 1 {
		t.Errorf("%d files, %v, want one", len(left), err)
	}
}
