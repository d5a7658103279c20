package reports

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/streamgauge/streamgauge/harness/result"
)

// Badge is a reason for which a trial is degraded: shown, but not ranked.
type Badge struct {
	Code string // as in run.json
	Text string // what it means, a sentence
}

// badgeTexts explains the badges that are no checks; a check explains itself.
func badgeTexts() map[string]string {
	return map[string]string{
		"embedded-broker":   "The broker is the embedded one, a small stand-in for Kafka: good for learning and for correctness, not for speed.",
		"shared-cores":      "Driver, broker and engines shared the same processor cores, so each took time from the others.",
		"side-by-side":      "All engines ran at the same time on one machine, so each took processor time from the others.",
		"faults-injected":   "Faults were injected: this trial shows recovery, not speed.",
		"unequal-intervals": "The engines commit or batch at different intervals, so part of the difference is a setting.",
	}
}

// Explain gives the badges of a trial with their meaning.
func Explain(run *result.Run, t *result.Trial) []Badge {
	var all []Badge
	for _, code := range t.Badges {
		b := Badge{Code: code, Text: badgeTexts()[code]}
		for _, c := range run.Checks {
			if b.Text == "" && c.ID == code && (c.Trial == t.ID || c.Trial == "") {
				b.Text = CheckSentence(&c)
			}
		}
		if b.Text == "" {
			b.Text = "See the checks of the measurement."
		}
		all = append(all, b)
	}
	return all
}

// CheckSentence tells a check with its value: "processes did not wait for a processor: 31 %, limit 10 %. Share of …".
func CheckSentence(c *result.Check) string {
	if c.State == result.NotMeasured {
		return sentence(c.Title+": not measured") + " " + sentence(c.Text)
	}
	return strings.TrimSpace(sentence(fmt.Sprintf("%s: %s, limit %s", c.Title, Value(c.Value, c.Unit), Value(c.Threshold, c.Unit))) +
		" " + sentence(c.Text))
}

// badges gives the distinct badges of all trials.
func (s *Subject) badges(run *result.Run) []Badge {
	var all []Badge
	for _, t := range s.Trials {
		for _, b := range Explain(run, t) {
			if !slices.ContainsFunc(all, func(x Badge) bool { return x.Code == b.Code }) {
				all = append(all, b)
			}
		}
	}
	return all
}

// sentence begins text with a capital and ends it with a full stop.
func sentence(text string) string {
	text = strings.TrimSpace(text)
	if text == "" {
		return ""
	}
	if !strings.HasSuffix(text, ".") {
		text += "."
	}
	r := []rune(text)
	return strings.ToUpper(string(r[0])) + string(r[1:])
}

// Supported lists what the run supports, in sentences: first what was offered, then who was correct.
func Supported(run *result.Run) []string {
	lines := Lines(run)
	var all []string
	if text := sameInput(run); text != "" {
		all = append(all, text)
	}
	var correct, others []string
	for _, l := range lines {
		switch {
		case l.Floor:
		case l.Status == Correct || l.Status == Repeats:
			correct = append(correct, l.Name)
		default:
			others = append(others, l.Name+" ("+l.Status.String()+")")
		}
	}
	switch {
	case len(correct) > 0 && len(others) == 0:
		all = append(all, fmt.Sprintf("On this input %s gave the answers the job asks for.", And(correct)))
	case len(correct) > 0:
		all = append(all, fmt.Sprintf("On this input %s gave the answers the job asks for; that cannot be said of %s.", And(correct), And(others)))
	case len(others) > 0:
		all = append(all, fmt.Sprintf("Of no engine can be said that it gave the answers the job asks for: %s.", And(others)))
	}
	for _, r := range Rankings(run) {
		all = append(all, rankingSentence(r))
	}
	return all
}

