package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/streamgauge/streamgauge/generators/sample"
)

// row is one line of the table: a preset and the recording it is held against.
type row struct {
	name    string   // of the row, and of the file its score is kept in
	preset  string   // of the binary; empty: none was made from this recording
	files   []string // of the recording, patterns below the folder of recordings
	source  string   // of the recording; empty: what the preset says
	as      recording
	part    part
	fit     bool // fitted by `generate fit` to one part; otherwise the preset of the binary is scored
	blobs   bool // fitted by fitBlobs
	devices int  // 0: as many as the recording has sources where fit.Fit is asked, else as the preset has kinds
	times   int  // as many messages are generated for each that is recorded; 0: 1
	held    string
	reason  string // why there is no score
}

func (r *row) fitted() bool { return r.fit || r.blobs }

// part is how a recording is parted: what a preset is fitted to, and what it is scored on.
type part int

// The parts of a recording.
const (
	all    part = iota // not parted
	second             // first half, second half
	even               // the first, third, … file of a folder; the others
	odd                // the same the other way round
)

func (p part) of(s *sample.Stream) (learn, ask *sample.Stream) {
	n := len(s.Messages)
	switch p {
	case second:
		return s.Part(0, n/2), s.Part(n/2, n)
	case even, odd:
		halves := [2]*sample.Stream{{Framed: s.Framed}, {Framed: s.Framed}}
		for i, m := range s.Messages {
			h := halves[i%2]
			h.Messages = append(h.Messages, m)
		}
		return halves[p-even], halves[odd-p]
	}
	return s, s
}

// What is held out from what is scored.
const (
	heldOut  = "yes"
	noFields = "no: its tables are of the whole recording"
	noSizes  = "no: kinds of messages, sizes and rates are of the whole recording"
)

// rows lists all presets and, behind them, recordings that no preset was made from.
func rows() []row {
	one := sample.Layout{Time: "timestamp", Key: "-"}
	fitted := func(preset, file string, l sample.Layout) row {
		return row{name: preset, preset: preset, files: []string{file}, as: text{Layout: l}, part: second, fit: true, held: heldOut}
	}
	other := func(name, file, source string, l sample.Layout) row {
		r := fitted(name, file, l)
		r.preset, r.source = "", source
		return r
	}
	pipeline := sample.Layout{Key: "-"}
	list := []row{
		fitted("indoor", "mqtt-env-json/raw_data_xlarge.json.zip", sample.Layout{Without: []string{"device"}}),
		fitted("motes", "wsn-motes/data.csv.gz", sample.Layout{Time: "reading", Key: "mote_id", Sort: true}),
		fitted("process-logger", "industrial-pipeline/2bengzc.csv.gz", pipeline),
		fitted("process-logger-short", "industrial-pipeline/5bengzc.csv.gz", pipeline),
		fitted("weather-station", "weather-stations/weather13.csv.gz", one),
		fitted("weather-hourly", "weather-stations/weather0.csv.gz", one),
		fitted("traffic", "machine-metrics-nab/occupancy_6005.csv.gz", one),
		fitted("events", "earthquake-geojson/earthquakes.json.gz", sample.Layout{Time: "properties.time", Key: "-", Sort: true}),
		fitted("machine", "machine-metrics-nab/machine_temperature_system_failure.csv.gz", one),
		fitted("office", "machine-metrics-nab/ambient_temperature_system_failure.csv.gz", one),
	}
	list = append(list, written()...)
	list = append(list, blobRows()...)
	list = append(list, unscored()...)
	return append(list,
		other("travel-times", "machine-metrics-nab/TravelTime_387.csv.gz", "https://github.com/numenta/NAB data/realTraffic/TravelTime_387.csv", one),
		other("weather-21-minutes", "weather-stations/weather16.csv.gz",
			"https://github.com/buds-lab/the-building-data-genome-project data/external/weather/weather16.csv", one),
		other("occupancy-of-another-road", "machine-metrics-nab/occupancy_t4013.csv.gz", "https://github.com/numenta/NAB data/realTraffic/occupancy_t4013.csv", one),
		other("process-logger-three-pumps", "industrial-pipeline/3bengzc.csv.gz", "https://github.com/WHUTBIN/WHUTpipelines-dataset data/3bengzc.csv", pipeline),
	)
}

