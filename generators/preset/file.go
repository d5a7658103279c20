package preset

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/streamgauge/streamgauge/generators/sample"
	"github.com/streamgauge/streamgauge/harness/job"
	"github.com/streamgauge/streamgauge/harness/yamlstrict"
)

// Preset is the description of a fleet: what its kinds of devices send, when, and how values move. It holds statistics and
// no recorded message. generators/preset/FORMAT.md tells how to read one.
type Preset struct {
	Schema   int              `yaml:"schema"`
	Title    string           `yaml:"title"`
	Source   Source           `yaml:"source"`
	Encoding string           `yaml:"encoding"` // what decoders call the form of messages; without a template it is written by an encoder
	Message  string           `yaml:"message"`  // with ${device}, ${time}, ${time:OFFSET:FORM}, ${seq} and ${FIELD}
	Binary   bool             `yaml:"binary"`   // messages are hexadecimal digits with slots of a form: ${FIELD:u16}, FORMAT.md
	Sets     bool             `yaml:"sets"`     // devices come in sets of one of each kind, such as the sentences of a receiver
	Columns  string           `yaml:"columns"`  // of CSV: the line with their names
	Device   string           `yaml:"device"`   // how ids are written: # is a hexadecimal digit, @ the device's number
	Clock    Clock            `yaml:"clock"`
	Gateway  Gateway          `yaml:"gateway"` // of kinds without one of their own
	Kinds    []Kind           `yaml:"kinds"`
	Parts    []Part           `yaml:"parts"` // instead of kinds: other presets, mixed
	Registry map[string]Entry `yaml:"registry"`
	Dirt     Dirt             `yaml:"dirt"`
}

// Source says what the statistics were taken from. It is for people.
type Source struct {
	Recording string `yaml:"recording"`
	Licence   string `yaml:"licence"`
	Messages  int    `yaml:"messages"` // that were fitted
}

// Clock is how devices write times.
type Clock struct {
	Form  string `yaml:"form"`  // s, ms, us, ns or count, or a layout of Go's package time, in UTC
	Step  Span   `yaml:"step"`  // the clock's resolution: times are multiples
	Trim  bool   `yaml:"trim"`  // zeros at the end of a fraction are left out
	Start string `yaml:"start"` // event time at which the stream begins, if nothing else is asked: RFC 3339
}

// Span is a duration of whole ns with a unit.
type Span time.Duration

// UnmarshalText reads a Go duration.
func (s *Span) UnmarshalText(b []byte) error {
	d, err := time.ParseDuration(string(b))
	if err != nil || d < 0 {
		return fmt.Errorf("%q is not a duration with a unit, such as 1us or 5m", b)
	}
	*s = Span(d)
	return nil
}

// Kind is one kind of device.
type Kind struct {
	Name      string  `yaml:"name"`
	Share     float64 `yaml:"share"`     // of the devices
	Intervals string  `yaml:"intervals"` // s between two messages: 1,000 to 8,000 quantiles, as Field.Steps
	Phase     Span    `yaml:"phase"`     // of sets: how long after its set began a device sends, beside whole intervals; 0: anywhere in a usual interval
	Memory    float64 `yaml:"memory"`    // rank correlation of an interval with the one before
	Hold      float64 `yaml:"hold"`      // share of the messages whose fields are all those of the one before
	Gateway   Gateway `yaml:"gateway"`
	Churn     Churn   `yaml:"churn"`
	Message   string  `yaml:"message"` // in place of the preset's
	Lists     []List  `yaml:"lists"`
	Fields    []Field `yaml:"fields"`
}

// Gateway collects what some devices send and passes it on together: readings keep their times and arrive later.
type Gateway struct {
	Devices   int     `yaml:"devices"`   // behind each gateway; 0: there is none
	Every     Span    `yaml:"every"`     // between two times at which it passes on
	Intervals string  `yaml:"intervals"` // instead: s between them, as Kind.Intervals
	Memory    float64 `yaml:"memory"`    // of these intervals, as Kind.Memory
}

func (g *Gateway) validate(e *problems, at string) {
	if g.Devices == 0 {
		e.check(*g == (Gateway{}), "%s: want devices, too", at)
		return
	}
	e.check(g.Devices > 0 && (g.Every == 0) == (g.Intervals != ""), "%s: want devices, and one of every and intervals", at)
	e.check(g.Memory == 0 || g.Memory > -1 && g.Memory < 1 && g.Intervals != "", "%s.memory: want between -1 and 1, and intervals", at)
	if g.Intervals != "" {
		_, err := intervals(g.Intervals)
		e.check(err == nil, "%s.intervals: %v", at, err)
	}
}

