package recorded

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/streamgauge/streamgauge/harness/job"
)

// Styles of writing a number. Devices differ: what one prints as 26.3 is 26.299999237060547 on another, and costs the network
// and a decoder twice as much.
const (
	stylePlain   = iota // 26, 26.3
	stylePoint          // 26.0, 26.3
	styleFloat32        // 26.0, 26.299999237060547: a float32 widened to a double
	styles
)

// grid is a metric whose values are whole steps.
type grid struct {
	metric
	lowest, highest int32 // of the range, in steps
	spread, noise   int32
	longest         int // of all texts in all styles, bytes
}

func newGrid(m metric) grid {
	g := grid{metric: m,
		lowest: int32(m.Range[0] / m.Step), highest: int32(m.Range[1] / m.Step),
		spread: int32(m.Spread / m.Step), noise: int32(m.Noise / m.Step)}
	for style := range styles {
		for v := g.lowest; v <= g.highest; v++ {
			g.longest = max(g.longest, len(g.write(v, style)))
		}
	}
	return g
}

// write writes a value in steps.
func (g *grid) write(v int32, style int) string {
	text := (job.Micros(v) * g.Step).String()
	if style == styleFloat32 {
		f, _ := strconv.ParseFloat(text, 32)
		text = strconv.FormatFloat(f, 'f', -1, 64)
	}
	if style != stylePlain && !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}

// offGrid is how far, in steps, a value may lie beside the grid: float32 values do by a thousandth of that.
const offGrid = 0.01

// steps reads a recorded value. Errors: it is no number, lies outside the range or beside the grid.
func (g *grid) steps(text string) (int32, error) {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, fmt.Errorf("value %s is no number", text)
	}
	exact := v * 1e6 / float64(g.Step)
	s := math.RoundToEven(exact)
	if s < float64(g.lowest) || s > float64(g.highest) {
		return 0, fmt.Errorf("value %s lies outside the range [%v, %v]", text, g.Range[0], g.Range[1])
	}
	if math.Abs(exact-s) > offGrid {
		return 0, fmt.Errorf("value %s is no multiple of the step %v", text, g.Step)
	}
	return int32(s), nil
}

// tongue is how a recorded device writes a metric, and what it says.
type tongue struct {
	texts  []string // of the grid's values, from the lowest
	sorted []int32  // the recorded values, ascending; for quantiles
}

// learn listens to a device's metric k. Values it sent are written as it wrote them; all others in the style that fits it
// best: one recorded device rounds its float32 values in a way that no rule gives.
func (g *grid) learn(messages []message, k int) (tongue, error) {
	t := tongue{texts: make([]string, g.highest-g.lowest+1)}
	var fits [styles]int
	for i := range messages {
		m := &messages[i]
		for _, s := range m.slots {
			if s.what != slotMetric || int(s.index) != k {
				continue
			}
			t.sorted = append(t.sorted, s.steps)
			text := string(m.text[s.start:s.end])
			if at := s.steps - g.lowest; t.texts[at] == "" {
				t.texts[at] = text
			}
			for style := range styles {
				if text == g.write(s.steps, style) {
					fits[style]++
				}
			}
		}
	}
	if len(t.sorted) == 0 {
		return t, errors.New("the device never sends it")
	}
	slices.Sort(t.sorted)
	style := slices.Index(fits[:], slices.Max(fits[:]))
	for i, text := range t.texts {
		if text == "" {
			t.texts[i] = g.write(g.lowest+int32(i), style)
		}
	}
	return t, nil
}
