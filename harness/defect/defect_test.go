package defect

import (
	"errors"
	"io"
	"strings"
	"testing"
)

func broken(at int) (err error) {
	defer Catch(&err)
	return []error{nil, io.EOF}[at]
}

func TestCatchTellsWhatBrokeAndWhere(t *testing.T) {
	if err := broken(0); err != nil {
		t.Errorf("without a panic: %v", err)
	}
	if err := broken(1); !errors.Is(err, io.EOF) {
		t.Errorf("an error without a panic became %v", err)
	}
	err := broken(2)
	d := (*Error)(nil)
	if !errors.As(err, &d) {
		t.Fatalf("a panic gave %v, want an *Error", err)
	}
	for _, part := range []string{"a defect of streamgauge", "index out of range [2] with length 2", "defect.broken (defect_test.go:"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q lacks %q", err, part)
		}
	}
	if !strings.Contains(string(d.Trace), "defect.broken") {
		t.Errorf("the trace does not name the function:\n%s", d.Trace)
	}
}