// Churn makes devices come and go. Each has a session and an absence of its own, half to one and a half times these.
type Churn struct {
	Session Span `yaml:"session"` // 0: devices stay
	Away    Span `yaml:"away"`
}

// Field is a quantity that a device sends. It is a normal score that moves in time, mapped to a table of values.
type Field struct {
	Name      string    `yaml:"name"`
	Steps     string    `yaml:"steps"`     // every value as it is written, ascending: "21.3~40|21.4~55", how often it occurs after the tilde
	Quantiles string    `yaml:"quantiles"` // instead: equidistant quantiles of values in between which there are others
	Decimals  int       `yaml:"decimals"`  // of values between quantiles
	Trim      bool      `yaml:"trim"`      // zeros at the end are not written
	Blurred   float64   `yaml:"blurred"`   // share of values between quantiles that a conversion left one bit beside: 73.96732207000001
	Levels    int       `yaml:"levels"`    // only so many values lie between the quantiles, written as float64; 0: all
	Float32   bool      `yaml:"float32"`   // these are float32 widened to float64
	Like      string    `yaml:"like"`      // moves as this earlier field does: both are functions of one reading
	Hold      float64   `yaml:"hold"`      // share of the messages in which it stays as it was
	White     float64   `yaml:"white"`     // standard deviation of the part that has no memory
	Fast      Fast      `yaml:"fast"`      // an autoregressive part
	Slow      []Slow    `yaml:"slow"`      // smooth parts
	Daily     []float64 `yaml:"daily"`     // 24 means of the score by hour of day (UTC), added
	Mix       []float64 `yaml:"mix"`       // weights of the earlier fields' movements and, last, of its own
	Each      []Around  `yaml:"each"`      // of each item of the list that the field stands in: where its score lies there
	Glitch    Glitch    `yaml:"glitch"`
}

// Around is where the score of a field lies: its mean and standard deviation.
type Around struct {
	Mean   float64 `yaml:"mean"`
	Spread float64 `yaml:"spread"`
}

// Fast is an autoregressive process of first order.
type Fast struct {
	Weight float64 `yaml:"weight"` // standard deviation
	Keep   float64 `yaml:"keep"`   // correlation over one usual interval
}

// Slow is smooth noise: normal scores at equal distances in time and a smooth way between them.
type Slow struct {
	Weight float64 `yaml:"weight"`
	Every  Span    `yaml:"every"`
}

// Glitch is a single wrong reading.
type Glitch struct {
	Share  float64 `yaml:"share"`
	Values string  `yaml:"values"` // as Steps
}

// Entry is a recipe for a registry field: exactly one of whole, between and field.
type Entry struct {
	Whole    []int64      `yaml:"whole"`   // [lowest, highest], drawn
	Between  []job.Micros `yaml:"between"` // [lowest, highest], drawn in steps
	Step     job.Micros   `yaml:"step"`
	Field    string       `yaml:"field"` // a quantile of what the device sends, calibrated by its gain and offset
	Quantile float64      `yaml:"quantile"`
}

// Read reads a preset; the name is for errors. Errors list all problems.
func Read(name string, text []byte) (*Preset, error) {
	p := &Preset{}
	if _, err := yamlstrict.Decode(name, text, p); err != nil {
		return nil, fmt.Errorf("reading preset: %w", err)
	}
	if err := p.validate(); err != nil {
		return nil, fmt.Errorf("reading preset %s: %w", name, err)
	}
	return p, nil
}

// problems collects what is wrong.
type problems []error

func (e *problems) check(ok bool, format string, args ...any) {
	if !ok {
		*e = append(*e, fmt.Errorf(format, args...))
	}
}

