package realism

import (
	"math"
	"slices"
)

// ks is the two-sample Kolmogorov-Smirnov distance. It sorts both samples. NaN if one is empty.
func ks(a, b []float64) float64 {
	if len(a) == 0 || len(b) == 0 {
		return math.NaN()
	}
	slices.Sort(a)
	slices.Sort(b)
	var most float64
	for i, j := 0, 0; i < len(a) && j < len(b); {
		v := min(a[i], b[j])
		for i < len(a) && a[i] == v {
			i++
		}
		for j < len(b) && b[j] == v {
			j++
		}
		most = max(most, math.Abs(float64(i)/float64(len(a))-float64(j)/float64(len(b))))
	}
	return most
}

func mean(v []float64) float64 {
	var sum float64
	for _, x := range v {
		sum += x
	}
	return sum / float64(len(v))
}

// spread is the mean and the standard deviation of the population.
func spread(v []float64) (m, sd float64) {
	m = mean(v)
	var sum float64
	for _, x := range v {
		sum += (x - m) * (x - m)
	}
	return m, math.Sqrt(sum / float64(len(v)))
}

// median of a copy; NaN of nothing. NaNs are left out.
func median(v []float64) float64 { return quantile(v, 0.5) }

// quantile of a copy, linear between two values; NaN of nothing. NaNs are left out.
func quantile(v []float64, q float64) float64 {
	s := slices.DeleteFunc(slices.Clone(v), math.IsNaN)
	if len(s) == 0 {
		return math.NaN()
	}
	slices.Sort(s)
	at := q * float64(len(s)-1)
	i := int(at)
	if i+1 == len(s) {
		return s[i]
	}
	return s[i] + (at-float64(i))*(s[i+1]-s[i])
}

// ACF is the autocorrelation at a lag; NaN of a constant or of too few values.
func ACF(v []float64, lag int) float64 {
	if len(v) < lag+2 {
		return math.NaN()
	}
	m, sd := spread(v)
	if sd <= 1e-12*math.Abs(m) {
		return math.NaN()
	}
	var sum float64
	for i := lag; i < len(v); i++ {
		sum += (v[i] - m) * (v[i-lag] - m)
	}
	return sum / (sd * sd * float64(len(v)))
}

// correlation of two equally long lists; NaN if one is constant.
func correlation(a, b []float64) float64 {
	if len(a) < 2 {
		return math.NaN()
	}
	ma, sa := spread(a)
	mb, sb := spread(b)
	if sa <= 1e-12*math.Abs(ma) || sb <= 1e-12*math.Abs(mb) {
		return math.NaN()
	}
	var sum float64
	for i := range a {
		sum += (a[i] - ma) * (b[i] - mb)
	}
	return sum / (sa * sb * float64(len(a)))
}

// Repeat is the share of values that equal the one before.
func Repeat(v []float64) float64 {
	if len(v) < 2 {
		return math.NaN()
	}
	n := 0
	for i := 1; i < len(v); i++ {
		if v[i] == v[i-1] {
			n++
		}
	}
	return float64(n) / float64(len(v)-1)
}

func distinct(v []float64) int {
	s := slices.Clone(v)
	slices.Sort(s)
	return len(slices.Compact(s))
}

// burstiness is (sd − mean) / (sd + mean): −1 for a clock, 0 for Poisson, towards 1 for bursts.
func burstiness(d []float64) float64 {
	m, sd := spread(d)
	return (sd - m) / (sd + m)
}

// fano is the variance of the number of times in windows of a width over its mean. The times ascend. The first window begins
// half a usual interval before the first time: a perfect clock never hits the border of a window then.
func fano(times []int64, width float64) float64 {
	if len(times) < 2 || width <= 0 {
		return math.NaN()
	}
	span := float64(times[len(times)-1] - times[0])
	early := span / float64(len(times)-1) / 2
	windows := int((span + early) / width)
	if windows < 2 {
		return math.NaN()
	}
	counts := make([]float64, windows)
	for _, t := range times {
		if w := int((float64(t-times[0]) + early) / width); w < windows {
			counts[w]++
		}
	}
	m, sd := spread(counts)
	return sd * sd / m
}

// gini is the Gini index of counts: 0 if all are equal.
func gini(counts []float64) float64 {
	s := slices.Sorted(slices.Values(counts))
	var sum, weighted float64
	for i, c := range s {
		sum += c
		weighted += float64(i+1) * c
	}
	n := float64(len(s))
	return 2*weighted/(n*sum) - (n+1)/n
}

// zipf is the exponent, 0 to 5, under which the ranked counts are most likely.
func zipf(counts []float64) float64 {
	s := slices.Sorted(slices.Values(counts))
	slices.Reverse(s)
	var total, logs float64
	for i, c := range s {
		total += c
		logs += c * math.Log(float64(i+1))
	}
	likelihood := func(e float64) float64 {
		var norm float64
		for i := range s {
			norm += math.Pow(float64(i+1), -e)
		}
		return -e*logs - total*math.Log(norm)
	}
	low, high := 0.0, 5.0
	for range 60 { // golden sections of a function with one maximum
		a, b := low+0.382*(high-low), low+0.618*(high-low)
		if likelihood(a) < likelihood(b) {
			low = a
		} else {
			high = b
		}
	}
	return (low + high) / 2
}

// daily is the share of the values' variance that the hour of day (UTC) explains, and the hour with the highest mean.
func daily(times []int64, v []float64) (r2 float64, peak int) {
	var sum, n [24]float64
	for i, t := range times {
		h := hourOf(t)
		sum[h] += v[i]
		n[h]++
	}
	m, sd := spread(v)
	if len(v) < 2 || sd <= 1e-12*math.Abs(m) {
		return math.NaN(), 0
	}
	var between float64
	best := math.Inf(-1)
	for h := range sum {
		if n[h] == 0 {
			continue
		}
		hm := sum[h] / n[h]
		between += n[h] * (hm - m) * (hm - m)
		if hm > best {
			best, peak = hm, h
		}
	}
	return between / (sd * sd * float64(len(v))), peak
}

func hourOf(ns int64) int {
	const hour, day = 3600e9, 24 * 3600e9
	return int(((ns%day)+day)%day) / hour
}
