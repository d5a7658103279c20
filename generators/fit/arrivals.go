package fit

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/streamgauge/streamgauge/generators/preset"
)

// resolution is that of intervals, in parts of the median one.
const resolution = 500

// beats is the number of intervals that a preset holds.
const beats = 1000

// arrivals fits when a source sends.
func (f *fitter) arrivals(k *preset.Kind, p *preset.Preset, src source) {
	times := make([]int64, len(src.at))
	for i, m := range src.at {
		times[i] = f.Messages[m].Time
	}
	slices.Sort(times)
	var d []float64
	for i := 1; i < len(times); i++ {
		d = append(d, float64(times[i]-times[i-1])/1e9*f.seconds())
	}
	k.Memory = min(max(round4(rankCorrelation(d[1:], d[:len(d)-1])), -0.95), 0.95)
	slices.Sort(d)
	step := max(time.Duration(p.Clock.Step).Seconds(), d[len(d)/2]/resolution)
	var texts []string
	for i := range beats {
		texts = append(texts, strconv.FormatFloat(math.RoundToEven(stratum(d, i)/step)*step, 'g', 7, 64))
	}
	k.Intervals = runs(texts)
}

// seconds is the length of a second of the recording's clock: a count's may be any.
func (f *fitter) seconds() float64 {
	if f.Clock == "count" && f.Period > 0 {
		return f.Period.Seconds()
	}
	return 1
}

// stratum is the middle of a thousandth of sorted values; the mean of each of the last, where single long ones would be
// lost or counted tenfold.
func stratum(d []float64, i int) float64 {
	from, to := i*len(d)/beats, (i+1)*len(d)/beats
	if i < beats-20 || to-from < 2 {
		return d[min((2*i+1)*len(d)/(2*beats), len(d)-1)]
	}
	sum := 0.0
	for _, v := range d[from:to] {
		sum += v
	}
	return sum / float64(to-from)
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