func sameInput(run *result.Run) string {
	digests, messages := map[string]bool{}, map[string]bool{}
	n := 0
	for i := range run.Trials {
		if t := &run.Trials[i]; !t.Partial && t.Input.OrderDigest != "" {
			digests[t.Input.Digest+"/"+t.Input.OrderDigest] = true
			messages[t.Input.MessageDigest] = true
			n++
		}
	}
	if len(messages) == 1 && !messages[""] && len(digests) > 1 {
		return fmt.Sprintf("All %d trials were offered the same messages at the same times, in %d different sets of records: the digest of the messages is %s.",
			n, len(digests), slices.Collect(maps.Keys(messages))[0])
	}
	if len(digests) != 1 || n < 2 {
		return ""
	}
	in := run.Trials[0].Input
	for i := range run.Trials {
		if !run.Trials[i].Partial {
			in = run.Trials[i].Input
			break
		}
	}
	return fmt.Sprintf("All %d trials were offered the same bytes in the same order: %s with the digest %s.", n,
		Counted(in.Records, "record"), in.OrderDigest)
}

func rankingSentence(r Ranking) string {
	if len(r.Places) == 0 {
		return fmt.Sprintf("Ranking of %s: %s.", r.Title, r.Doubt)
	}
	lines := make([]Line, len(r.Places))
	for i, p := range r.Places {
		lines[i] = p.Line
	}
	q := RankedBy(lines)
	var places []string
	for _, p := range r.Places {
		f := p.Line.Response[q]
		text := fmt.Sprintf("%d. %s %s", p.Rank, p.Line.Name, f.Text(Duration))
		if spread := f.Spread(Duration); spread != "" {
			text += " " + spread
		}
		places = append(places, text)
	}
	out := fmt.Sprintf("Ranking of %s: %s.", r.Title, strings.Join(places, "; "))
	if r.Doubt != "" {
		out += " But " + r.Doubt + "."
	}
	return out
}

// NotConcluded lists what must not be concluded from the run, and why, gravest first.
func NotConcluded(run *result.Run) []string {
	lines := Lines(run)
	var all []string
	add := func(is bool, format string, args ...any) {
		if is {
			all = append(all, fmt.Sprintf(format, args...))
		}
	}
	if run.Partial || len(lines) == 0 {
		why := strings.TrimSuffix(run.Failure, ".")
		add(why == "", "Anything that needs the whole run: it was broken off.")
		add(why != "", "Anything that needs the whole run: it was broken off (%s).", why)
	}
	wrong, invalid, unknown := named(lines)
	add(len(wrong) > 0, "How fast %s %s: the outputs are wrong, and a wrong answer can be had at any speed.", And(wrong), isAre(wrong))
	add(len(invalid) > 0, "The figures of invalid trials (%s): the measurement itself failed, they are excluded.", And(invalid))
	add(len(unknown) > 0, "Whether %s %s correct: the oracle gave no verdict.", And(unknown), isAre(unknown))
	all = append(all, fromBadges(run)...)
	all = append(all, fromRepetitions(lines)...)
	all = append(all, fromPercentiles(lines)...)
	add(policyDiffers(lines), "That a difference is the engines' alone: they wait by design for unequal times (policy floors %s).", policies(lines))
	add(len(lines) > 0, "The highest load an engine sustains: only the loads listed here were offered.")
	return all
}

func named(lines []Line) (wrong, invalid, unknown []string) {
	for _, l := range lines {
		switch l.Status {
		case Wrong:
			wrong = append(wrong, l.Name)
		case Unjudged, Unfinished:
			unknown = append(unknown, l.Name)
		}
		for _, t := range l.Trials {
			if !t.Partial && !counts(t) {
				invalid = append(invalid, TrialName(t))
			}
		}
	}
	return wrong, invalid, unknown
}

// TrialName names a trial for people: its instance, and its repetition beyond the first.
func TrialName(t *result.Trial) string {
	if t.Repetition > 1 {
		return fmt.Sprintf("%s #%d", t.Instance, t.Repetition)
	}
	return t.Instance
}

// coresOf tells how many cores a run had: those that it might run on, or how much of them a control group let it use.
func coresOf(h *result.Host) string {
	all := Counted(int64(h.Cores), "core")
	if quota, err := strconv.ParseFloat(h.Limits["cpus"], 64); err == nil && quota > 0 && quota < float64(h.Cores) {
		return h.Limits["cpus"] + " of " + all
	}
	return all
}

