package lorawan

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"flag"
	"testing"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/encoding/encodingtest"
	"github.com/streamgauge/streamgauge/harness/job"
)

var update = flag.Bool("update", false, "write the vectors anew")

func radio() encodingtest.Suite {
	return encodingtest.Suite{Format: Radio{}, Forms: uplink, Keyed: true, Checked: true, Holds: Holds, Update: *update,
		Reasons: []job.Reason{job.ReasonTruncated, job.ReasonBadFormat, job.ReasonBadChecksum}}
}

func server() encodingtest.Suite {
	return encodingtest.Suite{Format: JSON{}, Forms: document, Holds: Holds, Update: *update, File: "testdata/json.json",
		Reasons: []job.Reason{job.ReasonTruncated, job.ReasonBadFormat, job.ReasonBadJSON, job.ReasonWrongDevice, job.ReasonMissingField, job.ReasonBadType}}
}

func TestRadio(t *testing.T)            { radio().Run(t) }
func TestJSON(t *testing.T)             { server().Run(t) }
func FuzzRadio(f *testing.F)            { radio().Fuzz(f) }
func FuzzJSON(f *testing.F)             { server().Fuzz(f) }
func BenchmarkDecodeRadio(b *testing.B) { radio().BenchmarkDecode(b) }
func BenchmarkDecodeJSON(b *testing.B)  { server().BenchmarkDecode(b) }
func BenchmarkAppendRadio(b *testing.B) { radio().BenchmarkAppend(b) }
func BenchmarkAppendJSON(b *testing.B)  { server().BenchmarkAppend(b) }

// Another implementation's payloads and uplinks hold what it says. testdata/make.py wrote the files.
func TestOtherImplementations(t *testing.T) {
	encodingtest.Independent(t, Radio{}, "independent-radio.json")
	encodingtest.Independent(t, JSON{}, "independent-json.json")
}

// payload writes items that are right, of other kinds, unknown and cut off.
func payload(g *encodingtest.Gen, r job.Reading) []byte {
	slots, err := layout(r)
	if err != nil {
		panic(err)
	}
	b := appendLPP(nil, slots, g.Values(len(r.Metrics)))
	for range g.IntN(3) {
		k := encodingtest.Pick(g, kinds...)
		b = append(b, byte(g.IntN(4)), k.code)
		for range k.bytes * len(k.parts) {
			b = append(b, byte(g.IntN(256)))
		}
	}
	if g.Chance(10) {
		b = append(b, 1, 99, 0)
	} else if g.Chance(10) && len(b) > 0 {
		b = b[:len(b)-1]
	}
	return b
}

// uplink writes signed messages with options, without a port, of the network's port, and of other types.
func uplink(g *encodingtest.Gen, r job.Reading, key string) []byte {
	s, err := newSession(SessionKey, SessionKey)
	if err != nil {
		panic(err)
	}
	b := s.seal(nil, address([]byte(key)), uint16(g.IntN(1<<16)), payload(g, r))
	body := b[:len(b)-micBytes]
	switch g.IntN(8) {
	case 0:
		body[0] = encodingtest.Pick[byte](g, confirmed, confirmed, 0x60, 0x00)
	case 1:
		body = append(body[:headBytes], bytes.Repeat([]byte{2}, g.IntN(16))...)
		body[5] = byte(g.IntN(32))
	case 2:
		if len(body) > headBytes {
			body[headBytes] = byte(g.IntN(2))
		}
	case 3:
		if len(body) > headBytes {
			body = append(bytes.Clone(body[:headBytes]), append([]byte{2, 2}, body[headBytes:]...)...)
			body[5] = 2
		}
	}
	m := s.mic(body)
	return append(bytes.Clone(body), byte(m), byte(m>>8), byte(m>>16), byte(m>>24))
}

