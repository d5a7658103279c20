package mutants

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/result"
)

func TestEveryMutantIsNoticed(t *testing.T) {
	for _, x := range table() {
		for label, e := range x.vehicles() {
			t.Run(strings.ReplaceAll(x.class, " ", "-")+"/"+label, func(t *testing.T) {
				t.Parallel()
				x.experiment(t, e)
			})
		}
	}
}

// vehicles are the engines that show the bug, by name. Each is made for a bench, with the marks to set.
func (x *mutant) vehicles() map[string]func(*world, marks) engines.Engine {
	all := map[string]func(*world, marks) engines.Engine{}
	if x.bug != nil {
		all["crooked"] = func(w *world, m marks) engines.Engine {
			var e engines.Engine = newCrooked(x.bug(w, m))
			if x.real != nil {
				e = doctored{Engine: e, plan: x.real.plan, dial: x.real.dial}
			}
			return e
		}
		return all
	}
	for label, e := range runs(x.only) {
		all[label] = func(*world, marks) engines.Engine { return doctored{Engine: e, plan: x.real.plan, dial: x.real.dial} }
	}
	return all
}

// experiment runs one engine with the bug and looks for what must be noticed.
func (x *mutant) experiment(t *testing.T, make func(*world, marks) engines.Engine) {
	g := x.guarantee
	if g == "" {
		g = alo
	}
	w := worldOf(t, g)
	if x.sums {
		w = summingWorld(t)
	}
	b, m := benchOf(t, w, g), marks{}
	run := x.run
	if run == nil {
		run = straight
	}
	run(b, make(b.world, m))
	v := b.judge(x.run != nil)
	t.Logf("%s", v.Text)
	x.sentence(t, &v, m)
	stage := guilty(&v)
	if stage.Stage != x.stage {
		t.Errorf("the first stage at fault is %q, want %q", stage.Stage, x.stage)
	}
	n := counts(stage)[x.fault]
	if n == 0 {
		t.Errorf("stage %s: %+v, want some %s", stage.Stage, *stage, x.fault)
	}
	if x.must == nil && n != m.total() {
		t.Errorf("stage %s: %d %s, want the %d that were touched", stage.Stage, n, x.fault, m.total())
	}
	if x.alone && n != 1 {
		t.Errorf("stage %s: %d %s, want the one at the bound", stage.Stage, n, x.fault)
	}
	x.names(t, &v, b.world, m)
}

func (m marks) total() int64 {
	n := 0
	for _, k := range m {
		n += k
	}
	return int64(n)
}

// sentence checks the words of the verdict.
func (x *mutant) sentence(t *testing.T, v *result.Verdict, m marks) {
	want := x.text
	if want == "" {
		want = "wrong: .+"
	}
	want = strings.ReplaceAll(want, "MARKS", strconv.FormatInt(m.total(), 10))
	if !regexp.MustCompile("^" + want + "$").MatchString(v.Text) {
		t.Errorf("the verdict is %q, want %s", v.Text, want)
	}
	if v.Correct == (x.text == "") {
		t.Errorf("correct is %v beside %q", v.Correct, v.Text)
	}
}

// names checks the culprits of the stage at fault: they are of the mutated kind, and the mutated records.
func (x *mutant) names(t *testing.T, v *result.Verdict, w *world, m marks) {
	must := ""
	if x.must != nil {
		must = x.must(w)
	}
	var named []string
	found := false
	for _, c := range v.Culprits {
		if c.Stage != x.stage || c.Fault != x.fault {
			continue
		}
		named = append(named, c.Identity)
		found = found || must == "" || c.Identity == must
		if c.Topic == "" || c.Key == "" || c.Detail == "" {
			t.Errorf("culprit %+v lacks a place or what is wrong with it", c)
		}
		if x.kind != "" && !strings.HasPrefix(c.Identity, x.kind+"/") {
			t.Errorf("culprit %+v is no %s", c, x.kind)
		}
		if len(m) > 0 && m[c.Identity] == 0 {
			t.Errorf("culprit %+v was not touched", c)
		}
	}
	if !found {
		t.Errorf("%s of stage %s: named are %v, want %s among them", x.fault, x.stage, named, must)
	}
}
