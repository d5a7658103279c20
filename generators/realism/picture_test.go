package realism

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestAPictureIsThereWholeOrNotAtAll(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("SKIPPED: there is no /dev/full here")
	}
	var text strings.Builder
	for i := range 300 {
		fmt.Fprintf(&text, "%d,a,%d\n", 1_700_000_000+i, i*i%17)
	}
	s, dir := stream(t, text.String()), t.TempDir()
	file := filepath.Join(dir, "score.svg")
	if err := os.Symlink("/dev/full", file+".part"); err != nil {
		t.Fatal(err)
	}
	rep := Score(s, s, Options{})
	if err := Picture(file, s, s, rep); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("Picture on a full disk = %v", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left %v, %v, want nothing", left, err)
	}
	if err := Picture(file, s, s, rep); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(file); err != nil || info.Size() == 0 {
		t.Errorf("picture: %v, %v", info, err)
	}
}