func fromBadges(run *result.Run) []string {
	seen := map[string]bool{}
	for i := range run.Trials {
		for _, b := range run.Trials[i].Badges {
			seen[b] = true
		}
	}
	var all []string
	for _, b := range []struct{ code, text string }{
		{"embedded-broker", "How fast any of this is on a Kafka cluster: the embedded broker is a stand-in in one process. Repeat with --broker local."},
		{"shared-cores", fmt.Sprintf("How fast an engine is with processor cores of its own: driver, broker and engines shared %s.", coresOf(&run.Host))},
		{"side-by-side", "How fast an engine is alone: the others ran at the same time. Repeat with --placement isolated."},
		{"faults-injected", "How fast an engine is undisturbed: faults were injected."},
	} {
		if seen[b.code] {
			all = append(all, b.text)
		}
	}
	if len(run.Trials) > 0 && !seen["shared-cores"] {
		all = append(all, "That no process waited for a core that another had: driver, broker and engines are pinned to no cores of their own. How often one waited "+
			"is among the checks of the measurement.")
	}
	return all
}

func fromRepetitions(lines []Line) []string {
	least := 0
	for i := range lines {
		if n := len(lines[i].Counted()); n > 0 && (least == 0 || n < least) {
			least = n
		}
	}
	switch {
	case least == 0 || least >= intervalFrom:
		return nil
	case least == 1:
		return []string{"That a small difference is real: one repetition has no spread to hold it against. Repeat with --repetitions 5."}
	}
	return []string{fmt.Sprintf("How sure a difference is: %d repetitions give a range, an interval takes five.", least)}
}

func fromPercentiles(lines []Line) []string {
	var all []string
	for _, q := range Quantiles() {
		var few, bound []string
		for _, l := range lines {
			switch f := l.Response[q]; {
			case strings.HasPrefix(f.Missing, "needs"):
				few = append(few, l.Name)
			case f.Bound:
				bound = append(bound, l.Name)
			}
		}
		if len(few) > 0 {
			all = append(all, fmt.Sprintf("The %s of %s: it takes %s samples, so that 100 lie beyond it.", QuantileName(q), And(few), Count(SamplesFor(q))))
		}
		if len(bound) > 0 {
			all = append(all, fmt.Sprintf("The true %s of %s: events that were never answered lie there, so the figure is a lower bound.", QuantileName(q), And(bound)))
		}
	}
	return all
}

func policyDiffers(lines []Line) bool {
	values := map[float64]bool{}
	for _, l := range lines {
		if !l.Floor && l.PolicyFloor.Known() {
			values[l.PolicyFloor.Median] = true
		}
	}
	return len(values) > 1
}

func policies(lines []Line) string {
	var all []string
	for _, l := range lines {
		if !l.Floor && l.PolicyFloor.Known() {
			all = append(all, l.Name+" "+Duration(l.PolicyFloor.Median))
		}
	}
	return strings.Join(all, ", ")
}

func isAre(names []string) string {
	if len(names) == 1 {
		return "is"
	}
	return "are"
}

// And joins names as in speech: "a, b and c".
func And(names []string) string {
	switch n := len(names); n {
	case 0:
		return ""
	case 1:
		return names[0]
	default:
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
}

// Warnings lists the distinct warnings of a run: those of trials, each with the trials it names, and those that were
// noted along the way.
func Warnings(run *result.Run) []string {
	var texts []string
	who := map[string][]string{}
	for i := range run.Trials {
		t := &run.Trials[i]
		for _, text := range t.Warnings {
			if who[text] == nil {
				texts = append(texts, text)
			}
			if name := TrialName(t); !slices.Contains(who[text], name) {
				who[text] = append(who[text], name)
			}
		}
	}
	var all []string
	for _, text := range texts {
		all = append(all, strings.Join(who[text], ", ")+": "+text)
	}
	for _, e := range run.Events {
		if e.Kind == "warning" && !slices.Contains(all, e.Text) {
			all = append(all, e.Text)
		}
	}
	return all
}
