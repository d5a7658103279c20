package fit

import (
	"math"
	"time"

	"github.com/streamgauge/streamgauge/generators/preset"
	"github.com/streamgauge/streamgauge/generators/realism"
	"github.com/streamgauge/streamgauge/generators/sample"
)

// alike is the rank correlation from which two fields are functions of one reading, if they also change together.
const alike = 0.999

// together fits how the fields of a source depend on the hour, on each other and on themselves.
func (f *fitter) together(k *preset.Kind, parts []part, src source) {
	for i := range parts {
		p := &parts[i]
		p.goal = target{acf: measured(p.codes), repeat: realism.Repeat(p.codes)}
		f.daily(p, src)
		p.aim = measured(p.scores)
		for j := range i {
			if parts[j].def.Like == "" && !p.still && sameReading(p, &parts[j]) {
				p.def.Like = parts[j].def.Name
				break
			}
		}
	}
	k.Hold = round4(f.held(parts))
	usual := f.usual(k)
	if !f.alone {
		mixed(parts)
	}
	f.moveAll(parts, usual)
}

// Of recordings of two days or more, the mean by hour of day is a part of a field's movement if it explains so much of it.
const (
	cycleFrom  = 48 * time.Hour
	cycleShare = 0.03
)

// daily takes the daily cycle out of a field's scores.
func (f *fitter) daily(p *part, src source) {
	first, last := f.Messages[src.at[0]].Time, f.Messages[src.at[len(src.at)-1]].Time
	if p.still || f.Clock == "count" || last-first < int64(cycleFrom) {
		return
	}
	var sum, n [24]float64
	for i, m := range src.at {
		h := hourOf(f.Messages[m].Time)
		sum[h] += p.scores[i]
		n[h]++
	}
	means := make([]float64, 24)
	share, total := 0.0, 0.0
	for h := range means {
		if n[h] > 0 {
			means[h] = sum[h] / n[h]
		}
		share += means[h] * means[h] / 24
	}
	for _, v := range p.scores {
		total += v * v / float64(len(p.scores))
	}
	if share < cycleShare*total {
		return
	}
	for h := range means {
		p.def.Daily = append(p.def.Daily, round4(means[h]))
	}
	p.goal.cycle = explained(p.codes, f.Stream, src.at)
	for i, m := range src.at {
		p.scores[i] -= means[hourOf(f.Messages[m].Time)]
	}
}

// explained is the share of the variance of values, one of each of some messages, that the hour of day explains.
func explained(v []float64, s *sample.Stream, at []int) float64 {
	var sum, n [24]float64
	var all, squares float64
	for i, m := range at {
		h := hourOf(s.Messages[m].Time)
		sum[h] += v[i]
		n[h]++
		all += v[i]
		squares += v[i] * v[i]
	}
	mean := all / float64(len(v))
	var between float64
	for h := range sum {
		if n[h] > 0 {
			between += (sum[h]/n[h] - mean) * (sum[h]/n[h] - mean) * n[h]
		}
	}
	return number0(between / (squares - all*mean))
}

func hourOf(ns int64) int {
	const hour, day = int64(time.Hour), int64(24 * time.Hour)
	return int(((ns%day)+day)%day) / int(hour)
}

// moveAll chooses the movements of all fields that have their own.
func (f *fitter) moveAll(parts []part, usual time.Duration) {
	own := owns(parts)
	for i := range parts {
		p := &parts[i]
		if p.def.Like != "" || p.still {
			continue
		}
		move(&p.def, own[i], usual, len(p.codes))
		if f.alone {
			shorten(&p.def)
		}
	}
}

func sameReading(a, b *part) bool {
	if b.still || correlate(a.scores, b.scores) < alike {
		return false
	}
	differ := 0
	for i := 1; i < len(a.codes); i++ {
		if (a.codes[i] == a.codes[i-1]) != (b.codes[i] == b.codes[i-1]) {
			differ++
		}
	}
	return differ*50 < len(a.codes)
}

// held is the share of messages that repeat the one before in all fields, beyond what fields do by themselves.
func (f *fitter) held(parts []part) float64 {
	all, n, chance := 0, 0, 1.0
	var moving []*part
	for i := range parts {
		if !parts[i].still && parts[i].def.Like == "" {
			moving = append(moving, &parts[i])
			chance *= parts[i].goal.repeat
		}
	}
	if len(moving) < 2 {
		return 0
	}
	for m := 1; m < len(moving[0].codes); m++ {
		n++
		same := true
		for _, p := range moving {
			same = same && p.codes[m] == p.codes[m-1]
		}
		if same {
			all++
		}
	}
	share := float64(all) / float64(n)
	lowest := 1.0
	for _, p := range moving {
		lowest = min(lowest, p.goal.repeat)
	}
	return min(max(0, (share-chance)/(1-chance)), 0.9*lowest)
}

// usual is the median interval; the mean one where most messages come at the time of the one before, since movements take time.
func (f *fitter) usual(k *preset.Kind) time.Duration {
	median, mean := medianOf(k.Intervals)
	if median == 0 {
		median = mean
	}
	return max(1, time.Duration(median*1e9))
}

// mixed writes the fields' correlations as weights: the triangular root of their matrix.
func mixed(parts []part) {
	var moving []int
	for i := range parts {
		if parts[i].def.Like == "" && !parts[i].still {
			moving = append(moving, i)
		}
	}
	rows := make([][]float64, len(moving))
	for a, i := range moving {
		rows[a] = make([]float64, a+1)
		left := 1.0
		for b := range a {
			r := number0(correlate(parts[i].scores, parts[moving[b]].scores))
			for c := range b {
				r -= rows[a][c] * rows[b][c]
			}
			r /= rows[b][b]
			if math.Abs(r) < 0.05 || left-r*r < 0.02 {
				r = 0
			}
			rows[a][b] = r
			left -= r * r
		}
		rows[a][a] = math.Sqrt(left)
		if left == 1 {
			continue
		}
		mix := make([]float64, i+1)
		for b, j := range moving[:a+1] {
			mix[j] = round4(rows[a][b])
		}
		parts[i].def.Mix = mix
	}
}

// owns gives the autocorrelations that the fields' own movements need, so that with those they take from others they have
// what is aimed at.
func owns(parts []part) []curve {
	all := make([]curve, len(parts))
	for i := range parts {
		p := &parts[i]
		all[i] = p.aim
		if p.def.Mix == nil {
			continue
		}
		last := p.def.Mix[i]
		for l := range all[i] {
			v := p.aim[l]
			for j, w := range p.def.Mix[:i] {
				v -= w * w * all[j][l]
			}
			all[i][l] = min(max(v/(last*last), -0.1), 1)
		}
	}
	return all
}
