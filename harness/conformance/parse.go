package conformance

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/streamgauge/streamgauge/harness/job"
	"github.com/streamgauge/streamgauge/harness/yamlstrict"
	"github.com/streamgauge/streamgauge/scenarios"
)

// parser reads one script. Problems are collected, so that one run shows them all.
type parser struct {
	Script
	problems []error
}

func (p *parser) addf(line int, format string, args ...any) {
	p.problems = append(p.problems, fmt.Errorf("%s:%d: %s", p.file, line, fmt.Sprintf(format, args...)))
}

// section is a keyword at the beginning of a line, what follows it there, and the indented lines below.
type section struct {
	line    int
	keyword string
	rest    string
	body    []bodyLine
}

type bodyLine struct {
	line int
	text string // without indentation and trailing space
	raw  string
}

// Parse reads a script as FORMAT.md draws it. Its Name is the file name without folder and .txt. Errors: all problems,
// joined, each as file:line: text.
func Parse(file, src string) (Script, error) {
	p := &parser{Script: Script{file: file, devices: map[string]*device{}}}
	p.Name = strings.TrimSuffix(file[strings.LastIndexByte(file, '/')+1:], ".txt")
	p.lastLine = strings.Count(src, "\n")
	seen := map[string]bool{}
	sections := p.sections(src)
	// Steps are read with the job's paths and expectations with the steps, whatever the order in the file.
	for _, keyword := range keywords {
		for _, s := range sections {
			if s.keyword != keyword {
				continue
			}
			if seen[keyword] {
				p.addf(s.line, "%s stands twice", keyword)
				continue
			}
			seen[keyword] = true
			p.section(s)
		}
	}
	for _, k := range []string{"about", "job", "steps", "expect"} {
		if !seen[k] {
			p.addf(1, "no %s: a script has about, job, steps and expect", k)
		}
	}
	if len(p.problems) == 0 {
		p.check()
	}
	return p.Script, errors.Join(p.problems...)
}

// keywords in the order in which sections are read.
var keywords = []string{"about", "job", "epoch", "bounds", "windows", "heartbeats", "devices", "registry", "objects", "steps", "expect"}

func (p *parser) sections(src string) []section {
	var all []section
	for i, raw := range strings.Split(src, "\n") {
		text := strings.TrimSpace(raw)
		if text == "" || text[0] == '#' {
			continue
		}
		if raw[0] == ' ' || raw[0] == '\t' {
			if len(all) == 0 {
				p.addf(i+1, "an indented line before the first keyword")
				continue
			}
			s := &all[len(all)-1]
			s.body = append(s.body, bodyLine{line: i + 1, text: text, raw: raw})
			continue
		}
		keyword, rest, _ := strings.Cut(text, " ")
		if !slices.Contains(keywords, keyword) {
			p.addf(i+1, "unknown keyword %q; %s", keyword, yamlstrict.Suggest(keyword, keywords))
		}
		all = append(all, section{line: i + 1, keyword: keyword, rest: strings.TrimSpace(rest)})
	}
	return all
}

func (p *parser) section(s section) {
	if body := map[string]bool{"about": true, "job": true, "devices": true, "registry": true, "objects": true, "steps": true, "expect": true}; !body[s.keyword] && len(s.body) > 0 {
		p.addf(s.body[0].line, "%s has no lines below it", s.keyword)
	}
	switch s.keyword {
	case "about":
		p.about(s)
	case "job":
		p.job(s)
	case "epoch":
		p.readEpoch(s)
	case "bounds":
		p.readBounds(s)
	case "windows":
		p.unsettled = p.oneOf(s, "stay-open", "settle") == "stay-open"
	case "heartbeats":
		p.firstOnly = p.oneOf(s, "first-partition", "all-partitions") == "first-partition"
	case "devices":
		p.each(s, p.device)
	case "registry":
		p.each(s, p.registryLine)
	case "objects":
		p.each(s, p.object)
	case "steps":
		p.each(s, p.step)
	case "expect":
		p.each(s, p.expectation)
	}
}

func (p *parser) each(s section, f func(*line)) {
	if s.rest != "" {
		p.addf(s.line, "%s: its lines stand below it, indented", s.keyword)
	}
	for _, b := range s.body {
		f(&line{p: p, number: b.line, rest: b.text})
	}
}

func (p *parser) oneOf(s section, words ...string) string {
	if !slices.Contains(words, s.rest) {
		p.addf(s.line, "%s %q: want %s", s.keyword, s.rest, strings.Join(words, " or "))
	}
	return s.rest
}

func (p *parser) about(s section) {
	words := []string{s.rest}
	for _, b := range s.body {
		words = append(words, b.text)
	}
	p.About = strings.TrimSpace(strings.Join(words, " "))
	if p.About == "" {
		p.addf(s.line, "about says in a sentence what the script checks")
	}
}