func (p *Preset) validate() error {
	var e problems
	if len(p.Parts) > 0 {
		p.validateMixture(&e)
		return errors.Join(e...)
	}
	e.check(p.Schema == 1, "schema: got %d, want 1", p.Schema)
	e.check(p.Encoding != "", "encoding: missing: json, csv or another")
	e.check(!p.Sets || strings.Contains(p.Device, "%"), "device: want %%, the name of the kind, in ids of sets")
	e.check(p.Device != "", "device: missing: the form of ids, such as sensor-@ or ########")
	e.check(p.Clock.Form != "" && p.Clock.Step > 0, "clock: want a form and a step")
	_, err := p.start()
	e.check(err == nil, "clock.start: %v", err)
	p.Gateway.validate(&e, "gateway")
	e.check(len(p.Kinds) > 0 && len(p.Kinds) <= 256, "kinds: got %d, want 1 to 256", len(p.Kinds))
	for i := range p.Kinds {
		p.Kinds[i].validate(&e, i)
		p.slots(&e, &p.Kinds[i])
		e.check(p.Sets || p.Kinds[i].Phase == 0, "kinds[%d].phase: a phase is that of a kind in its set; want sets: true, or none", i)
	}
	for name, entry := range p.Registry {
		entry.validate(&e, name, p.Kinds)
	}
	p.Dirt.validate(&e)
	return errors.Join(e...)
}

// slots checks that a kind has every field of the message.
func (p *Preset) slots(e *problems, k *Kind) {
	message := k.message(p)
	parts, err := parse(message)
	e.check(err == nil, "message: %v", err)
	e.check(!slices.Contains([]string{"json", "csv"}, p.Encoding) || !p.Written() || strings.Contains(message, "${time") || strings.Contains(message, "${seq}"), "message: want ${time} or ${seq} in it")
	own := len(parts)
	for i := range k.Lists {
		k.Lists[i].validate(e, "lists", k.Fields)
		for _, item := range k.Lists[i].items() {
			pieces, _ := parse(item)
			parts = append(parts, pieces...)
		}
	}
	for i, part := range parts {
		if p.Binary {
			_, err := literal(part.literal)
			e.check(err == nil, "message: %v", err)
		}
		name, sh, err := shaped(part.name)
		e.check(err == nil, "message: %v", err)
		if sh.form >= formDense {
			e.check(p.Binary && i < own, "message: ${%s}: blobs stand in binary messages alone, and in no list", part.name)
			k.blobField(e, name)
		}
		known := slices.Contains([]string{"", "device", "time", "seq", "id"}, name) || isTime(name) || k.hasList(name) ||
			slices.ContainsFunc(k.Fields, func(f Field) bool { return f.Name == name })
		e.check(known, "message: kind %q has no field %q", k.Name, part.name)
	}
}

func (k *Kind) hasList(slot string) bool {
	return slices.ContainsFunc(k.Lists, func(l List) bool { return "list:"+l.Name == slot })
}

// Written tells whether messages are written by templates.
func (p *Preset) Written() bool {
	return p.Message != "" || len(p.Kinds) > 0 && p.Kinds[0].Message != ""
}

// message is the template of a kind: its own, the preset's, or an object of all fields where an encoder writes messages.
func (k *Kind) message(p *Preset) string {
	if m := cmp.Or(k.Message, p.Message); m != "" {
		return m
	}
	text := `{"device":"${device}","ts":"${time}"`
	for _, f := range k.Fields {
		text += "," + strconv.Quote(f.Name) + `:"${` + f.Name + `}"`
	}
	return text + "}"
}

// Text tells whether messages are lines of text.
func (p *Preset) Text() bool {
	for _, part := range p.Parts {
		if part.Encoding != "" && !Lines(part.Encoding) || part.Encoding == "" && !part.of.Text() {
			return false
		}
	}
	return len(p.Parts) > 0 || p.Written() && !p.Binary || !p.Written() && Lines(p.Encoding)
}

// Lines tells whether an encoding has one line a message. Those of nmea and prometheus have several, and nothing in them says where the next
// message begins.
func Lines(encoding string) bool {
	return slices.Contains([]string{"json", "csv", "senml-json", "line-protocol", "ndjson", "lorawan-json"}, encoding)
}

func (p *Preset) start() (time.Time, error) {
	if p.Clock.Start == "" {
		return time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), nil
	}
	return Start(p.Clock.Start)
}

// Start reads the event time at which a stream begins, RFC 3339. It is one of 1970 to 2200, as in a scenario: times are counted in ns.
func Start(text string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil || t.Year() < 1970 || t.Year() > 2200 {
		return time.Time{}, fmt.Errorf("%q is no RFC 3339 time of the years 1970 to 2200", text)
	}
	return t, nil
}

