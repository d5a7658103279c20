package fit

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"gonum.org/v1/gonum/stat"

	"github.com/streamgauge/streamgauge/generators/preset"
)

// resolution is that of intervals, in parts of the median one.
const resolution = 500

// beats is the least number of intervals that a preset holds, and mostBeats the highest.
const (
	beats     = 1000
	mostBeats = 8 * beats
)

// arrivals fits when a source sends.
func (f *fitter) arrivals(k *preset.Kind, p *preset.Preset, src source) {
	times := make([]int64, len(src.at))
	for i, m := range src.at {
		times[i] = f.Messages[m].Time
	}
	slices.Sort(times)
	d := between(times)
	k.Memory = min(max(round4(rankCorrelation(d[1:], d[:len(d)-1])), -0.95), 0.95)
	for i := range d {
		d[i] *= f.seconds() / 1e9
	}
	slices.Sort(d)
	step := max(time.Duration(p.Clock.Step).Seconds(), d[len(d)/2]/resolution)
	var texts []string
	for _, v := range quantiles(d) {
		texts = append(texts, strconv.FormatFloat(math.RoundToEven(v/step)*step, 'g', 7, 64))
	}
	k.Intervals = runs(texts)
}

// between gives the differences of times.
func between(times []int64) []float64 {
	var d []float64
	for i := 1; i < len(times); i++ {
		d = append(d, float64(times[i]-times[i-1]))
	}
	return d
}

// seconds is the length of a second of the recording's clock: a count's may be any.
func (f *fitter) seconds() float64 {
	if f.Clock == "count" && f.Period > 0 {
		return f.Period.Seconds()
	}
	return 1
}

// spreads is how much the spread of a table's intervals may be beside that of the recorded ones.
const spreads = 0.05

// quantiles gives as few of sorted intervals as have their spread: a thousand lack outages that are rarer.
func quantiles(d []float64) []float64 {
	_, sd := stat.PopMeanStdDev(d, nil)
	for n := beats; ; n = min(2*n, len(d), mostBeats) {
		table := make([]float64, n)
		for i := range table {
			table[i] = stratum(d, i, n)
		}
		if _, got := stat.PopMeanStdDev(table, nil); math.Abs(got-sd) <= spreads*sd || n >= min(len(d), mostBeats) {
			return table
		}
	}
}

// stratum is one of n parts of sorted values: its middle, of all but the first and the last of as few different ones as a thousand have;
// of each of the last its mean, where single long ones would be lost or counted tenfold.
func stratum(d []float64, i, n int) float64 {
	switch {
	case i >= n-n/50 && n <= len(d):
		return stat.Mean(d[i*len(d)/n:(i+1)*len(d)/n], nil)
	case i >= n/50:
		i, n = i*beats/n, beats
	}
	return d[min((2*i+1)*len(d)/(2*n), len(d)-1)]
}

// runs writes a list with repeated values counted.
func runs(texts []string) string {
	var b strings.Builder
	for i := 0; i < len(texts); {
		j := i
		for j < len(texts) && texts[j] == texts[i] {
			j++
		}
		if i > 0 {
			b.WriteByte('|')
		}
		b.WriteString(texts[i])
		if j-i > 1 {
			b.WriteString("~" + strconv.Itoa(j-i))
		}
		i = j
	}
	return b.String()
}
