package jsonenc

import (
	"testing"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
)

// TestShapesOfVendors reads messages of the forms that products send: deep paths, names with colons, lists and texts beside
// the metrics, numbers as text where no metric is.
func TestShapesOfVendors(t *testing.T) {
	for _, c := range []struct {
		vendor, key, message string
		reading              job.Reading
		want                 []int64
	}{
		{"Shelly, second generation", "shellyplusht-c049ef8c1234",
			`{"src":"shellyplusht-c049ef8c1234","dst":"shellies/events","method":"NotifyFullStatus","params":{"ts":1676541337.03,` +
				`"devicepower:0":{"id":0,"battery":{"V":5.19,"percent":76},"external":{"present":false}},` +
				`"humidity:0":{"id":0,"rh":45.6},"temperature:0":{"id":0,"tC":21.5,"tF":70.7},"wifi":{"sta_ip":"10.0.0.9","rssi":-61}}}`,
			reading("src", "params.ts", "s", "params.humidity:0.rh", "params.temperature:0.tC"), []int64{45_600_000, 21_500_000}},
		{"The Things Stack", "eui-70b3d57ed0001234",
			`{"end_device_ids":{"device_id":"eui-70b3d57ed0001234","application_ids":{"application_id":"farm"}},"received_at":"2020-07-13T00:05:35Z",` +
				`"uplink_message":{"f_port":2,"f_cnt":4711,"frm_payload":"AQIDBA==","decoded_payload":{"humidity":58.2,"temperature":-3.25},` +
				`"rx_metadata":[{"gateway_ids":{"gateway_id":"gw"},"rssi":-103,"snr":7.5,"timestamp":2463457000}],` +
				`"settings":{"data_rate":{"lora":{"bandwidth":125000,"spreading_factor":7}},"frequency":"868300000","timestamp":2463457000}}}`,
			reading("end_device_ids.device_id", "uplink_message.settings.timestamp", "ms", "uplink_message.decoded_payload.humidity",
				"uplink_message.decoded_payload.temperature"), []int64{58_200_000, -3_250_000}},
		{"OpenWeather", "Zocca",
			`{"coord":{"lon":10.99,"lat":44.34},"weather":[{"id":501,"main":"Rain"}],"main":{"temp":298.48,"feels_like":298.74,"pressure":1015,` +
				`"humidity":64},"wind":{"speed":0.62,"deg":349},"dt":1661870592,"name":"Zocca","cod":200}`,
			reading("name", "dt", "s", "main.humidity", "main.temp"), []int64{64_000_000, 298_480_000}},
		{"AWS IoT, a device's shadow", "boiler-3",
			`{"state":{"reported":{"id":"boiler-3","rh":41.75,"temp":68.5,"pumps":["on","off"]},"desired":{"temp":70}},` +
				`"metadata":{"reported":{"temp":{"timestamp":1594598735}}},"version":1042,"timestamp":1594598735}`,
			reading("state.reported.id", "timestamp", "s", "state.reported.rh", "state.reported.temp"), []int64{41_750_000, 68_500_000}},
		{"FIWARE NGSI, version 2", "urn:ngsi-ld:Room:17",
			`{"id":"urn:ngsi-ld:Room:17","type":"Room","humidity":{"type":"Number","value":38,"metadata":{"accuracy":{"value":0.5}}},` +
				`"temperature":{"type":"Number","value":-0.75,"metadata":{}},"observed":{"type":"Number","value":1594598735772}}`,
			reading("id", "observed.value", "ms", "humidity.value", "temperature.value"), []int64{38_000_000, -750_000}},
		{"USGS, a feature of an earthquake", "us7000abcd",
			`{"type":"Feature","properties":{"mag":4.4,"place":"12 km \u00d6 of X","time":1594598735772,"felt":null,"nst":57,"gap":31.5},` +
				`"geometry":{"type":"Point","coordinates":[-155.2,19.4,2.1]},"id":"us7000abcd"}`,
			reading("id", "properties.time", "ms", "properties.gap", "properties.mag"), []int64{31_500_000, 4_400_000}},
		{"a telemetry gateway", "D-42", `{"deviceName":"D-42","ts":1483228800000,"values":{"humidity":"n/a","temperature":42.2,"h":6.1e1}}`,
			reading("deviceName", "ts", "ms", "values.h", "values.temperature"), []int64{61_000_000, 42_200_000}},
	} {
		var got encoding.Reading
		reason := decoderOf(t, c.reading).Decode([]byte(c.key), []byte(c.message), &got)
		if reason != job.ReasonNone || got.Values[0] != c.want[0] || got.Values[1] != c.want[1] {
			t.Errorf("%s: Decode = %q, %v, want %v", c.vendor, reason, got.Values, c.want)
		}
		e, err := Format{}.Encoder(c.reading)
		if err != nil {
			t.Fatal(err)
		}
		again := e.Append(nil, c.key, 1594598735772, c.want)
		if reason := decoderOf(t, c.reading).Decode([]byte(c.key), again, &got); reason != job.ReasonNone || got.Values[1] != c.want[1] {
			t.Errorf("%s: Decode(%s) = %q, %v, want %v", c.vendor, again, reason, got.Values, c.want)
		}
	}
}

func reading(device, time, unit, humidity, temp string) job.Reading {
	return job.Reading{Device: device, Time: job.TimeField{Path: time, Unit: unit},
		Metrics: map[string]job.Metric{"humidity": {Path: humidity}, "temp": {Path: temp}}}
}
