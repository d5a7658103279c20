package encodingtest

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	diff "github.com/google/go-cmp/cmp"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
)

// independent is a file of messages that another implementation wrote, or that a specification or a device gave, with what
// they hold according to it.
type independent struct {
	By    string            `json:"by"` // program and version, or document
	Cases []independentCase `json:"cases"`
}

type independentCase struct {
	What    string           `json:"what"`
	Reading job.Reading      `json:"reading"`
	Key     string           `json:"key"`
	Text    string           `json:"text,omitempty"` // the message, or
	Hex     string           `json:"hex,omitempty"`
	Reason  job.Reason       `json:"reason,omitempty"`
	Values  map[string]int64 `json:"values,omitempty"` // millionths of the metrics that are there
}

func readIndependent(t testing.TB, name string) (file independent) {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err == nil {
		err = json.Unmarshal(b, &file)
	}
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func (c independentCase) message(t testing.TB) []byte {
	t.Helper()
	if c.Hex == "" {
		return []byte(c.Text)
	}
	b, err := hex.DecodeString(c.Hex)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Messages are those of testdata/<name>, in order.
func Messages(t testing.TB, name string) (all [][]byte) {
	t.Helper()
	for _, c := range readIndependent(t, name).Cases {
		all = append(all, c.message(t))
	}
	return all
}

// Independent decodes the messages of testdata/<name>, and fails where the decoder sees another thing in them than who
// wrote the file.
func Independent(t *testing.T, f encoding.Format, name string) {
	t.Helper()
	file := readIndependent(t, name)
	if file.By == "" || len(file.Cases) == 0 {
		t.Fatalf("%s does not say who made it, or has no cases", name)
	}
	for _, c := range file.Cases {
		d, err := f.Decoder(c.Reading)
		if err != nil {
			t.Errorf("%s: Decoder = %v", c.What, err)
			continue
		}
		var got encoding.Reading
		reason := d.Decode([]byte(c.Key), c.message(t), &got)
		values := map[string]int64{}
		for i, n := range c.Reading.Names() {
			if reason == job.ReasonNone && got.Present[i] {
				values[n] = got.Values[i]
			}
		}
		if want := len(c.Values); reason != c.Reason || want != len(values) || want > 0 && !diff.Equal(values, c.Values) {
			t.Errorf("%s: Decode = %q %v, want %q %v", c.What, reason, values, c.Reason, c.Values)
		}
	}
}
