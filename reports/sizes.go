package reports

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/streamgauge/streamgauge/harness/result"
)

// SizeClass is one class of sizes of messages, with how each subject answered them.
type SizeClass struct {
	Name     string     // "64 B to 256 B"
	From, To float64    // bytes, To is not in it
	Cells    []SizeCell // one for each of SizeTable.Subjects
}

// SizeCell is the response time of one subject to the messages of one class, from when their last byte was due. ns.
type SizeCell struct {
	Messages int64  // answered, over all counted trials
	P50      Figure // median of however few
	// Range is the 95 % interval of the median by ranks, of a subject with one counted trial; nil below six messages.
	Range *[2]float64
	P99   Figure // as all percentiles: only with 100 messages beyond it
	Max   float64
}

// SizeTable is what a run found by class of size. Its classes ascend; none where messages were not of many sizes.
type SizeTable struct {
	Subjects []Subject // those with messages of any class
	Classes  []SizeClass
}

// What is said above the two tables of sizes.
const (
	SizesNote = "Response time by the size of the message, in classes from a power of four to the next: from when a message's last byte was due to its " +
		"answer in the output topic, over the measure phase. The median of however few there are; below it p99, or the longest where fewer than 10,000 messages leave no p99."
	BehindNote = "Small messages, those of one record with every carrier, that were due while a larger one of their partition was in flight, and the others: the " +
		"difference of the medians is the head-of-line delay. In flight are the bytes of messages from when the last one was due until the answer was received."
)

// Sizes gives the response times of the measure phase by class of size.
func Sizes(run *result.Run) SizeTable {
	var t SizeTable
	at := map[string]int{}
	subjects := Subjects(run)
	for i := range subjects {
		byClass := sizeCells(run, &subjects[i])
		if len(byClass) == 0 {
			continue
		}
		t.Subjects = append(t.Subjects, subjects[i])
		for name := range byClass {
			if _, ok := at[name]; !ok {
				from, to := sizeBounds(name)
				at[name] = len(t.Classes)
				t.Classes = append(t.Classes, SizeClass{Name: className(name, from, to), From: from, To: to})
			}
		}
		for name, k := range at {
			c := &t.Classes[k]
			for len(c.Cells) < len(t.Subjects)-1 {
				c.Cells = append(c.Cells, SizeCell{})
			}
			c.Cells = append(c.Cells, byClass[name])
		}
	}
	slices.SortFunc(t.Classes, func(a, b SizeClass) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.Name, b.Name)) })
	return t
}

// className is a class in words; one that is not understood stays what it is.
func className(name string, from, to float64) string {
	if to == 0 {
		return name
	}
	return BinarySize(from) + " to " + BinarySize(to)
}

// sizeCells gives a subject's cells by the class's name in the result.
func sizeCells(run *result.Run, s *Subject) map[string]SizeCell {
	found := map[string][]*result.Distribution{}
	for _, t := range s.Counted() {
		for i := range run.Distributions {
			if d := &run.Distributions[i]; d.Trial == t.ID && d.Metric == "response" && d.Phase == "measure" && d.SizeClass != "" {
				found[d.SizeClass] = append(found[d.SizeClass], d)
			}
		}
	}
	cells := map[string]SizeCell{}
	for name, all := range found {
		cells[name] = sizeCell(all)
	}
	return cells
}

func sizeCell(all []*result.Distribution) SizeCell {
	c := SizeCell{P50: middles(all), P99: quantiles(all, 0.99)}
	for _, d := range all {
		c.Messages += d.Count
		c.Max = max(c.Max, float64(d.Max))
	}
	if len(all) == 1 && all[0].Middle != nil && all[0].Middle.Range != nil {
		r := all[0].Middle.Range
		c.Range = &[2]float64{float64(r[0]), float64(r[1])}
	}
	return c
}

// middles is the median of the distributions' medians.
func middles(all []*result.Distribution) Figure {
	var values []float64
	for _, d := range all {
		if d.Middle == nil {
			return Figure{Missing: "not measured"}
		}
		values = append(values, float64(d.Middle.Median))
	}
	return NewFigure(values)
}

// quantiles is a quantile over the distributions, where each of them has it.
func quantiles(all []*result.Distribution, q float64) Figure {
	var values []float64
	for _, d := range all {
		v, ok := Quantile(d, q)
		if !ok {
			return Figure{Missing: fmt.Sprintf("needs %s samples", Count(SamplesFor(q)))}
		}
		values = append(values, v)
	}
	return NewFigure(values)
}

// Tail writes the cell's p99, or the longest where too few messages support one: "p99 80.1 ms", "max 80.1 ms".
func (c SizeCell) Tail() string {
	switch {
	case c.Messages == 0:
		return ""
	case c.P99.Known():
		return "p99 " + c.P99.Text(Duration)
	}
	return "max " + Duration(c.Max)
}

// Messages is the most that a subject answered of the class: all that there were, if it answered all.
func (c SizeClass) Messages() int64 {
	var n int64
	for _, cell := range c.Cells {
		n = max(n, cell.Messages)
	}
	return n
}

// Low is the class's lower end, 1 byte at the least; High is its upper end. They are the ends on a logarithmic axis.
func (c SizeClass) Low() float64  { return max(c.From, 1) }
func (c SizeClass) High() float64 { return max(c.To, c.Low()*4) }

// Middle is the class's place on a logarithmic axis, in bytes.
func (c SizeClass) Middle() float64 { return math.Sqrt(c.Low() * c.High()) }

// BinarySize writes a power of two: "256 B", "4 KiB".
func BinarySize(n float64) string {
	for _, unit := range []string{"B", "KiB", "MiB"} {
		if n < 1024 {
			return Number(n) + " " + unit
		}
		n /= 1024
	}
	return Number(n) + " GiB"
}

// sizeBounds reads a class of the result, such as "256B-1KiB", in bytes.
func sizeBounds(name string) (from, to float64) {
	low, high, _ := strings.Cut(name, "-")
	return sizeBytes(low), sizeBytes(high)
}

// sizeBytes reads "256B" or "1KiB"; 0 where it is neither.
func sizeBytes(text string) float64 {
	for _, unit := range []struct {
		name  string
		bytes float64
	}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"B", 1}} {
		if digits, ok := strings.CutSuffix(text, unit.name); ok {
			n, err := strconv.ParseFloat(digits, 64)
			if err != nil {
				return 0
			}
			return n * unit.bytes
		}
	}
	return 0
}
