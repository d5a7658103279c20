package realism

import (
	"cmp"
	"encoding/csv"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/streamgauge/streamgauge/generators/sample"
)

var (
	recordings = flag.String("recordings", "", "folder of the recordings that the published calibration was made of")
	tableFile  = flag.String("table", "", "file to append the comparison with the published calibration to")
	only       = flag.String("only", "", "the one recording to compare")
)

// recording is one of the streams of the published calibration: where it is and what of it was compared.
type recording struct {
	name   string
	file   string
	small  string // the same file in testdata
	layout sample.Layout
	period int64                               // ns; of recordings whose times are counts
	prep   func(t *testing.T, b []byte) []byte // to lines that can be read
}

func calibrated() []recording {
	weather := []string{"TemperatureC", "Dew PointC", "Humidity", "Sea Level PressurehPa", "VisibilityKm", "Wind SpeedKm/h", "WindDirDegrees"}
	pipeline := sample.Layout{Time: "time", Key: "-"}
	nab := sample.Layout{Time: "timestamp", Key: "-"}
	return []recording{
		{name: "mqtt-env", file: "mqtt-env-json/raw_data_xlarge.json.zip", layout: sample.Layout{Without: []string{"device"}, Fields: []string{"data.co", "data.humidity", "data.lpg", "data.smoke", "data.temp"}}},
		{name: "wsn-motes", file: "wsn-motes/data.csv.gz", small: "motes.csv.gz", layout: sample.Layout{Time: "reading", Key: "mote_id", Fields: []string{"humidity", "temperature"}}, period: 5e9},
		{name: "nab-machine-temp", file: "machine-metrics-nab/machine_temperature_system_failure.csv.gz", layout: nab},
		{name: "nab-ambient-temp", file: "machine-metrics-nab/ambient_temperature_system_failure.csv.gz", layout: nab},
		{name: "nab-occupancy", file: "machine-metrics-nab/occupancy_6005.csv.gz", layout: nab},
		{name: "nab-traveltime", file: "machine-metrics-nab/TravelTime_387.csv.gz", small: "traveltime.csv.gz", layout: nab},
		{name: "lorawan-lyon", file: "lorawan-uplinks/lyon_2024-08-19.data.gz", layout: sample.Layout{Time: "time", Key: "device", Fields: []string{"freq", "rssi", "offset", "snr", "channel"}}, prep: lyon},
		{name: "lorawan-sainteynard", file: "lorawan-uplinks/sainteynard_d1d1e80000000033.ndjson.gz", layout: sample.Layout{Time: "_timestamp", Key: "devEUI", Fields: []string{"object.temperature", "object.pressure", "object.battery", "object.light"}}},
		{name: "pipeline-2", file: "industrial-pipeline/2bengzc.csv.gz", layout: pipeline},
		{name: "pipeline-5", file: "industrial-pipeline/5bengzc.csv.gz", layout: pipeline},
		{name: "weather-0", file: "weather-stations/weather0.csv.gz", layout: sample.Layout{Time: "timestamp", Key: "-", Fields: weather}},
		{name: "weather-13", file: "weather-stations/weather13.csv.gz", layout: sample.Layout{Time: "timestamp", Key: "-", Fields: weather}},
		{name: "adsb", file: "adsb/switzerland.json.gz", layout: sample.Layout{Key: "icao24", Sort: true}},
	}
}

func lyon(_ *testing.T, b []byte) []byte {
	return append([]byte("device,rate,time,payload,freq,rssi,offset,snr,channel,coding\n"), b...)
}

