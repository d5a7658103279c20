package enginetest

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
)

// Formats finds Plain under every name.
func Formats(string) (encoding.Format, error) { return Plain{}, nil }

// Plain is an encoding for tests: `device;temp=1;humidity=2`, numbers in millionths. A value that is empty is truncated, a
// field that is no number is bad_json.
type Plain struct{}

// Name is "plain".
func (Plain) Name() string { return "plain" }

// Decoder makes a decoder.
func (Plain) Decoder(r job.Reading) (encoding.Decoder, error) { return plain(r.Names()), nil }

// Encoder makes an encoder.
func (Plain) Encoder(r job.Reading) (encoding.Encoder, error) { return plain(r.Names()), nil }

type plain []string

func (names plain) Decode(key, value []byte, r *encoding.Reading) job.Reason {
	if len(value) == 0 {
		return job.ReasonTruncated
	}
	parts := bytes.Split(value, []byte(";"))
	r.Device = parts[0]
	if !bytes.Equal(key, r.Device) {
		return job.ReasonWrongDevice
	}
	clear(r.Present)
	for _, p := range parts[1:] {
		name, number, _ := bytes.Cut(p, []byte("="))
		v, err := strconv.ParseInt(string(number), 10, 64)
		i := slices.Index(names, string(name))
		if err != nil || i < 0 {
			return job.ReasonBadJSON
		}
		r.Values[i], r.Present[i] = v, true
	}
	return job.ReasonNone
}

func (names plain) Append(dst []byte, device string, _ int64, values []int64) []byte {
	dst = append(dst, device...)
	for i, v := range values {
		dst = fmt.Appendf(dst, ";%s=%d", names[i], v)
	}
	return dst
}
