package encodingtest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"testing"

	diff "github.com/google/go-cmp/cmp"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
)

// file is what every decoder of the encoding, in any language, must agree on to the bit: engines/joblib reads the same file.
// The bytes of keys and messages are characters of Latin-1, one for each.
func (s Suite) file() string { return cmp.Or(s.File, "testdata/vectors.json") }

type vectors struct {
	Readings []job.Reading `json:"readings"`
	Messages []vector      `json:"messages"`
}

type vector struct {
	Reading int        `json:"reading"` // index in Readings
	Key     string     `json:"key"`
	Value   string     `json:"value"`
	Reason  job.Reason `json:"reason,omitempty"`
	Values  []*int64   `json:"values,omitempty"` // millionths by ascending name; null where absent
}

const messages = 600

func (s Suite) vectors(t *testing.T) {
	made := s.makeVectors(t)
	lines := made.lines(t)
	if s.Update {
		if err := os.WriteFile(s.file(), lines, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	committed, err := os.ReadFile(s.file())
	if err != nil {
		t.Fatal(err)
	}
	var want vectors
	if err := json.Unmarshal(committed, &want); err != nil {
		t.Fatal(err)
	}
	_, decoders := s.coders(t, want.Readings)
	for _, v := range want.Messages {
		if got := decode(decoders[v.Reading], v); !diff.Equal(got, v) {
			t.Errorf("Decode(%q) = %q %s, want %q %s", v.Value, got.Reason, show(got.Values), v.Reason, show(v.Values))
		}
	}
	if !bytes.Equal(committed, lines) {
		t.Errorf("%s is not what this test makes: run it with -update, and all that read the file", s.file())
	}
	s.reach(t, made)
}

// reach holds the vectors to their purpose.
func (s Suite) reach(t *testing.T, made vectors) {
	count := map[job.Reason]int{}
	for _, v := range made.Messages {
		count[v.Reason]++
	}
	for _, r := range append([]job.Reason{job.ReasonNone}, s.Reasons...) {
		if count[r] < 4 {
			t.Errorf("%d vectors have the reason %q, want 4", count[r], r)
		}
	}
}

func (s Suite) makeVectors(t *testing.T) vectors {
	g := NewGen(6)
	all := vectors{Readings: Readings}
	encoders, decoders := s.coders(t, Readings)
	for i := range messages {
		v := vector{Reading: i % len(Readings)}
		r := Readings[v.Reading]
		key := g.Device()
		v.Value = latin1(s.message(g, encoders[v.Reading], r, key))
		if g.Chance(3) {
			key = "another"
		}
		v.Key = latin1([]byte(key))
		all.Messages = append(all.Messages, decode(decoders[v.Reading], v))
	}
	return all
}

// message is as the encoder writes it, or of another form; a third of them harmed.
func (s Suite) message(g *Gen, e encoding.Encoder, r job.Reading, key string) []byte {
	m := e.Append(nil, key, g.Time(), g.Values(len(r.Metrics)))
	if s.Forms != nil && g.Chance(50) {
		m = s.Forms(g, r, key)
	}
	if g.Chance(33) && len(m) > 0 {
		m = g.Damage(m)
	}
	return m
}

// Damage changes a message a little, anywhere.
func (g *Gen) Damage(b []byte) []byte {
	at := g.IntN(len(b))
	switch g.IntN(7) {
	case 0, 1:
		return b[:at]
	case 2:
		b[at] ^= 1 << g.IntN(8)
	case 3:
		b[at] = byte(g.IntN(256))
	case 4:
		return slices.Delete(b, at, at+1)
	case 5:
		return slices.Insert(b, at, byte(g.IntN(256)))
	case 6:
		return append(b, Pick(g, "\x00", "\n", "x", "\xff\xff")...)
	}
	return b
}

// coders makes encoders and decoders of all readings.
func (s Suite) coders(t *testing.T, all []job.Reading) (encoders []encoding.Encoder, decoders []encoding.Decoder) {
	for _, r := range all {
		e, d := s.coder(t, r)
		encoders, decoders = append(encoders, e), append(decoders, d)
	}
	return encoders, decoders
}

func decode(d encoding.Decoder, v vector) vector {
	var got encoding.Reading
	v.Reason = d.Decode(fromLatin1(v.Key), fromLatin1(v.Value), &got)
	v.Values = nil
	if v.Reason != job.ReasonNone {
		return v
	}
	for i, present := range got.Present {
		v.Values = append(v.Values, nil)
		if x := got.Values[i]; present {
			v.Values[i] = &x
		}
	}
	return v
}

func show(values []*int64) string {
	b, _ := json.Marshal(values)
	return string(b)
}

// lines writes one vector a line.
func (v vectors) lines(t *testing.T) []byte {
	t.Helper()
	var out bytes.Buffer
	list := func(name, end string, n int, at func(int) any) {
		fmt.Fprintf(&out, "%q: [", name)
		for i := range n {
			line := &bytes.Buffer{}
			e := json.NewEncoder(line)
			e.SetEscapeHTML(false)
			if err := e.Encode(at(i)); err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&out, "%s\n  %s", map[bool]string{true: ",", false: ""}[i > 0], bytes.TrimSpace(line.Bytes()))
		}
		fmt.Fprintf(&out, "\n]%s\n", end)
	}
	out.WriteString("{\n")
	list("readings", ",", len(v.Readings), func(i int) any { return v.Readings[i] })
	list("messages", "", len(v.Messages), func(i int) any { return v.Messages[i] })
	out.WriteString("}\n")
	return out.Bytes()
}

func latin1(b []byte) string {
	r := make([]rune, len(b))
	for i, c := range b {
		r[i] = rune(c)
	}
	return string(r)
}

func fromLatin1(s string) []byte {
	var b []byte
	for _, r := range s {
		b = append(b, byte(r))
	}
	return b
}
