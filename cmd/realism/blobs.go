package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/streamgauge/streamgauge/generators/preset"
	"github.com/streamgauge/streamgauge/generators/sample"
	"github.com/streamgauge/streamgauge/scenarios"
)

// Files that zstd makes shorter than this many times at level 3 are of the first class of blobs, and of the second.
const (
	denseUpTo = 1.2
	waveUpTo  = 2.4
)

// fitBlobs makes preset blobs anew from files: of each class the sizes of the files, half of the messages as large as one
// and half between two, and as many messages as it has files.
func fitBlobs(s *sample.Stream) (*preset.Preset, error) {
	z, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.EncoderLevelFromZstd(3)), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	var sizes [3][]int
	for _, m := range s.Messages {
		times, class := float64(len(m.Bytes))/float64(len(z.EncodeAll(m.Bytes, nil))), 0
		if times >= denseUpTo {
			class++
		}
		if times >= waveUpTo {
			class++
		}
		sizes[class] = append(sizes[class], len(m.Bytes))
	}
	p, err := preset.Open(scenarios.Files, "blobs")
	if err != nil {
		return nil, err
	}
	var kinds []preset.Kind
	for class, k := range p.Kinds {
		if len(sizes[class]) == 0 {
			continue
		}
		slices.Sort(sizes[class])
		var table []string
		for _, n := range sizes[class] {
			table = append(table, fmt.Sprintf("%d~2", n))
		}
		k.Intervals = fmt.Sprintf("%.4g~1000", 168/float64(len(sizes[class])))
		k.Fields = slices.Clone(k.Fields)
		k.Fields[0].Quantiles = strings.Join(table, "|")
		kinds = append(kinds, k)
	}
	p.Kinds = kinds
	return preset.Read("the fitted blobs", p.YAML())
}
