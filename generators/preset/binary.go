package preset

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/streamgauge/streamgauge/harness/encoding"
)

// form is how a slot of a binary message is written, or what else than a field stands in one.
type form uint8

const (
	formText form = iota
	formU8
	formI16
	formU16
	formU32
	formI32
	formU64
	formF32
	formF64
	formBCD   // digits, two a byte, the lowest first
	formNoise // random bytes
	formOwn   // decimal digits, two a byte in binary messages, the same in all messages of a device
	formHex   // random hexadecimal digits
	formSum   // of the message's bytes from a place on, modulo 256
	formXor   // of them, as two hexadecimal digits
	formList
	formDense // blobs, by the class of their contents: from here on
	formWave
	formSparse
)

var formNames = map[string]form{"u8": formU8, "i16": formI16, "u16": formU16, "u32": formU32, "i32": formI32, "u64": formU64, "f32": formF32, "f64": formF64,
	"bcd": formBCD, "dense": formDense, "wave": formWave, "sparse": formSparse}

// special are slots that name no field: NAME:NUMBER.
var special = map[string]form{"noise": formNoise, "own": formOwn, "hex": formHex, "sum8": formSum, "xor": formXor}

// shape is a slot's form, its byte order, and how many samples, digits or bytes it has, or from where on it sums.
type shape struct {
	form  form
	big   bool
	count int
	unit  int64 // of a time: ns
}

// shaped takes NAME:FORM[be][:COUNT], NAME:FORM of a time with a unit, and noise:N and its like apart. What is none is a field's
// name as it stands.
func shaped(name string) (string, shape, error) {
	parts := strings.Split(name, ":")
	if f, ok := special[parts[0]]; ok && len(parts) == 2 {
		n, err := strconv.Atoi(parts[1])
		if err != nil || n < 0 || n > maxNoise {
			return name, shape{}, fmt.Errorf("${%s}: want a number up to %d after the colon", name, maxNoise)
		}
		return "", shape{form: f, count: n}, nil
	}
	if len(parts) < 2 || len(parts) > 3 {
		return name, shape{}, nil
	}
	base, big := strings.CutSuffix(parts[1], "be")
	f, ok := formNames[base]
	if !ok {
		return name, shape{}, nil
	}
	sh := shape{form: f, big: big, count: 1, unit: 1e9}
	if len(parts) == 3 {
		if unit, ok := map[string]int64{"s": 1e9, "ms": 1e6, "us": 1e3, "ns": 1}[parts[2]]; ok {
			sh.unit = unit
			return parts[0], sh, nil
		}
		n, err := strconv.Atoi(parts[2])
		if err != nil || n < 1 || n > maxNoise {
			return name, sh, fmt.Errorf("${%s}: want a number up to %d after the second colon, or s, ms, us or ns", name, maxNoise)
		}
		sh.count = n
	}
	return parts[0], sh, nil
}

// maxNoise is the most bytes or samples of one slot.
const maxNoise = 1 << 20

// literal reads what stands between the slots of a binary message: hexadecimal digits, with spaces.
func literal(text string) (string, error) {
	b, err := hex.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		return "", fmt.Errorf("%q between slots: want hexadecimal digits, two a byte", text)
	}
	return string(b), nil
}

// put writes an integer, or what is left of a number without its fraction.
func (sh *shape) put(b []byte, v int64) []byte {
	order := binary.AppendByteOrder(binary.LittleEndian)
	if sh.big {
		order = binary.BigEndian
	}
	switch sh.form {
	case formU8:
		return append(b, byte(v))
	case formI16, formU16:
		return order.AppendUint16(b, uint16(v))
	case formU32, formI32:
		return order.AppendUint32(b, uint32(v))
	case formU64:
		return order.AppendUint64(b, uint64(v))
	case formBCD:
		for range sh.count {
			b = append(b, byte(v%10|v/10%10<<4))
			v /= 100
		}
		return b
	}
	return sh.putNumber(b, float64(v))
}

// putNumber writes a number.
func (sh *shape) putNumber(b []byte, v float64) []byte {
	order := binary.AppendByteOrder(binary.LittleEndian)
	if sh.big {
		order = binary.BigEndian
	}
	switch sh.form {
	case formF32:
		return order.AppendUint32(b, math.Float32bits(float32(v)))
	case formF64:
		return order.AppendUint64(b, math.Float64bits(v))
	}
	return sh.put(b, int64(max(-mostWhole, min(math.RoundToEven(v), mostWhole))))
}

// binaryTime writes the time in the unit of its slot.
func (s *Stream) binaryTime(b []byte, w *wrongs, sh *shape, ns int64) []byte {
	v := ns / sh.unit
	if s.counts {
		v = int64(w.record) + 1
	} else if w.fault == units {
		v /= 1000
		w.swapped = true
	}
	return sh.put(b, v)
}

