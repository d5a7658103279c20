package fit

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"gonum.org/v1/gonum/stat"

	"github.com/streamgauge/streamgauge/generators/preset"
	"github.com/streamgauge/streamgauge/generators/sample"
)

// busDetails are tried in turn, as details are. Of a bus every identifier is a kind, so there is less room for each; with less detail in
// its fields first, and with fewer identifiers only then: how many there are, and how often, is most of what a bus looks like.
func busDetails() []detail {
	all := []detail{
		{kinds: 256, steps: 24, quantiles: 24, still: 0.999},
		{kinds: 256, steps: 16, quantiles: 12, still: 0.999},
		{kinds: 256, steps: 8, quantiles: 6, still: 0.999},
		{kinds: 256, steps: 8, quantiles: 6, still: 0.99},
		{kinds: 256, steps: 5, quantiles: 4, still: 0.98},
		{kinds: 256, steps: 3, quantiles: 3, still: 0.95},
	}
	for _, kinds := range []int{128, 64, 32, 16} {
		all = append(all, detail{kinds: kinds, steps: 5, quantiles: 4, still: 0.98})
	}
	for i := range all {
		all[i].alone = true
	}
	return all
}

// roomy are these details from the first on with which there is room for the movements behind the tables. To fit movements takes most
// of the time, and the tables alone show how long a preset gets.
func roomy(s *sample.Stream, o Options) []detail {
	const movement = 70 // bytes of a field, about
	all := busDetails()
	for i, d := range all {
		d.tables = true
		p, err := fittedBus(s, o, d)
		if err != nil || len(p.YAML())+movement*moving(p) <= room {
			return all[i:]
		}
	}
	return all[len(all)-1:]
}

// moving counts the fields that have more than one value.
func moving(p *preset.Preset) int {
	n := 0
	for i := range p.Kinds {
		for _, f := range p.Kinds[i].Fields {
			if strings.Contains(f.Steps+f.Quantiles, "|") {
				n++
			}
		}
	}
	return n
}

// leastFrames is the number of frames from which an identifier becomes a kind.
const leastFrames = 3

// fittedBus makes a preset of the frames of a bus: a set of kinds, one for each identifier, and a gateway that reads them off as
// the recorder did. Frames that never change are kept as they are.
func fittedBus(s *sample.Stream, o Options, d detail) (*preset.Preset, error) {
	s = awake(inOrder(s))
	kept := busiest(s, d.kinds)
	if len(kept) == 0 {
		return nil, fmt.Errorf("no identifier has %d frames at different times", leastFrames)
	}
	p := &preset.Preset{Schema: 1, Title: o.Title, Source: preset.Source{Recording: o.Recording, Licence: o.Licence, Messages: len(s.Messages)},
		Encoding: "can", Binary: true, Sets: true, Device: "bus-@/%"}
	b := &busFitter{Stream: s, Options: o, detail: d, begin: s.Messages[0].Time}
	p.Clock = preset.Clock{Form: "us", Step: preset.Span(time.Microsecond), Start: time.Unix(0, b.begin).UTC().Truncate(time.Second).Format(time.RFC3339)}
	if reads := readings(s); reads != nil {
		p.Gateway = b.recorder(reads, len(kept))
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
	begin   int64   // time of the first frame
	longest float64 // s between two times at which frames were read off; 0: each came by itself
}

// inOrder gives a log in the order of its times: one that is put together of several has another.
func inOrder(s *sample.Stream) *sample.Stream {
	byTime := func(a, b sample.Message) int { return cmp.Compare(a.Time, b.Time) }
	if slices.IsSortedFunc(s.Messages, byTime) {
		return s
	}
	own := *s
	own.Messages = slices.Clone(s.Messages)
	slices.SortStableFunc(own.Messages, byTime)
	return &own
}

// awake gives the longest part of a log without a pause. Buses sleep, and logs are put together of several: the mean of a period and a
// pause is neither, and all of a bus pause at once.
func awake(s *sample.Stream) *sample.Stream {
	n := len(s.Messages)
	if n == 0 {
		return s
	}
	pause := max(int64(time.Second), (s.Messages[n-1].Time-s.Messages[0].Time)/int64(n)*10) // of a slow bus, ten mean distances
	first, from, to := 0, 0, 0
	for i := range n {
		if i+1 < n && s.Messages[i+1].Time-s.Messages[i].Time <= pause {
			continue
		}
		if i+1-first > to-from {
			from, to = first, i+1
		}
		first = i + 1
	}
	return s.Part(from, to)
}

// busiest gives the identifiers with the most frames, in the order in which they came first. Those that were seen at one instant
// alone have no interval, and are left out.
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
		at := of[k]
		if len(at) >= least && len(all) < most && s.Messages[at[len(at)-1]].Time > s.Messages[at[0]].Time {
			all = append(all, source{k, at})
		}
	}
	return all
}

// readings gives the distances of the times at which the recorder read frames off together, s, in their order; nil if it took each as
// it came. Frames a quarter of the mean distance apart were read together.
func readings(s *sample.Stream) []float64 {
	n := len(s.Messages)
	last := s.Messages[0].Time
	apart := (s.Messages[n-1].Time - last) / int64(max(1, n-1)) / 4
	var d []float64
	for i := 1; i < n; i++ {
		if t := s.Messages[i].Time; t-s.Messages[i-1].Time > apart {
			d = append(d, float64(t-last)/1e9)
			last = t
		}
	}
	if len(d) < Least || len(d)*3 > n*2 {
		return nil
	}
	return d
}