// limits of a preset: what a table may hold and where weights end.
const (
	maxSteps  = 5_000
	mostWhole = 9e18 // what a value is in units of its last decimal, or in millionths: an int64 holds it
)

// MaxFields is the most fields that a kind may have.
const MaxFields = 64

func (k *Kind) validate(e *problems, i int) {
	at := fmt.Sprintf("kinds[%d]", i)
	e.check(k.Share > 0, "%s.share: want more than 0", at)
	e.check(k.Memory > -1 && k.Memory < 1, "%s.memory: want between -1 and 1", at)
	e.check(isShare(k.Hold), "%s.hold: want 0 to below 1", at)
	if _, err := intervals(k.Intervals); err != nil {
		e.check(false, "%s.intervals: %v", at, err)
	}
	k.Gateway.validate(e, at+".gateway")
	e.check((k.Churn.Session == 0) == (k.Churn.Away == 0), "%s.churn: want session and away, or neither", at)
	e.check(len(k.Fields) <= MaxFields, "%s.fields: more than %d", at, MaxFields)
	for f := range k.Fields {
		k.Fields[f].validate(e, fmt.Sprintf("%s.fields[%d]", at, f), k.Fields[:f])
	}
}

func isShare(v float64) bool { return v >= 0 && v < 1 }

func (f *Field) validate(e *problems, at string, before []Field) {
	e.check(f.Name != "", "%s.name: missing", at)
	e.check((f.Steps == "") != (f.Quantiles == ""), "%s: want one of steps and quantiles", at)
	_, err := table(f.Steps)
	if f.Quantiles != "" {
		var q []float64
		q, err = numbers(f.Quantiles)
		e.check(err != nil || f.Levels > 0 || max(-q[0], q[len(q)-1])*powerOfTen(min(f.Decimals, 18)) <= mostWhole,
			"%s: quantiles with %d decimals have more than 18 digits", at, f.Decimals)
	}
	e.check(err == nil, "%s: %v", at, err)
	e.check(f.Decimals >= 0 && f.Decimals <= 17, "%s.decimals: want 0 to 17", at)
	e.check(f.Levels >= 0 && f.Levels <= maxSteps, "%s.levels: want 0 to %d", at, maxSteps)
	e.check(isShare(f.Hold) && isShare(f.Glitch.Share) && isShare(f.Blurred), "%s: hold, blurred and glitch.share: want 0 to below 1", at)
	e.check(f.Fast.Keep >= 0 && f.Fast.Keep <= 0.99, "%s.fast.keep: want 0 to 0.99; what moves slower is slow", at)
	e.check(len(f.Daily) == 0 || len(f.Daily) == 24, "%s.daily: want 24 numbers", at)
	e.check(len(f.Mix) == 0 || len(f.Mix) == len(before)+1, "%s.mix: want %d weights, or none", at, len(before)+1)
	for _, s := range f.Slow {
		e.check(s.Every > 0, "%s.slow.every: want more than 0s", at)
	}
	e.check(f.Like == "" || slices.ContainsFunc(before, func(b Field) bool { return b.Name == f.Like && b.Like == "" }),
		"%s.like: no earlier field %q that moves by itself", at, f.Like)
}

func (n Entry) validate(e *problems, name string, kinds []Kind) {
	given := 0
	for _, set := range []bool{n.Whole != nil, n.Between != nil, n.Field != ""} {
		if set {
			given++
		}
	}
	e.check(given == 1, "registry.%s: want one of whole, between and field", name)
	e.check(n.Whole == nil || len(n.Whole) == 2 && n.Whole[0] <= n.Whole[1], "registry.%s.whole: want [lowest, highest]", name)
	e.check(n.Between == nil || len(n.Between) == 2 && n.Between[0] <= n.Between[1] && n.Step > 0,
		"registry.%s.between: want [lowest, highest] and a step", name)
	if n.Field == "" {
		return
	}
	e.check(n.Quantile > 0 && n.Quantile < 1, "registry.%s.quantile: want between 0 and 1", name)
	for _, k := range kinds {
		e.check(slices.ContainsFunc(k.Fields, func(f Field) bool { return f.Name == n.Field }), "registry.%s.field: kind %q has no %q", name, k.Name, n.Field)
	}
}

// clock gives the form as package sample reads it.
func (c Clock) clock() sample.Clock { return sample.Clock(c.Form) }