// written are presets that were written by hand, from statistics of a recording.
func written() []row {
	lyon := text{Layout: sample.Layout{Time: "time", Key: "device"}, columns: "device,rate,time,payload,freq,rssi,offset,snr,channel,coding"}
	server := text{Layout: sample.Layout{Time: "_timestamp", Key: "devEUI"}, only: `"rxInfo"`}
	planes := text{Layout: sample.Layout{Time: "timestamp", Key: "icao24", Sort: true}}
	bus := timed{frames, func(e *sent) sample.Message { return sample.Frame(int64(e.at), string(e.Key), e.Value) }, nil}
	log := timed{ulog, func(e *sent) sample.Message { return logged(e.Value) }, hasClock}
	const can = "vehicle-comma2k19/CAN_raw_can_"
	return []row{
		{name: "lpwan-radio", preset: "lpwan-radio", files: []string{"lorawan-uplinks/lyon_*.data.gz"}, as: lyon, part: second,
			held: noFields + "; how long settings are kept was set with its first 12,000 messages in view"},
		{name: "lpwan-radio-fitted", preset: "lpwan-radio", files: []string{"lorawan-uplinks/lyon_*.data.gz"}, as: lyon, part: second, fit: true,
			held: heldOut + ", a fit in place of the preset"},
		{name: "lpwan-server", preset: "lpwan-server", files: []string{"lorawan-uplinks/sainteynard_*.ndjson.gz"}, as: server, part: second,
			held: "in part: tables are of the first half; the form of the messages was made with the score on the second in view"},
		{name: "aircraft", preset: "aircraft", files: []string{"adsb/switzerland.json.gz"}, as: planes, part: second, devices: 2000,
			held: "in part: tables are of the first half; sessions, holds and gaps were set with the second in view"},
		{name: "vehicle", preset: "vehicle", files: []string{can + "t.npy.gz", can + "src.npy.gz", can + "address.npy.gz", can + "data.npy.gz"}, as: bus, part: second, fit: true,
			held: heldOut},
		{name: "drone", preset: "drone", files: []string{"drone-ulog/sample.ulg.gz"}, as: log, part: second,
			held: "in part: intervals are of its first half; kinds of messages and sizes of the whole"},
		{name: "ship", preset: "ship", files: []string{"gnss-receivers/bundg_zeus_9.log"}, as: alone(lines), part: second,
			held: noSizes + "; its first half has the same 22 kinds at the same rates"},
		{name: "waveform", preset: "waveform", files: []string{"ecg-wfdb/100.dat"}, as: alone(blocks), part: second, held: heldOut + ": its table is of the first half"},
		{name: "lidar", preset: "lidar", files: []string{"lidar-ouster/OS-1-*.pcap"}, as: alone(packets), part: second, times: 20,
			held: heldOut + ": its tables are of the first half, sizes and rates of the whole, which lasts 0.3 s"},
		{name: "lidar-of-another-kind", preset: "lidar", files: []string{"lidar-ouster/OS-0-*.pcap"}, as: alone(packets), times: 60,
			held: "yes: of another model of sensor, 0.1 s of it"},
		{name: "meter", preset: "meter", files: []string{"meter-mbus/test-frames__*.hex"}, as: alone(telegram), part: even, times: 50,
			held: noSizes + ", one telegram each of as many meters; scored on every other one"},
		{name: "imaging", preset: "imaging", files: []string{"dicom/MR2_UNCR.dcm", "dicom/US1_UNCR.dcm"}, as: alone(whole),
			reason: "too short: the recording is two files, one of each kind; series of CT, a third of the messages, are made up"},
	}
}

// unscored are presets without a recording that could be held against them.
func unscored() []row {
	parts := "none: nobody recorded such a mixture; its parts have rows of their own"
	list := []row{{name: "sparkplug", preset: "sparkplug", reason: "none: the capture tells when messages of which kind with how many metrics were seen, 522 of them, and has no payload"}}
	for _, name := range []string{"city", "plant", "fleet", "hospital", "real-world"} {
		list = append(list, row{name: name, preset: name, reason: parts})
	}
	for _, name := range []string{"dirty-fleet", "neglected-fleet"} {
		list = append(list, row{name: name, preset: name, reason: "none: it is `indoor` with more going wrong on purpose, which no recording has; the stream without that is the row of `indoor`"})
	}
	return append(list, row{name: "lorawan", preset: "lorawan", reason: "that of `lpwan-radio`, which it is by another name"})
}

// blobFiles are what preset blobs has its sizes from.
func blobFiles() []string {
	return []string{
		"adsb-iq/modes1.bin", "audio-recorder/S4A03895_20190522_000000.wav", "audio-recorder/S4A03895_20190522_120000.wav", "camera/solidWhiteRight.jpg",
		"camera/solidWhiteRight.mp4", "can-bus-mf4/94C49784_00000017.MF4", "dicom/MR2_UNCR.dcm", "dicom/US1_UNCR.dcm", "dicom/examples_jpeg2k.dcm",
		"drone-ulog/sample.ulg.gz", "earthquake-geojson/earthquakes.json.gz", "ecg-wfdb/100.dat", "ecg-wfdb/s0010_re.dat", "gnss-receivers/ublox-zed-f9p_hpg1.11.log",
		"gridded-grib-bufr/eta.grb", "gridded-grib-bufr/ias1_240.bufr", "gridded-netcdf/met_em.*.nc", "lidar-ouster/OS-1-128_*.pcap", "pointcloud-las/autzen_trim.las",
		"pointcloud-las/autzen_trim.laz", "prometheus-scrape/e2e-output.txt.gz", "satellite-geotiff/RGB.byte.tif", "satellite-geotiff/cogeo.tif",
		"seismic-miniseed/testdata-3channel-signal.mseed2", "wearable-fit/activity-large-fenxi2-multisport.fit", "weather-radar/KLIX20050828_180149.gz",
		"weather-radar/nexrad_level2_chunks_*.tar.gz",
	}
}

func blobRows() []row {
	blobs := func(name string, p part, fit bool, held string) row {
		return row{name: name, preset: "blobs", files: blobFiles(), as: alone(whole), part: p, blobs: fit, times: 20, held: held}
	}
	return []row{
		blobs("blobs", even, true, heldOut+": every other file, by name, a fit in place of the preset"),
		blobs("blobs-the-other-way", odd, true, heldOut+": the other files"),
		blobs("blobs-of-the-binary", all, false, "no: its tables were set with all 27 files in view"),
	}
}

// list writes what rows there are.
func list(w io.Writer, rows []row) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "ROW\tPRESET\tRECORDING")
	for _, r := range rows {
		what := strings.Join(r.files, " ")
		if r.reason != "" {
			what = r.reason
		}
		fmt.Fprintf(t, "%s\t%s\t%s\n", r.name, cmp.Or(r.preset, "-"), what)
	}
	return t.Flush()
}