// recorder makes the gateway that reads frames off as the recorder did. It sorts the distances.
func (b *busFitter) recorder(reads []float64, devices int) preset.Gateway {
	g := preset.Gateway{Devices: devices, Memory: min(max(round4(rankCorrelation(reads[1:], reads[:len(reads)-1])), -0.95), 0.95)}
	slices.Sort(reads)
	b.longest = reads[len(reads)*99/100]
	g.Intervals = coarse(reads, 40)
	return g
}

// coarse writes sorted values as a table of quantiles of which about so many differ, and five in the last twentieth, where single long
// ones are. Each is the mean of its share, so that their sum stays.
func coarse(sorted []float64, steps int) string {
	var texts []string
	for i := range beats {
		share := beats / steps
		if i >= beats-beats/20 {
			share = beats / 100
		}
		first := i / share * share
		from := first * len(sorted) / beats
		to := max(from+1, (first+share)*len(sorted)/beats)
		texts = append(texts, strconv.FormatFloat(stat.Mean(sorted[from:to], nil), 'g', 4, 64))
	}
	return runs(texts)
}

// kind fits the frames of one identifier.
func (b *busFitter) kind(src source, clock preset.Clock) preset.Kind {
	own := &sample.Stream{Clock: b.Clock}
	frames := b.frames(src)
	form, numbers := layout(frames, b.detail)
	f := &fitter{Stream: own, Options: b.Options, detail: b.detail}
	for i := range numbers {
		own.Fields, f.varying = append(own.Fields, numberNames[i]), append(f.varying, i)
	}
	all := source{key: src.key}
	for i, m := range src.at {
		own.Messages = append(own.Messages, taken(frames[i], numbers, b.Messages[m].Time))
		all.at = append(all.at, i)
	}
	k := preset.Kind{Name: src.key, Share: 1, Message: form}
	b.times(&k, own)
	f.fields(&k, &preset.Preset{Schema: 1, Encoding: "json", Clock: clock}, all)
	return k
}

// frames gives the frames of an identifier, all as long as most are: the others are cut, or filled with zeros.
func (b *busFitter) frames(src source) [][]byte {
	count, usual := map[int]int{}, 0
	for _, m := range src.at {
		n := len(b.Messages[m].Bytes)
		if count[n]++; count[n] > count[usual] {
			usual = n
		}
	}
	var all [][]byte
	for _, m := range src.at {
		frame := b.Messages[m].Bytes
		if len(frame) != usual {
			frame = append(slices.Clone(frame), make([]byte, usual)...)[:usual]
			frame[lengthAt] = byte(usual - dataAt)
		}
		all = append(all, frame)
	}
	return all
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

// times fits when an identifier is sent: at equal intervals and in step with the others if the recorder may have caused what its frames
// deviate from that, else at intervals like those that were recorded.
func (b *busFitter) times(k *preset.Kind, s *sample.Stream) {
	period, first := b.regular(s)
	var d, off []float64
	for i := 1; i < len(s.Messages); i++ {
		v := float64(s.Messages[i].Time-s.Messages[i-1].Time) / 1e9
		d, off = append(d, v), append(off, math.Abs(v-period))
	}
	slices.Sort(d)
	slices.Sort(off)
	if off[len(off)*95/100] > max(period/10, b.longest) {
		k.Intervals = coarse(d, 20)
		return
	}
	k.Intervals = fmt.Sprintf("%.5g~%d", period, beats)
	const tick = 100 * time.Microsecond // a frame lasts longer
	due := max(0, first+b.longest)      // the first may have been due before the log begins, at most by that
	k.Phase = preset.Span(10*tick + time.Duration(due*1e9).Round(tick))
}

// regular is the straight line closest to the times of frames: their period, and when the first was due, s from the log's begin. First
// and last frame alone would tell both less exactly than the recorder reads, and the phases of two identifiers matter to a millisecond.
func (b *busFitter) regular(s *sample.Stream) (period, first float64) {
	var number, at []float64
	for i := range s.Messages {
		number, at = append(number, float64(i)), append(at, float64(s.Messages[i].Time-b.begin)/1e9)
	}
	first, period = stat.LinearRegression(number, at, nil, false)
	return period, first
}

// shorten leaves parts of a movement out that are a hundredth of it or less, and writes the others with two digits: of a bus there are
// hundreds of movements.
func shorten(f *preset.Field) {
	weights := []*float64{&f.White, &f.Fast.Weight}
	for i := range f.Slow {
		weights = append(weights, &f.Slow[i].Weight)
		f.Slow[i].Every = max(preset.Span(time.Millisecond), preset.Span(time.Duration(f.Slow[i].Every).Round(time.Millisecond)))
	}
	left := 0.0
	for _, w := range weights {
		if share := *w * *w; share > 0.01 {
			left += share
		} else {
			*w = 0
		}
	}
	for _, w := range weights {
		*w = math.RoundToEven(*w/math.Sqrt(left)*100) / 100
	}
	if f.Fast.Weight == 0 {
		f.Fast = preset.Fast{}
	}
	f.Slow = slices.DeleteFunc(f.Slow, func(s preset.Slow) bool { return s.Weight == 0 })
}
