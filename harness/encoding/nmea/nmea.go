// Package nmea is the encoding "nmea": sentences of NMEA 0183 (IEC 61162-1) with their checksums, as receivers and ships'
// instruments send them. A metric is a field of a sentence (RMC.speed, GGA.altitude, GSV.3), or a transducer's measurement
// in XDR by its name, which is the whole path. No sentence names the device, and many have no time: the record's key and
// header stand for them. harness/job/SEMANTICS.md section 3.1 is the norm.
package nmea

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
)

// Format makes decoders and encoders. It implements encoding.Format.
type Format struct{}

// Name is "nmea".
func (Format) Name() string { return "nmea" }

// form is how a field is written.
type form uint8

const (
	plain     form = iota
	latitude       // ddmm.mmmm, followed by a field N or S
	longitude      // dddmm.mmmm, followed by a field E or W
)

// place is where a metric stands.
type place struct {
	formatter string // such as RMC; empty: a transducer of XDR
	field     int    // the first one behind the address is 1
	form      form
	metric    int
}

// named are fields that have names beside their numbers.
var named = map[string]place{
	"RMC.latitude": {field: 3, form: latitude}, "RMC.longitude": {field: 5, form: longitude}, "RMC.speed": {field: 7}, "RMC.course": {field: 8},
	"GGA.latitude": {field: 2, form: latitude}, "GGA.longitude": {field: 4, form: longitude}, "GGA.quality": {field: 6},
	"GGA.satellites": {field: 7}, "GGA.hdop": {field: 8}, "GGA.altitude": {field: 9}, "GGA.separation": {field: 11},
	"GNS.latitude": {field: 2, form: latitude}, "GNS.longitude": {field: 4, form: longitude}, "GNS.satellites": {field: 7}, "GNS.hdop": {field: 8}, "GNS.altitude": {field: 9},
	"GLL.latitude": {field: 1, form: latitude}, "GLL.longitude": {field: 3, form: longitude},
	"VTG.course": {field: 1}, "VTG.speed": {field: 5}, "VTG.speed_kmh": {field: 7}, "VHW.speed": {field: 5}, "VBW.speed": {field: 1},
	"GSA.pdop": {field: 15}, "GSA.hdop": {field: 16}, "GSA.vdop": {field: 17}, "GSV.in_view": {field: 3},
	"HDT.heading": {field: 1}, "HDM.heading": {field: 1}, "HDG.heading": {field: 1}, "ROT.rate": {field: 1}, "RSA.angle": {field: 1},
	"DPT.depth": {field: 1}, "DBT.depth": {field: 3}, "MTW.temperature": {field: 1}, "MWV.angle": {field: 1}, "MWV.speed": {field: 3},
	"MDA.pressure": {field: 3}, "MDA.temperature": {field: 5}, "MDA.humidity": {field: 9}, "RPM.speed": {field: 3},
}

// times are the fields that hold the time of day.
var times = map[string]int{"RMC": 1, "GGA": 1, "GNS": 1, "ZDA": 1, "GST": 1, "GBS": 1, "GLL": 5}

// mostFields bounds a field's number: sentences of 82 bytes have no more.
const mostFields = 80

// locate finds the place of a metric.
func locate(path string, metric int) (place, error) {
	if p, ok := named[path]; ok {
		p.formatter, p.metric = path[:3], metric
		return p, nil
	}
	formatter, rest, dotted := strings.Cut(path, ".")
	if !dotted || len(formatter) < 3 || strings.ToUpper(formatter) != formatter || !alphanumeric(formatter) {
		return place{metric: metric}, nil
	}
	n, err := strconv.Atoi(rest)
	if err != nil || n < 1 || n > mostFields {
		return place{}, fmt.Errorf("path %q: sentence %s has no field of that name; give its number, 1 to %d", path, formatter, mostFields)
	}
	return place{formatter: formatter, field: n, metric: metric}, nil
}

func alphanumeric(s string) bool {
	for _, c := range []byte(s) {
		if (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// locateAll finds the places of all metrics, in ascending order of their names.
func locateAll(r job.Reading) ([]place, error) {
	if _, err := encoding.NewShape(r); err != nil {
		return nil, err
	}
	var all []place
	var errs []error
	for i, n := range r.Names() {
		p, err := locate(r.Metrics[n].Path, i)
		errs = append(errs, err)
		all = append(all, p)
	}
	return all, errors.Join(errs...)
}

// Decoder makes a decoder of a job's reading. Errors: those of encoding.NewShape, and a field that a sentence has not.
func (Format) Decoder(r job.Reading) (encoding.Decoder, error) {
	places, err := locateAll(r)
	if err != nil {
		return nil, fmt.Errorf("making a decoder of nmea: %w", err)
	}
	f, err := encoding.NewNames(r)
	if err != nil {
		return nil, fmt.Errorf("making a decoder of nmea: %w", err)
	}
	places = slices.DeleteFunc(places, func(p place) bool { return p.formatter == "" })
	return &decoder{fields: f, places: places}, nil
}

// Encoder makes an encoder of a job's reading. Errors: as Decoder.
func (Format) Encoder(r job.Reading) (encoding.Encoder, error) {
	places, err := locateAll(r)
	if err != nil {
		return nil, fmt.Errorf("making an encoder of nmea: %w", err)
	}
	e := &encoder{}
	for i, n := range r.Names() {
		e.add(places[i], r.Metrics[n].Path)
	}
	return e, nil
}
