package main

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/streamgauge/streamgauge/harness/result"
)

// Where a full disk kept run.json from being written, --json prints the result all the same: that it could not be written is an
// error of its own, and no other may hide it.
func TestAResultWithoutItsFileIsPrinted(t *testing.T) {
	var out bytes.Buffer
	a := &app{stdout: &out, parts: &registry{}}
	if err := a.present(&result.Run{Schema: result.Schema, ID: "one", Partial: true}, t.TempDir(), true); err != nil {
		t.Errorf("present = %v, want no error", err)
	}
	var got result.Run
	if err := json.Unmarshal(out.Bytes(), &got); err != nil || got.ID != "one" || !got.Partial {
		t.Errorf("printed %q (%v), want the result", &out, err)
	}
}
