package spark

import (
	"os"
	"strings"
	"testing"

	"github.com/streamgauge/streamgauge/harness/job"
)

func TestWindowsHaveAQueryOfTheirOwn(t *testing.T) {
	parse := job.Stage{Do: []job.Operator{{Decode: &job.Decode{}}}}
	window := job.Stage{Do: []job.Operator{{Window: &job.Window{}}, {Encode: &job.Encode{}}}}
	total := job.Stage{Do: []job.Operator{{Aggregate: &job.Aggregate{}}}}
	for _, c := range []struct {
		stages []job.Stage
		want   int
	}{
		{[]job.Stage{parse}, 1},
		{[]job.Stage{parse, window}, 3},
		{[]job.Stage{parse, total}, 2},
	} {
		if got := queries(job.Job{Stages: c.stages}); got != c.want {
			t.Errorf("queries(%v) = %d, want %d", c.stages, got, c.want)
		}
	}
}

func TestWhatTheApplicationBringsIsNamedAlikeInJava(t *testing.T) {
	source, err := os.ReadFile("src/main/java/io/streamgauge/spark/Submission.java")
	if err != nil {
		t.Fatal(err)
	}
	for _, pattern := range brings() {
		beginning := pattern[:strings.IndexAny(pattern, "*[")]
		if !strings.Contains(string(source), `"`+beginning) {
			t.Errorf("Submission.java does not name %q", beginning)
		}
	}
}
