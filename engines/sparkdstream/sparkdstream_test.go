package sparkdstream

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/streamgauge/streamgauge/engines"
)

func TestTheShortestIntervalIsThatOfTheAdapter(t *testing.T) {
	source, err := os.ReadFile("src/main/java/io/streamgauge/sparkdstream/Settings.java")
	if err != nil {
		t.Fatal(err)
	}
	w := Descriptor().Waits[engines.AtLeastOnce]
	if want := fmt.Sprintf("option(%q, %d, 1)", w.ShortestOption, w.Shortest); w.Shortest == 0 || !strings.Contains(string(source), want) {
		t.Errorf("Settings.java has no %s", want)
	}
}

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
