package encoding_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/encoding/avro"
	"github.com/streamgauge/streamgauge/harness/encoding/cbor"
	csvenc "github.com/streamgauge/streamgauge/harness/encoding/csv"
	"github.com/streamgauge/streamgauge/harness/encoding/encodingtest"
	jsonenc "github.com/streamgauge/streamgauge/harness/encoding/json"
	"github.com/streamgauge/streamgauge/harness/encoding/lineprotocol"
	"github.com/streamgauge/streamgauge/harness/encoding/msgpack"
	"github.com/streamgauge/streamgauge/harness/encoding/ndjson"
	"github.com/streamgauge/streamgauge/harness/encoding/protobuf"
	"github.com/streamgauge/streamgauge/harness/encoding/senml"
	"github.com/streamgauge/streamgauge/harness/job"
)

var update = flag.Bool("update", false, "write testdata/forms.json anew")

// formsFile is what the writers of every language must agree on to the byte: engines/joblib reads the same file.
const formsFile = "testdata/forms.json"

// form is a form of encode with messages of one reading.
type form struct {
	Form     string      `json:"form"`
	Reading  job.Reading `json:"reading"`
	Messages []message   `json:"messages"`
}

type message struct {
	Device string   `json:"device"` // its bytes, as characters of Latin-1
	Time   int64    `json:"time"`
	Values []*int64 `json:"values"` // millionths by ascending name; null where absent
	Bytes  string   `json:"bytes"`  // hexadecimal
}

func TestWritersAgreeWithTheirVectors(t *testing.T) {
	made := formLines(t)
	if *update {
		if err := os.WriteFile(formsFile, made, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(formsFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(made, want) {
		t.Errorf("%s is not what the writers give; if the change is meant, run with -update, and all tests that read the file", formsFile)
	}
}

// formLines makes the file's content, a message a line.
func formLines(t *testing.T) []byte {
	t.Helper()
	g := encodingtest.NewGen(8)
	var forms []form
	for _, f := range []encoding.Format{avro.Format{}, avro.Format{Registry: true}, cbor.Format{}, csvenc.Format{}, jsonenc.Format{}, lineprotocol.Format{},
		msgpack.Format{}, ndjson.Format{}, protobuf.Format{}, senml.CBOR{}, senml.JSON{}} {
		for _, r := range encodingtest.Readings {
			forms = append(forms, form{f.Name(), r, messagesOf(t, g, f, r)})
		}
	}
	if n := len(job.Forms()) - 1; len(forms) != n*len(encodingtest.Readings) {
		t.Errorf("vectors of %d forms and readings; there are %d forms", len(forms), n)
	}
	b, err := json.Marshal(forms)
	if err != nil {
		t.Fatal(err)
	}
	return append(bytes.ReplaceAll(b, []byte(`{"device":`), []byte("\n{\"device\":")), '\n')
}

// odd ids are such as devices do not have, which a message holds all the same.
var odd = []string{"", strings.Repeat("long", 80), "tab\tand\x01", "two\nlines", "back\\", "\x7f\u2028\u00e9\U0001f600", "\xff and \xe2\x82"}

func messagesOf(t *testing.T, g *encodingtest.Gen, f encoding.Format, r job.Reading) []message {
	t.Helper()
	write, err := encoding.NewWriter(f, r)
	if err != nil {
		t.Fatal(err)
	}
	ids := append([]string{g.Device(), g.Device(), g.Device(), g.Device(), g.Device()}, odd...)
	var all []message
	for i, id := range ids {
		at, values := g.Time(), g.Values(len(r.Metrics))
		if i == 0 {
			at = []int64{math.MinInt64, math.MaxInt64}[g.IntN(2)]
		}
		if i == 1 {
			for k := range values {
				values[k] = encoding.Absent
			}
		}
		b := write(nil, []byte(id), at, func(k int) (int64, bool) { return values[k], values[k] != encoding.Absent })
		m := message{Device: latin1(id), Time: at, Bytes: hex.EncodeToString(b)}
		for k, v := range values {
			m.Values = append(m.Values, &values[k])
			if v == encoding.Absent {
				m.Values[k] = nil
			}
		}
		all = append(all, m)
	}
	return all
}

func latin1(s string) string {
	r := make([]rune, len(s))
	for i := range len(s) {
		r[i] = rune(s[i])
	}
	return string(r)
}
