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

func TestQuickScriptsShareStartsAndKillNothing(t *testing.T) {
	all := load(t)
	quick := Quick(all)
	if len(quick) < len(all)*2/3 || len(quick) == len(all) {
		t.Errorf("%d of %d scripts are quick, want most and not all", len(quick), len(all))
	}
	operators, stops := map[string]bool{}, map[string]int{}
	for _, s := range quick {
		if s.restarts(stepStop) {
			if stops[s.Job.Name]++; stops[s.Job.Name] > 1 {
				t.Errorf("%s is the second that stops an engine with job %s", s.Name, s.Job.Name)
			}
		}
		if s.restarts(stepKill) {
			t.Errorf("%s kills the engine", s.Name)
		}
		for _, o := range s.Job.OperatorNames() {
			operators[o] = true
		}
	}
	for _, s := range all {
		for _, o := range s.Job.OperatorNames() {
			if !operators[o] && o != "filter" { // which one script looks at
				t.Errorf("no quick script has the operator %s", o)
			}
		}
	}
	if len(stops) == 0 {
		t.Error("no quick script stops the engine and goes on")
	}
	if starts := len(groupScripts(quick)); starts > len(groupScripts(all))/2 {
		t.Errorf("quick scripts need %d starts, all of them %d", starts, len(groupScripts(all)))
	}
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
