package conformance

import "testing"

func load(t *testing.T) []Script {
	t.Helper()
	scripts, err := Scripts()
	if err != nil {
		t.Fatal(err)
	}
	return scripts
}

func TestScriptsAreThere(t *testing.T) {
	scripts := load(t)
	if len(scripts) < 44 {
		t.Errorf("%d scripts, want at least 44", len(scripts))
	}
	for _, g := range groupScripts(scripts) {
		for n := int32(1); n <= 5; n++ {
			if _, err := compile(g, n); err != nil {
				t.Errorf("compile for %d partitions: %v", n, err)
			}
		}
	}
}
