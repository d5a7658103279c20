package sparkdstream

import (
	"os"
	"strings"
	"testing"
)

func TestWhatTheApplicationBringsIsNamedAlikeInJava(t *testing.T) {
	source, err := os.ReadFile("src/main/java/io/streamgauge/sparkdstream/Submission.java")
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
