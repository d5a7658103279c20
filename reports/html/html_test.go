package html_test

import (
	"bytes"
	"testing"

	"github.com/streamgauge/streamgauge/harness/result"
	"github.com/streamgauge/streamgauge/reports/html"
	"github.com/streamgauge/streamgauge/reports/reportstest"
	"os"
)

func render(t *testing.T, run *result.Run) string {
	t.Helper()
	var b bytes.Buffer
	if err := html.Render(&b, run); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestLook(t *testing.T) {
	for _, n := range reportstest.Samples() {
		os.WriteFile("/tmp/rep-"+n+".html", []byte(render(t, reportstest.Sample(t, n))), 0o644)
	}
}
