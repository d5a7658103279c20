package fit

import (
	"bytes"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/streamgauge/streamgauge/generators"
	"github.com/streamgauge/streamgauge/generators/preset"
	"github.com/streamgauge/streamgauge/generators/realism"
	"github.com/streamgauge/streamgauge/generators/sample"
)

// Rounds of mending, and the numbers of devices and of messages of each that are generated in each round.
const (
	rounds  = 5
	devices = 3
	mostOf  = 8_000
)

// mend generates what the kind says so far, compares how the fields move and repeat with how they should, and asks for as
// much more or less.
func (f *fitter) mend(p *preset.Preset, k *preset.Kind, parts []part) {
	n := min(len(parts0(parts)), mostOf)
	if n < Least {
		return
	}
	usual := f.usual(k)
	for range rounds {
		got := generated(p, k, n)
		if got == nil {
			return
		}
		for i := range parts {
			if parts[i].still || parts[i].def.Like != "" {
				continue
			}
			f.mendOne(&parts[i], got)
		}
		f.moveAll(parts, usual)
		for i := range parts {
			k.Fields[i] = parts[i].def
		}
	}
}

func parts0(parts []part) []float64 {
	if len(parts) == 0 {
		return nil
	}
	return parts[0].codes
}

// mendOne moves what is aimed at with a field by what it missed, on the mean of some devices.
func (f *fitter) mendOne(p *part, got *sample.Stream) {
	var now target
	keys, of := got.Sources()
	for _, k := range keys {
		column := columnOf(got, p, of[k])
		if len(column) < Least {
			return
		}
		c := measured(column)
		for l := range c {
			now.acf[l] += c[l] / float64(len(keys))
		}
		now.repeat += realism.Repeat(column) / float64(len(keys))
		now.cycle += explained(column, got, of[k]) / float64(len(keys))
	}
	for l := range now.acf {
		p.aim[l] = min(max(p.aim[l]+0.7*(p.goal.acf[l]-now.acf[l]), -0.2), 1)
	}
	short := p.goal.repeat - now.repeat
	p.def.Hold = round4(min(max(0, p.def.Hold+short*(1-p.def.Hold)/max(0.05, 1-now.repeat)), 0.98))
	p.mendDaily(now.cycle)
}

// mendDaily makes the daily cycle as strong as it should be: what is generated has as many messages in each hour, while a recording may
// have few in those hours that differ most.
func (p *part) mendDaily(now float64) {
	if p.def.Daily == nil || now <= 0 {
		return
	}
	sum := 0.0
	for _, v := range p.def.Daily {
		sum += v * v / float64(len(p.def.Daily))
	}
	by := min(max(math.Sqrt(p.goal.cycle/now), 0.5), 1.5, math.Sqrt(mostCycle/sum))
	for h := range p.def.Daily {
		p.def.Daily[h] = round4(by * p.def.Daily[h])
	}
}

// mostCycle is how much of a score's variance its daily means may be.
const mostCycle = 0.95

// columnOf gives the codes of a generated field, as the recorded one's were given.
func columnOf(got *sample.Stream, p *part, of []int) []float64 {
	at := slices.Index(got.Fields, p.def.Name)
	if at < 0 {
		return nil
	}
	code := map[string]float64{}
	for i, t := range p.texts {
		code[t] = p.codes[i]
	}
	var v []float64
	for _, i := range of {
		text := got.Messages[i].Texts[at]
		x, ok := code[text]
		if !ok {
			x = got.Messages[i].Values[at]
		}
		v = append(v, x)
	}
	return realism.Smooth(v)
}

// generated reads n messages each of some devices of a kind; nil if there are none yet to read.
func generated(p *preset.Preset, k *preset.Kind, n int) *sample.Stream {
	one := *p
	one.Kinds = []preset.Kind{*k}
	one.Kinds[0].Share, one.Kinds[0].Message = 1, ""
	// All fields as JSON, in a form that is sure to read.
	var form strings.Builder
	form.WriteString(`{"ts":${time},"device":"${device}"`)
	for i := range k.Fields {
		form.WriteString(`,` + strconv.Quote(k.Fields[i].Name) + `:"${` + k.Fields[i].Name + `}"`)
	}
	form.WriteString("}")
	one.Message, one.Device, one.Clock.Form = form.String(), "device-@", "ns"
	s, err := preset.New(preset.Config{Preset: &one, Devices: devices, Seed: 1})
	if err != nil {
		return nil
	}
	var b bytes.Buffer
	var e generators.Event
	for range n * devices {
		at, _ := s.Pace()
		s.Next(at, &e)
		b.Write(e.Value)
		b.WriteByte('\n')
	}
	got, err := sample.Read(b.Bytes(), sample.Layout{Time: "ts", Clock: "ns", Key: "device"})
	if err != nil {
		return nil
	}
	return got
}

// medianOf is the median of a table of ascending numbers, and their mean.
func medianOf(table string) (median, mean float64) {
	var v []float64
	for part := range strings.SplitSeq(table, "|") {
		text, times, _ := strings.Cut(part, "~")
		x, _ := strconv.ParseFloat(text, 64)
		n := 1
		if times != "" {
			n, _ = strconv.Atoi(times)
		}
		for range n {
			v = append(v, x)
			mean += x
		}
	}
	return v[len(v)/2], mean / float64(len(v))
}
