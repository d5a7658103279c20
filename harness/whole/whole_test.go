package whole

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestAFileIsReplacedOrStaysAndNothingIsLeft(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "x")
	if err := errors.Join(WriteFile(file, []byte("old")), WriteFile(file, []byte("new"))); err != nil {
		t.Fatal(err)
	}
	left := func(want string) {
		t.Helper()
		b, err := os.ReadFile(file)
		if all, derr := os.ReadDir(dir); derr != nil || len(all) != 1 || err != nil || string(b) != want {
			t.Errorf("left %v, %v, with %q, %v; want x alone with %q", all, derr, b, err, want)
		}
	}
	left("new")
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("SKIPPED: there is no /dev/full here")
	}
	if err := os.Symlink("/dev/full", file+".part"); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(file, []byte("newer")); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("WriteFile on a full disk = %v", err)
	}
	left("new")
}

func TestAFileThatCannotBePutInPlaceLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "x")
	if err := os.MkdirAll(filepath.Join(file, "taken"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(file, nil); err == nil {
		t.Error("a folder was replaced by a file")
	}
	if all, err := os.ReadDir(dir); err != nil || len(all) != 1 {
		t.Errorf("left %v, %v, want the folder alone", all, err)
	}
}