func (r recording) read(t *testing.T) *sample.Stream {
	t.Helper()
	path := filepath.Join(*recordings, r.file)
	if *recordings == "" {
		path = filepath.Join("testdata", r.small)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if r.prep != nil {
		b = r.prep(t, gunzip(t, b))
	}
	s, err := sample.Read(b, r.layout)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if r.period > 0 {
		for i := range s.Messages {
			mote, _ := strconv.ParseInt(s.Messages[i].Key, 10, 64)
			s.Messages[i].Time = s.Messages[i].Time/1e9*r.period + mote*r.period/4
		}
		slices.SortStableFunc(s.Messages, func(a, b sample.Message) int { return cmp.Compare(a.Time, b.Time) })
	}
	for i := range s.Messages {
		if s.Messages[i].Key == "" {
			s.Messages[i].Key = "device1"
		}
	}
	return s
}

// variant makes the two streams that a row of the calibration compares.
func variant(s *sample.Stream, kind string) (real, gen *sample.Stream) {
	n := len(s.Messages)
	switch kind {
	case "a":
		even, odd := *s, *s
		even.Messages, odd.Messages = nil, nil
		for b := range 20 {
			part := s.Messages[b*n/20 : (b+1)*n/20]
			if b%2 == 0 {
				even.Messages = joined(even.Messages, part)
			} else {
				odd.Messages = joined(odd.Messages, part)
			}
		}
		return &even, &odd
	case "b":
		return s.Part(0, n/2), s.Part(n/2, n)
	case "c":
		return s, shuffled(s)
	}
	return s, naive(s)
}

// joined appends a part, moved in time so that it follows at the interval that it begins with.
func joined(to, part []sample.Message) []sample.Message {
	if len(to) == 0 {
		return slices.Clone(part)
	}
	shift := to[len(to)-1].Time + (part[1].Time - part[0].Time) - part[0].Time
	for _, m := range part {
		m.Time += shift
		to = append(to, m)
	}
	return to
}

// shuffled is the values of a stream in another order, with Poisson times.
func shuffled(s *sample.Stream) *sample.Stream {
	rng := rand.New(rand.NewPCG(1, 2))
	out := *s
	out.Messages = slices.Clone(s.Messages)
	rng.Shuffle(len(out.Messages), func(i, j int) {
		out.Messages[i], out.Messages[j] = out.Messages[j], out.Messages[i]
	})
	first, last := bounds(s)
	at, usual := float64(first), float64(last-first)/float64(len(s.Messages)-1)
	for i := range out.Messages {
		out.Messages[i].Time = int64(at)
		at += rng.ExpFloat64() * usual
	}
	return &out
}

func bounds(s *sample.Stream) (first, last int64) {
	first, last = s.Messages[0].Time, s.Messages[0].Time
	for _, m := range s.Messages {
		first, last = min(first, m.Time), max(last, m.Time)
	}
	return first, last
}

// naive is what many generators do: independent normal values, printed in full, at fixed intervals.
func naive(s *sample.Stream) *sample.Stream {
	rng := rand.New(rand.NewPCG(3, 4))
	out := *s
	out.Messages = slices.Clone(s.Messages)
	first, last := bounds(s)
	keys, _ := s.Sources()
	all := make([]int, len(s.Messages))
	for i := range all {
		all[i] = i
	}
	for i := range out.Messages {
		m := &out.Messages[i]
		m.Time = first + int64(float64(i)*float64(last-first)/float64(len(all)-1))
		m.Key = keys[i%len(keys)]
		m.Values, m.Texts = slices.Clone(m.Values), slices.Clone(m.Texts)
	}
	for f := range s.Fields {
		v := s.Column(f, all)
		if len(v) < 2 {
			continue
		}
		mu, sd := spread(v)
		for i := range out.Messages {
			m := &out.Messages[i]
			m.Values[f] = mu + sd*rng.NormFloat64()
			m.Texts[f] = strconv.FormatFloat(m.Values[f], 'g', -1, 64)
		}
	}
	return &out
}

// columns of the published table, as measures.
var columns = [][2]string{{"C1", "size"}, {"C2", "interval KS"}, {"C2", "burstiness"}, {"C3", "merged burstiness"}, {"C4", "values KS"},
	{"C5", "ACF lag 1"}, {"C5", "ACF lag 10"}, {"C6", "repeats"}, {"C7", "daily R2"}, {"C8", "gaps"}, {"C9", "Gini"},
	{"C9", "Zipf exponent"}, {"C10", "gzip -6"}, {"C10", "zstd -3"}}

// The published calibration comes out again: always for the recordings in testdata, and for all of them, by hand, beside the
// recordings:
//
//	go test ./generators/realism -run Calibration -timeout 1h -recordings DIR -table docs/realism-calibration.md
//
// Real against real (a, b) involves no chance; what is shuffled and drawn (c, d) does, and its encoder was another one.
func TestCalibrationComesOutAgain(t *testing.T) {
	published := readPublished(t)
	for _, r := range calibrated() {
		if *recordings == "" && r.small == "" || *only != "" && *only != r.name {
			continue
		}
		s := r.read(t)
		for _, kind := range []string{"a", "b", "c", "d"} {
			real, gen := variant(s, kind)
			compareRow(t, r.name, kind, published[r.name+kind], Score(real, gen, Options{JSON: true, Raw: true}))
		}
	}
}

// compareRow holds a row against the published one, and writes it.
func compareRow(t *testing.T, name, kind string, published []string, rep *Report) {
	t.Helper()
	row := fmt.Sprintf("| %s | %s |", name, kind)
	for i, c := range columns {
		text, ok := cell(rep, c, published[i], kind)
		row += " " + text + " |"
		if !ok && *recordings == "" {
			t.Errorf("%s, row (%s): %s %s = %s", name, kind, c[0], c[1], text)
		}
	}
	t.Log(row)
	if *tableFile != "" {
		f, err := os.OpenFile(*tableFile, os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o644)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(f, row)
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// cell is the measure, with the published one in brackets if they differ by more than the tolerance.
func cell(rep *Report, c [2]string, want, kind string) (string, bool) {
	i := slices.IndexFunc(rep.Measures, func(m Measure) bool { return m.Check == c[0] && m.Name == c[1] })
	m := rep.Measures[i]
	w, err := strconv.ParseFloat(want, 64)
	if !m.Applies || err != nil {
		return "-", true
	}
	got := fmt.Sprintf("%.3f", m.Value)
	if math.Abs(m.Value-w) > tolerance(c[0], kind, w) {
		return "**" + got + "** (" + want + ")", false
	}
	return got, true
}

// tolerance of a measure: 0.05 or a tenth of it in rows (a) and (b), 0.1 or a fifth where chance plays a part; three times
// that for C3, whose windows are few; 0.25 or a third for C1 and C10 where the values are printed anew, which the published
// table did with more bytes around them.
func tolerance(check, kind string, want float64) float64 {
	t := max(0.05, want/10)
	if kind == "c" || kind == "d" {
		t = max(0.1, want/5)
	}
	switch {
	case check == "C3":
		t *= 3
	case (check == "C1" || check == "C10") && kind >= "c":
		t = max(0.25, want/3)
	}
	return t
}

func readPublished(t *testing.T) map[string][]string {
	t.Helper()
	b, err := os.ReadFile("testdata/calibration.csv")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(b))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	for _, r := range rows[1:] {
		all[r[0]+r[1]] = r[2:]
	}
	return all
}
