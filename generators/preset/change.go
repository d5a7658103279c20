package preset

import (
	"bytes"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/streamgauge/streamgauge/harness/encoding"
)

// changed is from which record on a device is another, and a random number that says how; false if it never is.
func changed(seed uint64, share, purpose, record uint64) (from, how uint64, is bool) {
	if share == 0 {
		return 0, 0, false
	}
	u := mix64(seed ^ purpose)
	if u >= share {
		return 0, 0, false
	}
	v := mix64(u)
	from = firstChange + v%changes
	return from, v >> 32, record >= from
}

// Devices change at one of so many records, so that a stream of some length has devices before and after.
const (
	firstChange = 100
	changes     = 1000
)

// named is the number of the device whose id a record has.
func (s *Stream) named(device int, seed, record uint64) int {
	d := s.dirt
	if _, _, is := changed(seed, d.share[replaced], forReplacement, record); is {
		return device + s.c.Devices
	}
	before := device - 1
	if s.c.Preset.Sets {
		before = device - len(s.kinds)
	}
	if before >= 0 && d.share[twin] > 0 && mix64(seed^forTwin) < d.share[twin] {
		return before
	}
	return device
}

// alter settles what of a record's form is other than it was.
func (s *Stream) alter(k *kind, w *wrongs) {
	w.dropped, w.converted = -1, -1
	d := s.dirt
	if !d.alters || len(k.shown) == 0 {
		return
	}
	if from, length, u, ok := d.stretch(w.seed, w.record, d.share[dropout], forDropout); ok && w.record%block-from < length {
		w.dropped = k.shown[u%uint64(len(k.shown))]
	}
	if from, how, is := changed(w.seed, d.share[otherUnit], forUnit, w.record); is {
		w.converted, w.unitFrom = k.shown[how%uint64(len(k.shown))], from
	}
	if from, _, is := changed(w.seed, d.share[otherEncoding], forEncoding, w.record); is {
		w.encodingFrom = from
	} else if from, _, is := changed(w.seed, d.share[otherSchema], forSchema, w.record); is && (s.encoder == nil || slices.Contains(k.metrics, k.shown[0])) {
		w.schemaFrom = from
	}
}

// second gives the slots of the messages' second form: a number of the schema before all else, and another name for the first
// field where fields have names.
func second(slots []slot, encoding string) []slot {
	all := append([]slot(nil), slots...)
	if encoding != "json" || !strings.Contains(all[0].literal, "{") {
		all[0].literal = "2," + all[0].literal
		return all
	}
	all[0].literal = strings.Replace(all[0].literal, "{", `{"schema":2,`, 1)
	for i, s := range all {
		if at := strings.LastIndex(s.literal, `":`); s.what >= 0 && at > 0 {
			all[i].literal = s.literal[:at] + "_v2" + s.literal[at:]
			break
		}
	}
	return all
}

// foreign gives the slots of the message in the other text form: values alone with commas where it was JSON, an object where
// it was CSV.
func (p *Preset) foreign(k *Kind, slots []slot) []slot {
	what := []int{slotDevice, slotTime}
	names := []string{"device", "ts"}
	for _, s := range slots {
		if s.what >= 0 {
			what, names = append(what, s.what), append(names, k.Fields[s.what].Name)
		}
	}
	var all []slot
	for i, w := range what {
		literal := "," // of the text form that the devices do not write
		if i == 0 {
			literal = ""
		}
		if p.Encoding == "csv" {
			literal = `",` + strconv.Quote(names[i]) + `:"`
			if i == 0 {
				literal = literal[2:]
				literal = "{" + literal
			}
		}
		all = append(all, slot{literal: literal, what: w})
	}
	end := ""
	if p.Encoding == "csv" {
		end = `"}`
	}
	return append(all, slot{literal: end, what: slotNone})
}

// convert turns the number that was just written into one of the other unit, with as many decimals; false if it is none.
func convert(b []byte, from int) ([]byte, bool) {
	text := b[from:]
	v, err := strconv.ParseFloat(string(text), 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return b, false
	}
	decimals := 0
	if dot := bytes.IndexByte(text, '.'); dot >= 0 {
		decimals = min(len(text)-dot-1, 12)
	}
	return strconv.AppendFloat(b[:from], float64(v*1.8)+32, 'f', decimals, 64), true
}

// convertMicros is convert for millionths.
func convertMicros(v int64) int64 {
	if v == encoding.Absent {
		return v
	}
	return v/5*9 + v%5*9/5 + 32_000_000
}
