package engines

import (
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"
)

// Line is one status line of an engine on standard output: a JSON object, at most MaxLine bytes. Which fields are set
// depends on Type.
type Line struct {
	Type string `json:"type"`

	// hello
	Contract   []int          `json:"contract,omitempty"`
	Engine     string         `json:"engine,omitempty"`
	Version    string         `json:"version,omitempty"`
	Guarantees []Guarantee    `json:"guarantees,omitempty"`
	Operators  map[string]Fit `json:"operators,omitempty"`
	Forms      []string       `json:"forms,omitempty"`    // what encode writes, of job.Forms; none: job.CanonicalJSON alone
	Settings   map[string]any `json:"settings,omitempty"` // effective ones

	// metric: advisory
	Name  string  `json:"name,omitempty"`
	Value float64 `json:"value,omitempty"`
	Unit  string  `json:"unit,omitempty"`

	// batch
	ID      int64     `json:"id,omitempty"`
	Stage   int       `json:"stage,omitempty"`
	Records int64     `json:"records,omitempty"`
	Start   time.Time `json:"start,omitzero"`
	End     time.Time `json:"end,omitzero"`

	// fault
	Text  string `json:"text,omitempty"`
	Fatal bool   `json:"fatal,omitempty"`

	// stopped
	Clean bool `json:"clean,omitempty"`
}

// The types of status lines.
const (
	LineHello   = "hello"
	LineReady   = "ready"
	LineMetric  = "metric"
	LineBatch   = "batch"
	LineFault   = "fault"
	LineStopped = "stopped"
)

// MaxLine is the longest status line in bytes. Longer lines count as log.
const MaxLine = 64 << 10

// ParseLine reads a status line; ok is false for anything else a program may print.
func ParseLine(b []byte) (l Line, ok bool) {
	if len(b) == 0 || b[0] != '{' || len(b) > MaxLine || json.Unmarshal(b, &l) != nil {
		return Line{}, false
	}
	switch l.Type {
	case LineHello, LineReady, LineMetric, LineBatch, LineFault, LineStopped:
		return l, true
	}
	return Line{}, false
}

// Status writes status lines. Safe for concurrent use.
type Status struct {
	mu struct {
		sync.Mutex
		w io.Writer
	}
}

// NewStatus makes a Status that writes to w.
func NewStatus(w io.Writer) *Status {
	s := &Status{}
	s.mu.w = w
	return s
}

// Say writes one line. An error is not returned: a harness that no longer listens has closed standard input as well, and
// that is what ends an engine.
func (s *Status) Say(l Line) {
	b, err := json.Marshal(l)
	if err != nil {
		b = fmt.Appendf(nil, `{"type":"fault","text":%q}`, "status line: "+err.Error())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _ = s.mu.w.Write(append(b, '\n'))
}

// Ready says that the engine has read the registry and its positions and takes input.
func (s *Status) Ready() { s.Say(Line{Type: LineReady}) }

// Metric says an advisory figure.
func (s *Status) Metric(name string, value float64, unit string) {
	s.Say(Line{Type: LineMetric, Name: name, Value: value, Unit: unit})
}

// Fault says that something went wrong. After a fatal fault the engine ends.
func (s *Status) Fault(err error, fatal bool) {
	s.Say(Line{Type: LineFault, Text: err.Error(), Fatal: fatal})
}
