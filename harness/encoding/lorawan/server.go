package lorawan

import (
	"encoding/base64"
	"strconv"
	"time"

	"github.com/streamgauge/streamgauge/harness/encoding"
	jsonenc "github.com/streamgauge/streamgauge/harness/encoding/json"
	"github.com/streamgauge/streamgauge/harness/job"
)

// envelope is the Handler of a network server's document: it fills the fields of a reading by their paths, and keeps what
// servers call the device and its payload.
type envelope struct {
	tree    encoding.Tree
	depth   int
	outer   []byte // name of the member of the outermost map that is open
	name    []byte
	device  []byte // the record's key if the message names it, else the first device that it names
	devices int
	base64  []byte // the payload
	payload bool   // there is one
}

func (e *envelope) reset(key []byte) {
	e.tree.Reset(key)
	e.depth, e.devices, e.payload = 0, 0, false
}

// Open implements encoding.Handler.
func (e *envelope) Open(list bool) {
	if e.depth == 1 {
		e.outer = append(e.outer[:0], e.name...)
	}
	e.depth++
	e.name = e.name[:0]
	e.tree.Open(list)
}

// Close implements encoding.Handler.
func (e *envelope) Close() {
	e.depth--
	e.name = e.name[:0]
	e.tree.Close()
}

// Name implements encoding.Handler.
func (e *envelope) Name(s encoding.Scalar) {
	e.name = append(e.name[:0], s.Text...)
	e.tree.Name(s)
}

// Value implements encoding.Handler.
func (e *envelope) Value(s encoding.Scalar) {
	if s.Kind == encoding.Text && e.depth == 1 {
		e.take(e.name, nil, s.Text)
	} else if s.Kind == encoding.Text && e.depth == 2 {
		e.take(e.outer, e.name, s.Text)
	}
	e.tree.Value(s)
}

// take keeps the members of ChirpStack's versions 3 and 4, and of The Things Stack's version 3.
func (e *envelope) take(outer, inner, text []byte) {
	switch string(outer) {
	case "data":
		if inner != nil {
			return
		}
	case "uplink_message":
		if string(inner) != "frm_payload" {
			return
		}
	case "devEUI", "deviceName":
		if inner == nil {
			e.is(text)
		}
		return
	case "deviceInfo":
		if string(inner) == "devEui" || string(inner) == "deviceName" {
			e.is(text)
		}
		return
	case "end_device_ids":
		if string(inner) == "device_id" || string(inner) == "dev_eui" {
			e.is(text)
		}
		return
	default:
		return
	}
	e.base64 = append(e.base64[:0], text...)
	e.payload = true
}

// is keeps one of a device's names.
func (e *envelope) is(name []byte) {
	if e.devices++; e.devices == 1 || string(name) == string(e.tree.Fields.Key()) {
		e.device = append(e.device[:0], name...)
	}
}

type jsonDecoder struct {
	walker   jsonenc.Walker
	envelope envelope
	slots    []slot
	payload  [256]byte
}

// Decode implements encoding.Decoder.
func (d *jsonDecoder) Decode(key, value []byte, r *encoding.Reading) job.Reason {
	e := &d.envelope
	f := e.tree.Fields
	e.reset(key)
	if reason := d.walker.Walk(value, e); reason != job.ReasonNone {
		return reason
	}
	if !f.Found(encoding.Device) && e.devices > 0 {
		f.Put(encoding.Device, encoding.Scalar{Kind: encoding.Text, Text: e.device})
	}
	if !f.Found(encoding.Time) {
		f.Put(encoding.Time, encoding.Scalar{Kind: encoding.Number})
	}
	if e.payload && !decoded(f) {
		if reason := d.open(); reason != job.ReasonNone {
			return reason
		}
	}
	return f.Fill(r)
}

// decoded says whether the server has a metric in a member of its own.
func decoded(f *encoding.Fields) bool {
	for i := encoding.Metrics; i < f.Len(); i++ {
		if f.Found(i) {
			return true
		}
	}
	return false
}