// job reads the name of a standard job, or a whole job as YAML.
func (p *parser) job(s section) {
	name := p.file
	var src []byte
	switch {
	case s.rest != "" && len(s.body) > 0:
		p.addf(s.line, "job: want a name, or a whole job below")
		return
	case s.rest != "":
		name = "jobs/" + s.rest + ".yaml"
		b, err := scenarios.Files.ReadFile(name)
		if err != nil {
			b, err = files.ReadFile("scripts/" + name)
		}
		if err != nil {
			p.addf(s.line, "job %q: no such file in scenarios/jobs nor beside the scripts in jobs", s.rest)
			return
		}
		src = b
	case len(s.body) > 0:
		src = dedent(s)
	default:
		p.addf(s.line, "job: want a name, or a whole job below")
		return
	}
	j := &job.Job{}
	if _, err := yamlstrict.Decode(name, src, j); err != nil {
		p.problems = append(p.problems, err)
		return
	}
	if err := j.Validate(); err != nil {
		p.addf(s.line, "job: %v", err)
		return
	}
	p.Job, p.jobText = j, string(src)
}

// dedent gives the lines of a section as YAML whose line numbers are the script's.
func dedent(s section) []byte {
	var b strings.Builder
	at := 1
	indent := len(s.body[0].raw) - len(strings.TrimLeft(s.body[0].raw, " "))
	for _, l := range s.body {
		for ; at < l.line; at++ {
			b.WriteByte('\n')
		}
		text := l.raw
		if len(text) >= indent {
			text = text[indent:]
		}
		b.WriteString(text + "\n")
		at++
	}
	return []byte(b.String())
}

func (p *parser) readEpoch(s section) {
	t, err := time.Parse(time.RFC3339, s.rest)
	if err != nil {
		p.addf(s.line, "epoch %q: want a time such as 2020-01-01T00:00:00Z", s.rest)
		return
	}
	ms := t.UnixMilli()
	p.epoch = &ms
}

func (p *parser) readBounds(s section) {
	lo, hi, ok := strings.Cut(s.rest, " ")
	a, err1 := moment(lo)
	b, err2 := moment(strings.TrimSpace(hi))
	if !ok || err1 != nil || err2 != nil || a > b {
		p.addf(s.line, "bounds %q: want two moments from the epoch, such as -1h +1h", s.rest)
		return
	}
	p.bounds = &[2]int64{a, b}
}

// moment reads "+12.5s": ms from the script's epoch.
func moment(s string) (int64, error) {
	if s == "" || s[0] != '+' && s[0] != '-' {
		return 0, fmt.Errorf("%q is not a moment such as +12.5s or -1ms", s)
	}
	d, err := time.ParseDuration(s)
	if err != nil || d%time.Millisecond != 0 {
		return 0, fmt.Errorf("%q is not a moment of whole ms such as +12.5s or -1ms", s)
	}
	return d.Milliseconds(), nil
}

// use makes sure that a label has a device behind it.
func (p *parser) use(label string) *device {
	d, ok := p.devices[label]
	if !ok {
		d = &device{label: label, key: label, partition: -1}
		p.devices[label] = d
		p.labels = append(p.labels, label)
	}
	return d
}

// check looks at what sections mean together: every identity is spoken of, and everything spoken of exists.
func (p *parser) check() {
	inputs := map[string]int{}
	for _, s := range p.steps {
		if s.kind == stepEvent && !s.input.options.foreign {
			for seq := s.input.from; seq <= s.input.to; seq++ {
				inputs[identity(s.input.device, seq)]++
			}
		}
	}
	spoken := map[string]bool{}
	for _, e := range p.expect {
		for _, r := range e.about() {
			p.known(expectation{line: e.line, device: e.device, from: r.from, to: r.to, occurrence: r.occurrence}, inputs)
			for seq := r.from; seq <= r.to; seq++ {
				if e.kind != expectAlert && e.kind != expectWindow {
					spoken[identity(e.device, seq)] = true
				}
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(inputs)) {
		if !spoken[id] {
			p.addf(p.lastLine, "nothing is expected of %s; say `%s nothing` if that is meant", id, id)
		}
	}
	for _, d := range p.devices {
		if _, ok := p.devices[d.like]; d.like != "" && !ok {
			p.addf(1, "device %s is like %s, which does not exist", d.label, d.like)
		}
	}
}

// about lists the events that an expectation speaks of.
func (e *expectation) about() []part {
	if e.kind == expectWindow || e.kind == expectUpdate {
		return e.of
	}
	return []part{{e.from, e.to, e.occurrence}}
}

func (p *parser) known(e expectation, inputs map[string]int) {
	for seq := e.from; seq <= e.to; seq++ {
		if n := inputs[identity(e.device, seq)]; n == 0 || e.occurrence > n {
			p.addf(e.line, "%s is not among the steps (%d times)", identity(e.device, seq), n)
			return
		}
	}
}

func identity(label string, seq uint64) string { return fmt.Sprintf("%s#%d", word(label), seq) }
