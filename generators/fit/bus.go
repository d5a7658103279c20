package fit

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/streamgauge/streamgauge/generators/preset"
	"github.com/streamgauge/streamgauge/generators/sample"
)

// busDetails are tried in turn, as details are. Of a bus every identifier is a kind, so there is less room for each.
func busDetails() []detail {
	return []detail{{256, 24, 24, true}, {256, 16, 12, true}, {256, 8, 6, true}, {256, 5, 4, true}, {128, 5, 4, true}}
}

// leastFrames is the number of frames from which an identifier becomes a kind.
const leastFrames = 3

// fittedBus makes a preset of the frames of a bus: a set of kinds, one for each identifier, and a gateway that reads them off as
// the recorder did. Frames that never change are kept as they are.
func fittedBus(s *sample.Stream, o Options, d detail) (*preset.Preset, error) {
	kept := busiest(s, d.kinds)
	if len(kept) == 0 {
		return nil, fmt.Errorf("no identifier has %d frames", leastFrames)
	}
	p := &preset.Preset{Schema: 1, Title: o.Title, Source: preset.Source{Recording: o.Recording, Licence: o.Licence, Messages: len(s.Messages)},
		Encoding: "can", Binary: true, Sets: true, Device: "bus-@/%"}
	p.Clock = preset.Clock{Form: "us", Step: preset.Span(time.Microsecond),
		Start: time.Unix(0, s.Messages[0].Time).UTC().Truncate(time.Second).Format(time.RFC3339)}
	b := &busFitter{Stream: s, Options: o, detail: d}
	if reads := readings(s); reads != nil {
		p.Gateway = preset.Gateway{Devices: len(kept), Intervals: coarse(reads, 40)}
		b.longest = reads[len(reads)*99/100]
	}
	for _, src := range kept {
		p.Kinds = append(p.Kinds, b.kind(src, p.Clock))
	}
	return p, nil
}

// busFitter holds what all identifiers share.
type busFitter struct {
	*sample.Stream
	Options
	detail
	longest float64 // s between two times at which frames were read off; 0: each came by itself
}

// busiest gives the identifiers with the most frames, in the order in which they came first.
func busiest(s *sample.Stream, most int) []source {
	keys, of := s.Sources()
	counts := []int{}
	for _, k := range keys {
		counts = append(counts, len(of[k]))
	}
	slices.SortFunc(counts, func(a, b int) int { return cmp.Compare(b, a) })
	least := leastFrames
	if len(counts) > most {
		least = max(least, counts[most-1])
	}
	var all []source
	for _, k := range keys {
		if len(of[k]) >= least && len(all) < most {
			all = append(all, source{k, of[k]})
		}
	}
	return all
}

// readings gives the distances of the times at which the recorder read frames off together, s, ascending; nil if it took each as
// it came. Frames a quarter of the mean distance apart were read together.
func readings(s *sample.Stream) []float64 {
	var times []int64
	for i := range s.Messages {
		times = append(times, s.Messages[i].Time)
	}
	slices.Sort(times)
	n := len(times)
	apart := (times[n-1] - times[0]) / int64(max(1, n-1)) / 4
	var d []float64
	last := times[0]
	for i := 1; i < n; i++ {
		if times[i]-times[i-1] > apart {
			d = append(d, float64(times[i]-last)/1e9)
			last = times[i]
		}
	}
	if len(d) < Least || len(d)*3 > n*2 {
		return nil
	}
	slices.Sort(d)
	return d
}

// coarse writes sorted values as a table of quantiles of which so many differ, each the mean of its share: their sum stays.
func coarse(sorted []float64, steps int) string {
	steps = min(steps, len(sorted))
	var texts []string
	for i := range beats {
		j := i * steps / beats
		from, to := j*len(sorted)/steps, (j+1)*len(sorted)/steps
		sum := 0.0
		for _, v := range sorted[from:to] {
			sum += v
		}
		texts = append(texts, strconv.FormatFloat(sum/float64(to-from), 'g', 4, 64))
	}
	return runs(texts)
}

// kind fits the frames of one identifier.
func (b *busFitter) kind(src source, clock preset.Clock) preset.Kind {
	own := &sample.Stream{Clock: b.Clock}
	var frames [][]byte
	for _, m := range src.at {
		frames = append(frames, b.Messages[m].Bytes)
	}
	form, numbers := layout(frames, b.steps)
	f := &fitter{Stream: own, Options: b.Options, detail: b.detail}
	for i := range numbers {
		own.Fields, f.varying = append(own.Fields, numberNames[i]), append(f.varying, i)
	}
	all := source{key: src.key}
	for i, m := range src.at {
		own.Messages = append(own.Messages, taken(frames[i], numbers, b.Messages[m].Time))
		all.at = append(all.at, i)
	}
	k := preset.Kind{Name: src.key, Share: 1, Message: form, Intervals: b.intervals(own)}
	f.fields(&k, &preset.Preset{Schema: 1, Encoding: "json", Clock: clock}, all)
	return k
}

// taken is a message of the numbers in a frame.
func taken(frame []byte, numbers []number, at int64) sample.Message {
	m := sample.Message{Time: at}
	for _, n := range numbers {
		v := n.of(frame)
		m.Values, m.Texts = append(m.Values, float64(v)), append(m.Texts, strconv.Itoa(v))
	}
	return m
}

// intervals gives the one at which an identifier is sent if the recorder may have caused what its frames deviate from that, else
// those that were recorded.
func (b *busFitter) intervals(s *sample.Stream) string {
	n := len(s.Messages)
	period := float64(s.Messages[n-1].Time-s.Messages[0].Time) / float64(n-1) / 1e9
	var d, off []float64
	for i := 1; i < n; i++ {
		v := float64(s.Messages[i].Time-s.Messages[i-1].Time) / 1e9
		d, off = append(d, max(0, v)), append(off, math.Abs(v-period))
	}
	slices.Sort(d)
	slices.Sort(off)
	if off[len(off)*95/100] <= max(period/10, b.longest) && period > 0 {
		return coarse([]float64{period}, 1)
	}
	return coarse(d, 20)
}
