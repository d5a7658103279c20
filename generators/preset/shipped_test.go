package preset

import (
	"flag"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zeebo/xxh3"

	"github.com/streamgauge/streamgauge/generators"
	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/encoding/cbor"
	"github.com/streamgauge/streamgauge/harness/encoding/lineprotocol"
	"github.com/streamgauge/streamgauge/harness/encoding/msgpack"
	"github.com/streamgauge/streamgauge/harness/encoding/protobuf"
	"github.com/streamgauge/streamgauge/harness/encoding/senml"
	"github.com/streamgauge/streamgauge/harness/encoding/sparkplug"
	"github.com/streamgauge/streamgauge/harness/job"
	"github.com/streamgauge/streamgauge/scenarios"
)

var update = flag.Bool("update", false, "write testdata/digests.txt anew")

// formats are the encodings that presets in the binary ask for.
func formats(name string, r job.Reading) (encoding.Encoder, error) {
	f, ok := map[string]encoding.Format{"sparkplug-b": sparkplug.Format{}, "cbor": cbor.Format{}, "protobuf": protobuf.Format{}, "msgpack": msgpack.Format{},
		"line-protocol": lineprotocol.Format{}, "senml-json": senml.JSON{}}[name]
	if !ok {
		return nil, fmt.Errorf("no encoding %s in this test", name)
	}
	return f.Encoder(r)
}