// open reads the payload.
func (d *jsonDecoder) open() job.Reason {
	if base64.StdEncoding.DecodedLen(len(d.envelope.base64)) > len(d.payload) {
		return job.ReasonBadFormat
	}
	n, err := base64.StdEncoding.Strict().Decode(d.payload[:], d.envelope.base64)
	if err != nil {
		return job.ReasonBadFormat
	}
	return readLPP(d.payload[:n], d.slots, d.envelope.tree.Fields)
}

type jsonEncoder struct {
	slots   []slot
	payload []byte
	id      []byte // scratch for the device
}

// gateways is how many of them heard a message at most; the number is of its time.
const gateways = 5

// Append implements encoding.Encoder: an uplink as The Things Stack publishes it, with what each gateway saw.
func (e *jsonEncoder) Append(dst []byte, device string, eventTime int64, values []int64) []byte {
	at := time.UnixMilli(eventTime).UTC()
	e.payload = appendLPP(e.payload[:0], e.slots, values)
	dst = jsonenc.AppendString(append(dst, `{"end_device_ids":{"device_id":`...), device)
	dst = append(dst, `,"application_ids":{"application_id":"streamgauge"},"dev_addr":"`...)
	e.id = append(e.id[:0], device...)
	dst = appendHex(dst, address(e.id))
	dst = appendTime(append(dst, `"},"received_at":`...), at)
	dst = strconv.AppendUint(append(dst, `,"uplink_message":{"f_port":1,"f_cnt":`...), uint64(count(eventTime)), 10)
	dst = append(dst, `,"frm_payload":"`...)
	dst = base64.StdEncoding.AppendEncode(dst, e.payload)
	dst = append(dst, `","rx_metadata":[`...)
	heard := 1 + uint64(eventTime)%gateways
	for i := range heard {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendGateway(dst, i, uint32(eventTime), at)
	}
	dst = append(dst, `],"settings":{"data_rate":{"lora":{"bandwidth":125000,"spreading_factor":7,"coding_rate":"4/5"}},"frequency":"868300000","timestamp":`...)
	dst = strconv.AppendUint(dst, uint64(uint32(eventTime)*1000), 10)
	dst = appendTime(append(dst, `},"received_at":`...), at)
	return append(dst, `}}`...)
}

func appendTime(dst []byte, at time.Time) []byte {
	return append(at.AppendFormat(append(dst, '"'), "2006-01-02T15:04:05.000Z07:00"), '"')
}

func appendHex(dst []byte, v uint32) []byte {
	const digits = "0123456789ABCDEF"
	for shift := 28; shift >= 0; shift -= 4 {
		dst = append(dst, digits[v>>shift&15])
	}
	return dst
}

func appendGateway(dst []byte, i uint64, tick uint32, at time.Time) []byte {
	dst = strconv.AppendUint(append(dst, `{"gateway_ids":{"gateway_id":"gateway-`...), i, 10)
	dst = appendHex(append(dst, `","eui":"B827EBFF`...), 0xfe<<24|uint32(i))
	dst = appendTime(append(dst, `"},"time":`...), at)
	dst = strconv.AppendUint(append(dst, `,"timestamp":`...), uint64(tick*1000+uint32(i)), 10)
	noise := tick*2654435761 + uint32(i)*40503
	rssi := -int64(60 + noise>>8%60)
	dst = strconv.AppendInt(append(dst, `,"rssi":`...), rssi, 10)
	dst = strconv.AppendInt(append(dst, `,"channel_rssi":`...), rssi, 10)
	dst = encoding.AppendDecimal(append(dst, `,"snr":`...), int64(noise>>16%80)*250_000-10_000_000, 6)
	dst = strconv.AppendUint(append(dst, `,"uplink_token":"`...), uint64(noise), 36)
	return append(dst, `","channel_index":3}`...)
}
