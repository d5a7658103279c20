package main

import (
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/streamgauge/streamgauge/harness/result"
	"github.com/streamgauge/streamgauge/harness/scenario"
	"github.com/streamgauge/streamgauge/harness/yamlstrict"
	"github.com/streamgauge/streamgauge/reports"
)

// rule is one --fail-if: a figure of a trial held against a value.
type rule struct {
	text     string
	instance string // label; empty: every engine that is ranked
	metric   string
	op       string  // < <= > >=
	value    float64 // in the metric's unit: ns, events per second, s, bytes, 1
}

// unit says how the values of a metric are written.
type unit int

const (
	unitDuration unit = iota // 20ms; ns
	unitRate                 // 4900/s or 4900
	unitSeconds              // 12.5 or 12.5s
	unitBytes                // 500MB
	unitCount                // 0
)

// metrics lists what a rule may name.
func metrics() map[string]unit {
	return map[string]unit{
		"p50": unitDuration, "p90": unitDuration, "p99": unitDuration, "p999": unitDuration, "max": unitDuration,
		"achieved_rate": unitRate, "cpu_seconds": unitSeconds, "rss": unitBytes, "duplicates": unitCount,
	}
}

var ruleForm = regexp.MustCompile(`^\s*(?:([a-z0-9-]+)\s*:)?\s*([a-z0-9_]+)\s*(<=|>=|<|>)\s*(\S+)\s*$`)

// parseRules reads all rules; labels must be engines of the scenario. Errors: exit code 2.
func parseRules(texts []string, s *scenario.Scenario) ([]rule, error) {
	var rules []rule
	for _, text := range texts {
		r, err := parseRule(text)
		if err != nil {
			return nil, err
		}
		if _, ok := s.Engines[r.instance]; r.instance != "" && !ok {
			labels := slices.Collect(maps.Keys(s.Engines))
			return nil, usagef("", "--fail-if %q: the scenario has no engine %q; %s", text, r.instance,
				yamlstrict.Suggest(r.instance, labels))
		}
		rules = append(rules, r)
	}
	return rules, nil
}

func parseRule(text string) (rule, error) {
	m := ruleForm.FindStringSubmatch(text)
	if m == nil {
		return rule{}, usagef("--fail-if 'p99>20ms', or for one engine --fail-if 'tuple:p99>20ms'",
			"--fail-if %q: want METRIC>VALUE or METRIC<VALUE", text)
	}
	r := rule{text: strings.TrimSpace(text), instance: m[1], metric: m[2], op: m[3]}
	kind, ok := metrics()[r.metric]
	if !ok {
		return rule{}, usagef("streamgauge run --help lists the metrics", "--fail-if %q: unknown metric %q; %s", text, r.metric,
			yamlstrict.Suggest(r.metric, slices.Collect(maps.Keys(metrics()))))
	}
	if r.value, ok = kind.parse(m[4]); !ok {
		return rule{}, usagef("", "--fail-if %q: %q is not %s", text, m[4], kind)
	}
	return r, nil
}

// String says how a value of the unit is written.
func (u unit) String() string {
	return [...]string{"a duration with a unit, such as 20ms", "a rate, such as 4900/s", "a number of seconds, such as 12.5",
		"a size, such as 500MB", "a number"}[u]
}

func (u unit) parse(text string) (float64, bool) {
	switch u {
	case unitDuration:
		d, err := time.ParseDuration(text)
		return float64(d), err == nil
	case unitBytes:
		var b scenario.Bytes
		err := b.UnmarshalText([]byte(text))
		return float64(b), err == nil
	case unitRate:
		text = strings.TrimSuffix(text, "/s")
	case unitSeconds:
		text = strings.TrimSuffix(text, "s")
	}
	f, err := strconv.ParseFloat(text, 64)
	return f, err == nil && !math.IsNaN(f) && !math.IsInf(f, 0)
}

// holds tests the rule on a trial. A figure that was not measured, or that is only a lower bound, makes an upper limit
// fail: what is not known to be good is not good.
func (r rule) holds(t *result.Trial) (bool, string) {
	v, ok := r.figure(t)
	if !ok {
		return true, "not measured"
	}
	var broken bool
	switch r.op {
	case "<":
		broken = v < r.value
	case "<=":
		broken = v <= r.value
	case ">":
		broken = v > r.value
	case ">=":
		broken = v >= r.value
	}
	return broken, r.print(v)
}

func (r rule) print(v float64) string {
	switch metrics()[r.metric] {
	case unitDuration:
		return time.Duration(v).String()
	case unitBytes:
		return scenario.Bytes(v).String()
	case unitRate:
		return scenario.Rate(v).String()
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// figure gives the metric's value, false if the trial has none.
func (r rule) figure(t *result.Trial) (float64, bool) {
	switch r.metric {
	case "achieved_rate":
		return t.AchievedRate, true
	case "cpu_seconds":
		return reports.CPU(t)
	case "rss":
		return reports.Memory(t)
	case "duplicates":
		return float64(t.Verdict.Duplicate), t.Verdict.Judged
	}
	l := t.Latency["response"]
	if l == nil {
		return 0, false
	}
	quantile := map[string]struct {
		value *int64
		at    float64
	}{"p50": {l.P50, 0.5}, "p90": {l.P90, 0.9}, "p99": {l.P99, 0.99}, "p999": {l.P999, 0.999}, "max": {&l.Max, 1}}[r.metric]
	if quantile.value == nil || l.BoundFrom != nil && quantile.at >= *l.BoundFrom {
		return 0, false
	}
	return float64(*quantile.value), true
}

// applies reports whether the rule speaks of the trial.
func (r rule) applies(t *result.Trial) bool {
	if r.instance != "" {
		return r.instance == t.Instance
	}
	return !t.Floor
}