// document writes documents of the servers' several forms.
func document(g *encodingtest.Gen, r job.Reading, key string) []byte {
	text := base64.StdEncoding.EncodeToString(payload(g, r))
	if g.Chance(10) {
		text = encodingtest.Pick(g, "AA==x", "A", "\u00e4", "AB==", "", string(bytes.Repeat([]byte("AAAA"), 90)))
	}
	k := jsonString(key)
	return []byte(encodingtest.Pick(g,
		`{"deviceInfo":{"tenantId":"52f14cd4","deviceName":"a name","devEui":`+k+`},"devAddr":"00189440","fCnt":4,"fPort":1,"data":"`+text+`","rxInfo":[{"data":"x","rssi":-57}]}`,
		`{"devEUI":`+k+`,"deviceName":"a name","data":"`+text+`","object":{"temperature":"warm"}}`,
		`{"end_device_ids":{"device_id":"a name","dev_eui":`+k+`},"uplink_message":{"frm_payload":"`+text+`","settings":{"frm_payload":"x"}}}`,
		`{"end_device_ids":{"device_id":"a name"},"uplink_message":{"frm_payload":"`+text+`"}}`,
		`{"uplink_message":{"frm_payload":"`+text+`"},"data":{"temp":true,"humidity":{}},"device_id":`+k+`,"d":`+k+`,"id":`+k+`,"m":"x","n":[]}`,
		`{"data":["`+text+`"],"devEUI":[`+k+`]}`))
}

func jsonString(s string) string {
	b := []byte{'"'}
	for _, r := range s {
		if r == '"' || r == '\\' {
			b = append(b, '\\')
		}
		b = append(b, string(r)...)
	}
	return string(append(b, '"'))
}

// An uplink and its keys that are known from the documentation of lora-packet, and RFC 4493's examples of the CMAC.
func TestKnownUplink(t *testing.T) {
	network, application := [16]byte(fromHex("44024241ed4ce9a68c6a8bc055233fd3")), [16]byte(fromHex("ec925802ae430ca77fd3dd73cb2cc588"))
	s, err := newSession(network, application)
	if err != nil {
		t.Fatal(err)
	}
	message := fromHex("40f17dbe4900020001954378762b11ff0d")
	if got, reason := s.open(nil, message); string(got) != "test" || reason != job.ReasonNone {
		t.Errorf("open = %q, %q, want test", got, reason)
	}
	if got := s.seal(nil, 0x49be7df1, 2, []byte("test")); !bytes.Equal(got, message) {
		t.Errorf("seal = %x, want %x", got, message)
	}
}

func TestSubkeysAreThoseOfTheRFC(t *testing.T) {
	s, err := newSession(SessionKey, SessionKey)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"fbeed618357133667c85e08f7236a8de", "f7ddac306ae266ccf90bc11ee46d513b"} {
		if got := hex.EncodeToString(s.sub[i][:]); got != want {
			t.Errorf("K%d = %s, want %s", i+1, got, want)
		}
	}
}

func fromHex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

// What the server has decoded itself comes before its payload.
func TestTheServersOwnNumbersComeFirst(t *testing.T) {
	r := job.Reading{Device: "deviceName", Time: job.TimeField{Path: "_timestamp", Unit: "ms"}, Metrics: map[string]job.Metric{
		"battery": {Path: "object.battery"}, "temp": {Path: "object.temperature"}}}
	d, err := JSON{}.Decoder(r)
	if err != nil {
		t.Fatal(err)
	}
	var got encoding.Reading
	message := `{"deviceName":"S","devEUI":"d1","data":"502b0c04","_timestamp":1687514517004,"object":{"light":234,"battery":3.497,"temperature":24.85}}`
	if reason := d.Decode([]byte("S"), []byte(message), &got); reason != job.ReasonNone || got.Values[0] != 3_497_000 || got.Values[1] != 24_850_000 {
		t.Errorf("Decode = %q %v", reason, got.Values)
	}
}

func TestReadingsThatNoPayloadHolds(t *testing.T) {
	many := map[string]job.Metric{}
	for i := range 60 {
		many[string(rune('a'+i/26))+string(rune('a'+i%26))] = job.Metric{Path: "m" + string(rune('a'+i/26)) + string(rune('a'+i%26))}
	}
	for what, m := range map[string]map[string]job.Metric{
		"a part of none": {"m": {Path: "temperature_3.x"}}, "no part": {"m": {Path: "gps_1"}}, "a channel too far": {"m": {Path: "temperature_256"}},
		"one slot twice": {"m": {Path: "analog_in_1"}, "n": {Path: "n"}}, "too many": many,
	} {
		r := job.Reading{Device: "d", Time: job.TimeField{Path: "t", Unit: "s"}, Metrics: m}
		if _, err := (Radio{}).Decoder(r); err == nil {
			t.Errorf("%s: Decoder = nil, want an error", what)
		}
		if _, err := (JSON{}).Encoder(r); err == nil {
			t.Errorf("%s: Encoder = nil, want an error", what)
		}
	}
}
