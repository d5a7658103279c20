package recorded

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/streamgauge/streamgauge/harness/job"
	"github.com/streamgauge/streamgauge/harness/yamlstrict"
)

// description is what the YAML file of a recording says. scenarios/recorded/room-sensors.yaml is an example of all of it.
type description struct {
	Schema   int               `yaml:"schema"`
	Title    string            `yaml:"title"`
	Source   source            `yaml:"source"`
	Messages string            `yaml:"messages"` // file beside the description
	SHA256   string            `yaml:"sha256"`   // of the messages, unpacked; empty: not checked
	Encoding string            `yaml:"encoding"`
	Device   string            `yaml:"device"` // paths: field names joined by dots
	Time     timeField         `yaml:"time"`
	Seam     job.Millis        `yaml:"seam"` // gaps above it are cuts of the recording; 0: there are none
	Metrics  map[string]metric `yaml:"metrics"`
	Together []string          `yaml:"together"` // paths of fields that are replayed from another moment, all from the same
	Apart    int               `yaml:"apart"`    // how many messages that moment is away at most
	Registry map[string]entry  `yaml:"registry"`
}

// source says where a recording comes from. It is for people.
type source struct {
	Repository string `yaml:"repository"`
	Commit     string `yaml:"commit"`
	File       string `yaml:"file"`
	Licence    string `yaml:"licence"`
	Changes    string `yaml:"changes"`
}

type timeField struct {
	Path   string `yaml:"path"`
	Unit   string `yaml:"unit"`   // s or ms since the Unix epoch
	Digits int    `yaml:"digits"` // after the point, as the source's clock has them; with s, 3 to 9
}

// metric is an analogue quantity on a grid.
type metric struct {
	Path   string       `yaml:"path"`
	Unit   string       `yaml:"unit"`
	Step   job.Micros   `yaml:"step"`   // the sensor's resolution: all values are multiples
	Spread job.Micros   `yaml:"spread"` // constant deviation between devices: up to ± this
	Noise  job.Micros   `yaml:"noise"`  // how far a device wanders by itself, in rare single steps: up to ± this
	Range  []job.Micros `yaml:"range"`  // [lowest, highest] a device can send
}

// entry is a recipe for a registry field: exactly one of whole, between and metric.
type entry struct {
	Whole    []int64      `yaml:"whole"`   // [lowest, highest]: a plain integer, drawn
	Between  []job.Micros `yaml:"between"` // [lowest, highest]: drawn in steps
	Step     job.Micros   `yaml:"step"`
	Metric   string       `yaml:"metric"` // a quantile of what the device will send, calibrated by its gain and offset
	Quantile job.Micros   `yaml:"quantile"`
}

// maxSteps bounds the texts of a metric that are made beforehand.
const maxSteps = 1_000_000

// mostSteps bounds values, spread and noise in steps: an int32 holds the sum of three.
const mostSteps = 1 << 29

func readDescription(name string, text []byte) (*description, error) {
	d := &description{}
	if _, err := yamlstrict.Decode(name, text, d); err != nil {
		return nil, fmt.Errorf("reading recording: %w", err)
	}
	if err := d.validate(); err != nil {
		return nil, fmt.Errorf("reading recording %s: %w", name, err)
	}
	return d, nil
}

func (d *description) validate() error {
	var errs []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	check(d.Schema == 1, "schema: got %d, want 1", d.Schema)
	check(d.Encoding == "json", "encoding: got %q, want json", d.Encoding)
	check(d.Messages != "", "messages: missing: name the file beside this one that holds them")
	check(d.Device != "", "device: missing: the path of the device id")
	check(d.Time.Path != "", "time.path: missing: the path of the reading's time")
	check(d.Time.Unit == "s" && d.Time.Digits >= 3 && d.Time.Digits <= 9 || d.Time.Unit == "ms" && d.Time.Digits == 0,
		"time: unit %q with %d digits: want s with 3 to 9, or ms with 0", d.Time.Unit, d.Time.Digits)
	check(d.Seam >= 0, "seam: %v is negative", d.Seam)
	check(d.Apart >= 0, "apart: %d is negative", d.Apart)
	for _, name := range slices.Sorted(maps.Keys(d.Metrics)) {
		m := d.Metrics[name]
		check(m.Path != "", "metrics.%s.path: missing", name)
		check(m.Step > 0, "metrics.%s.step: want more than 0", name)
		check(m.Spread >= 0 && m.Noise >= 0, "metrics.%s: spread and noise may not be negative", name)
		ok := len(m.Range) == 2 && m.Range[0] < m.Range[1]
		check(ok, "metrics.%s.range: want [lowest, highest]", name)
		if ok && m.Step > 0 {
			check((m.Range[1]-m.Range[0])/m.Step <= maxSteps, "metrics.%s: more than %d steps in its range", name, maxSteps)
			check(m.Range[1]/m.Step < mostSteps && -m.Range[0]/m.Step < mostSteps && m.Spread/m.Step < mostSteps && m.Noise/m.Step < mostSteps,
				"metrics.%s: range, spread or noise is 2^29 steps or more", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(d.Registry)) {
		if err := d.entry(d.Registry[name]); err != nil {
			errs = append(errs, fmt.Errorf("registry.%s: %w", name, err))
		}
	}
	return errors.Join(errs...)
}

func (d *description) entry(e entry) error {
	given := 0
	for _, set := range []bool{e.Whole != nil, e.Between != nil, e.Metric != ""} {
		if set {
			given++
		}
	}
	switch {
	case given != 1:
		return errors.New("want one of whole, between and metric")
	case e.Whole != nil && (len(e.Whole) != 2 || e.Whole[0] > e.Whole[1]):
		return errors.New("whole: want [lowest, highest]")
	case e.Between != nil && (len(e.Between) != 2 || e.Between[0] > e.Between[1] || e.Step <= 0):
		return errors.New("between: want [lowest, highest] and a step")
	case e.Metric != "" && (e.Quantile <= 0 || e.Quantile > 1_000_000):
		return errors.New("quantile: want more than 0 and at most 1")
	}
	if _, ok := d.Metrics[e.Metric]; e.Metric != "" && !ok {
		return fmt.Errorf("metric: there is no %q; %s", e.Metric, yamlstrict.Suggest(e.Metric, slices.Collect(maps.Keys(d.Metrics))))
	}
	return nil
}
