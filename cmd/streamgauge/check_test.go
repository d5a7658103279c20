package main

import (
	"strings"
	"testing"

	"github.com/streamgauge/streamgauge/harness/conformance"
)

// Scripts are picked by any of several patterns, once each and in their own order; a pattern without a script is an error.
func TestScriptsArePickedByName(t *testing.T) {
	scripts := []conformance.Script{{Name: "clean-a"}, {Name: "clean-b"}, {Name: "window-a"}}
	for _, c := range []struct{ only, want, err string }{
		{"", "clean-a clean-b window-a", ""},
		{"window-*", "window-a", ""},
		{"window-* clean-b", "clean-b window-a", ""},
		{"clean-* *-a", "clean-a clean-b window-a", ""},
		{"clean-* wnidow-*", "", "--only wnidow-*: no script has such a name"},
		{"[ clean-*", "", "--only [: syntax error in pattern"},
	} {
		found, err := matching(scripts, strings.Fields(c.only))
		var names []string
		for _, s := range found {
			names = append(names, s.Name)
		}
		if got := strings.Join(names, " "); got != c.want || (err == nil) != (c.err == "") || err != nil && err.Error() != c.err {
			t.Errorf("matching(%q) = %q, %v, want %q, %s", c.only, got, err, c.want, c.err)
		}
	}
}
