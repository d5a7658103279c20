//go:build bench

package bench

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"time"

	"github.com/streamgauge/streamgauge/generators"
	"github.com/streamgauge/streamgauge/generators/blob"
	"github.com/streamgauge/streamgauge/generators/recorded"
	"github.com/streamgauge/streamgauge/harness/driver"
	"github.com/streamgauge/streamgauge/scenarios"
)

// The stream is that of first-light, but for the size of its values.
const (
	recording = "room-sensors"
	devices   = 1000
	speed     = 20
)

var epoch = time.Date(2020, 7, 13, 0, 0, 0, 0, time.UTC)

// newStream amplifies the recording of first-light: as it is (0 bytes), padded, or, for values smaller than the recorded
// ones, with two of its readings only. From 1 MB on it is large messages of that size, of the three classes of order.
func newStream(valueBytes int, partitions int32) (generators.Stream, error) {
	if valueBytes >= 1_000_000 {
		return blob.New(blob.Config{Seed: 1, FirstDevice: driver.FirstDevice(partitions), Devices: 3, Smallest: valueBytes, Largest: valueBytes,
			Start: epoch, Speed: speed})
	}
	open := recorded.Open
	if valueBytes > 0 && valueBytes < 200 {
		open = compact
	}
	r, err := open(scenarios.Files, recording)
	if err != nil {
		return nil, err
	}
	pad := valueBytes
	if pad < 200 {
		pad = 0
	}
	return recorded.New(recorded.Config{Recording: r, Devices: devices, FirstDevice: driver.FirstDevice(partitions), Seed: 1,
		Start: epoch, Speed: speed, Disorder: recorded.Disorder{Share: 0.01, UpTo: 20 * time.Second}, PadBytes: pad})
}

// together are the lines of the description that compact messages have no fields for, and the hash of the whole ones.
var together = regexp.MustCompile(`(?m)^(sha256|together|apart):.*$`)

// compact is a recording with temperature and humidity alone: messages of about 100 bytes.
func compact(files fs.FS, name string) (*recorded.Recording, error) {
	text, err := fs.ReadFile(files, "recorded/"+name+".yaml")
	if err != nil {
		return nil, err
	}
	packed, err := fs.ReadFile(files, "recorded/"+name+".jsonl.gz")
	if err != nil {
		return nil, err
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	for in := json.NewDecoder(z); ; {
		var m struct {
			Data struct {
				Humidity json.Number `json:"humidity"`
				Temp     json.Number `json:"temp"`
			} `json:"data"`
			Device string      `json:"device_id"`
			TS     json.Number `json:"ts"`
		}
		if err := in.Decode(&m); err == io.EOF {
			break
		} else if err != nil {
			return nil, fmt.Errorf("reading %s: %w", name, err)
		}
		if err := json.NewEncoder(&out).Encode(m); err != nil {
			return nil, err
		}
	}
	return recorded.Read(name, together.ReplaceAll(text, nil), &out)
}

// meanValue is the mean size of a stream's values in bytes: what the other tool is given to send.
func meanValue(valueBytes int) (float64, error) {
	s, err := newStream(valueBytes, 1)
	if err != nil {
		return 0, err
	}
	n, total := max(100, min(20_000, 100_000_000/max(1, valueBytes)/4)), 0
	var e generators.Event
	for range n {
		s.Next(0, &e)
		total += len(e.Value)
	}
	return float64(total) / float64(n), nil
}