// binaryField writes a field, or its samples: each of the smooth parts and the one without memory at its own instant, evenly
// over a usual interval.
func (s *Stream) binaryField(b []byte, k *kind, w *wrongs, sl *slot, wrong int) []byte {
	sh, f := &sl.shape, &k.fields[sl.what]
	if sh.sampled() {
		return s.samples(b, k, w, sl)
	}
	v := f.plain(s.scores[sl.what])
	switch {
	case sl.what == wrong && w.fault != spike: // it is not there
	case sl.what == w.dropped:
		w.droppedOne = w.droppedOne || !bytes.Equal(sh.putNumber(nil, v), sh.putNumber(nil, 0))
		v = 0
	case sl.what == w.converted:
		v, w.convertedOne = float64(v*1.8)+32, true
	}
	if sl.what == wrong {
		return w.wrongNumber(b, sh, v)
	}
	return sh.putNumber(b, v)
}

// wrongNumber writes what is wrong in the place of a number. Some numbers are that already, such as 255 in one byte.
func (w *wrongs) wrongNumber(b []byte, sh *shape, v float64) []byte {
	from := len(b)
	if w.fault == spike {
		b = sh.putNumber(b, float64(v*10)+9)
	} else {
		b = append(b, bytes.Repeat([]byte{0xff}, sh.size())...) // all ones: the mark of an invalid value
	}
	w.wronged = w.wronged || !bytes.Equal(b[from:], sh.putNumber(nil, v))
	return b
}

// size is how many bytes a slot has.
func (sh *shape) size() int {
	switch sh.form {
	case formU8:
		return 1
	case formI16, formU16:
		return 2
	case formU64, formF64:
		return 8
	case formBCD:
		return sh.count
	}
	return 4
}

// sampled tells whether a field's slot has samples, each of its own instant, in place of the value of the message.
func (sh *shape) sampled() bool { return sh.count > 1 && sh.form != formBCD && sh.form != formText }

func (s *Stream) samples(b []byte, k *kind, w *wrongs, sl *slot) []byte {
	f, n := &k.fields[sl.what], sl.shape.count
	seed := w.seed ^ forValue
	step := max(1, k.arrival.usual/int64(n))
	for i := range n {
		t := float64(w.made + int64(i)*step)
		score := 0.0
		for j := range f.slow {
			score += f.slow[j].noise(seed+f.slow[j].salt, t, s.normal)
		}
		if f.white > 0 {
			score += float64(f.white * s.normal.score(mix64((seed+uint64(sl.what)<<40)^forSample+odd*(w.record*uint64(n)+uint64(i)))))
		}
		b = sl.shape.putNumber(b, f.plain(score))
	}
	return b
}

// ownDigits writes bytes of two decimal digits each; in text each digit is a byte.
func ownDigits(b []byte, seed uint64, n int, binary bool) []byte {
	for i := range n {
		v := byte(mix64(seed+odd*uint64(i+1)) % 100)
		if binary {
			b = append(b, v%10|v/10<<4)
		} else {
			b = append(b, '0'+v/10, '0'+v%10)
		}
	}
	return b
}

// noise writes random bytes, eight at a time.
func noise(b []byte, seed uint64, n int, asHex bool) []byte {
	var word [8]byte
	for i := 0; i < n; i += 8 {
		binary.LittleEndian.PutUint64(word[:], mix64(seed+odd*uint64(i+1)))
		if part := word[:min(8, n-i)]; asHex {
			b = hex.AppendEncode(b, part)
		} else {
			b = append(b, part...)
		}
	}
	return b
}

// check writes a sum over a message from a place on.
func check(b []byte, message []byte, sh *shape) []byte {
	var sum, xor byte
	message = message[min(sh.count, len(message)):]
	if sh.form == formXor {
		message = bytes.TrimSuffix(message, []byte("*")) // of a sentence ends before it
	}
	for _, c := range message {
		sum += c
		xor ^= c
	}
	if sh.form == formSum {
		return append(b, sum)
	}
	const digits = "0123456789ABCDEF"
	return append(b, digits[xor>>4], digits[xor&15])
}

// plain is the value of a score as a number, to a millionth where it is one of a reading's; 0 of a word.
func (f *field) plain(score float64) float64 {
	if f.texts != nil && f.micros == nil {
		f.count()
	}
	if v := f.number(score); v != encoding.Absent {
		return float64(float64(v) / 1e6)
	}
	v, err := strconv.ParseFloat(f.texts[f.cell[cell(score)]], 64)
	if err != nil || math.IsNaN(v) {
		return 0
	}
	return v
}