// Every preset in the binary gives the bytes it gave before. A preset that was fitted anew has new digests.
func TestShippedPresetsGiveSameBytes(t *testing.T) {
	got := map[string]string{}
	for _, name := range Names(scenarios.Files) {
		p, err := Open(scenarios.Files, name)
		if err != nil {
			t.Fatal(err)
		}
		h := xxh3.New()
		var e generators.Event
		s, err := Config{Preset: p, Devices: 100, Seed: 11, Format: formats}.Open()
		if err != nil {
			t.Fatal(err)
		}
		for n, bytes := 0, 0; n < 3_000 && bytes < 30e6; n++ { // with blobs, fewer
			at, _ := s.Pace()
			s.Next(at, &e)
			fmt.Fprintln(h, line(e))
			bytes += len(e.Value)
		}
		got[name] = fmt.Sprintf("%016x", h.Sum64())
	}
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(got)) {
		fmt.Fprintln(&text, name, got[name])
	}
	if *update {
		if err := os.WriteFile("testdata/digests.txt", []byte(text.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/digests.txt")
	if err != nil {
		t.Fatal(err)
	}
	if text.String() != string(want) {
		t.Errorf("digests:\n%swant\n%s", text.String(), want)
	}
}

// A mixture has all devices of its parts, each with an id and a number of its own, and its events come in order.
func TestMixtures(t *testing.T) {
	for _, name := range []string{"city", "plant"} {
		p, err := Open(scenarios.Files, name)
		if err != nil {
			t.Fatal(err)
		}
		told := map[int64]bool{}
		s, err := Config{Preset: p, Format: formats, Devices: 300, FirstDevice: 7, Seed: 2, Tell: func(f Fault) { told[f.Record] = true }}.Open()
		if err != nil {
			t.Fatal(err)
		}
		numbers, ids := map[uint32]bool{}, map[string]bool{}
		for _, d := range s.Devices() {
			if numbers[d.Number] || ids[d.ID] || d.Number < 7 || d.Number >= 307 {
				t.Errorf("%s: device %d, %s: want numbers 7 to 306 and ids that differ", name, d.Number, d.ID)
			}
			numbers[d.Number], ids[d.ID] = true, true
		}
		if len(numbers) != 300 {
			t.Errorf("%s: %d devices, want 300", name, len(numbers))
		}
		var e generators.Event
		last := time.Duration(0)
		for i := range int64(20_000) {
			at, _ := s.Pace()
			s.Next(at, &e)
			if at < last {
				t.Fatalf("%s: an event at %v after one at %v", name, at, last)
			}
			if last = at; !numbers[e.Device] {
				t.Fatalf("%s: event of device %d, which there is not", name, e.Device)
			}
			if known := ids[string(e.Key)]; !known && !told[i] {
				t.Fatalf("%s: event %d of the unknown %s, of which nothing was told", name, i, e.Key)
			}
		}
		if len(told) == 0 {
			t.Errorf("%s: nothing went wrong in 20,000 events", name)
		}
	}
}

// The mixture of all families has all; its tenants are of Zipf's sizes.
func TestRealWorldHasAllFamilies(t *testing.T) {
	p, err := Open(scenarios.Files, "real-world")
	if err != nil {
		t.Fatal(err)
	}
	has, tenants := map[string]bool{}, map[string]float64{}
	for _, part := range p.Parts {
		tenant, _, _ := strings.Cut(part.Device, "/")
		has[part.Preset] = true
		tenants[tenant] += part.Share
	}
	for _, family := range []string{"indoor", "motes", "lpwan-radio", "lpwan-server", "process-logger", "sparkplug", "weather-station", "traffic", "ship", "aircraft", "vehicle",
		"drone", "meter", "events", "waveform", "blobs", "lidar"} {
		if !has[family] {
			t.Errorf("there is no %s", family)
		}
	}
	for k, tenant := range slices.Sorted(maps.Keys(tenants)) { // by their names as by their sizes
		if want := 1 / float64(k+1); math.Abs(tenants[tenant]-want) > 0.001 {
			t.Errorf("%s has a share of %.4f, want %.4f", tenant, tenants[tenant], want)
		}
	}
}

// A preset of one part is that part under another title and with other dirt, and is written in other encodings as it is.
func TestAPresetOfOnePart(t *testing.T) {
	of, err := Open(scenarios.Files, "indoor")
	if err != nil {
		t.Fatal(err)
	}
	p, err := Open(scenarios.Files, "dirty-fleet")
	if err != nil {
		t.Fatal(err)
	}
	if p.Title == of.Title || p.Dirt == of.Dirt || len(p.Parts) > 0 {
		t.Errorf("title %q, dirt %+v, %d parts; want title and dirt of its own, no parts", p.Title, p.Dirt, len(p.Parts))
	}
	reading, err := p.Reading()
	if err != nil {
		t.Fatal(err)
	}
	c := Config{Devices: 40, Seed: 4, Clean: true, Encoder: stubEncoder{}, Reading: reading}
	var both [2][]generators.Event
	for i, p := range []*Preset{p, of} {
		c.Preset = p
		s, err := c.Open()
		if err != nil {
			t.Fatal(err)
		}
		both[i] = take(s.(*Stream), 1_000)
	}
	for i, e := range both[0] {
		if line(e) != line(both[1][i]) {
			t.Fatalf("event %d = %s, that of its part is %s", i, line(e), line(both[1][i]))
		}
	}
}

// A part is no mixture, not even the preset itself.
func TestPartsAreNoMixtures(t *testing.T) {
	file := filepath.Join(t.TempDir(), "self.yaml")
	for _, part := range []string{file, "city", "dirty-fleet"} {
		if err := os.WriteFile(file, []byte("schema: 1\ntitle: Mixed\nparts:\n  - {preset: '"+part+"', share: 1}\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(scenarios.Files, file); err == nil || !strings.Contains(err.Error(), "is a mixture itself") {
			t.Errorf("a part %s: error %v, want that it is a mixture itself", part, err)
		}
	}
}

// The last part has what rounding leaves of its share.
func TestAMixtureHasWholeSets(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mixed.yaml")
	text := "schema: 1\ntitle: 'Mixed'\nparts:\n"
	for _, part := range []string{"motes, share: 0.17", "indoor, share: 0.17", "traffic, share: 0.17", "vehicle, share: 0.49"} {
		text += "  - {preset: " + part + "}\n"
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := Open(scenarios.Files, file)
	if err != nil {
		t.Fatal(err)
	}
	n := p.Whole()
	f, err := Config{Preset: p, Devices: n, Seed: 1}.Open()
	if err != nil {
		t.Fatal(err)
	}
	if cars := f.(*mixture).parts[3]; cars.Size() < len(cars.kinds) {
		t.Errorf("of %d devices the last part has %d, its set has %d", n, cars.Size(), len(cars.kinds))
	}
	if few := p.portions(n - 1); few[3] >= len(p.Parts[3].of.Kinds) {
		t.Errorf("%d devices are more than are needed", n)
	}
}

// Parts whose devices would have the same ids are refused: many presets that were fitted have device-@. So is one whose sets would.
func TestPartsHaveIdsOfTheirOwn(t *testing.T) {
	dir := t.TempDir()
	mixed := func(parts ...string) error {
		text := "schema: 1\ntitle: 'Mixed'\nparts:\n"
		for _, part := range parts {
			text += "  - {preset: " + part + ", share: 0.5}\n"
		}
		file := filepath.Join(dir, "mixed.yaml")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Open(scenarios.Files, file)
		return err
	}
	for _, c := range []struct{ one, other, want string }{
		{"traffic", "office", `"device-@": give one a device of its own`},
		{"traffic", "office, device: 'office-@'", ""},
		{"vehicle", "vehicle", `"car-@/%": give one a device of its own`},
		{"vehicle", "drone, device: 'car-@/%'", ""}, // its kinds have other names
		{"traffic", "vehicle, device: 'car-@'", `"car-@": write % where the name of the kind goes`},
	} {
		if err := mixed(c.one, c.other); (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("parts %s and %s: error %v, want %q in it, or none", c.one, c.other, err, c.want)
		}
	}
}
