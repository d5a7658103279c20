package can

import (
	"encoding/hex"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/encoding/encodingtest"
	"github.com/streamgauge/streamgauge/harness/job"
)

const doors = "testdata/doors.dbc"

// by is a reading whose metrics are at paths in a DBC file.
func by(t testing.TB, file, message string, paths ...string) job.Reading {
	t.Helper()
	s, err := Format{}.ReadSchema(file, message, os.ReadFile)
	if err != nil {
		t.Fatal(err)
	}
	r := job.Reading{Device: "d", Time: job.TimeField{Path: "t", Unit: "s"}, Metrics: map[string]job.Metric{}, Schema: s}
	for _, p := range paths {
		r.Metrics[strings.ToLower(p[strings.LastIndex(p, ".")+1:])] = job.Metric{Path: p}
	}
	return r
}

// Frames of scapy with signals that cantools put into them by the same file hold the same values, and are written again bit for bit.
func TestSignalsOfADBCFileAreThoseOfAnotherReader(t *testing.T) {
	b, err := os.ReadFile("testdata/independent.json")
	if err != nil {
		t.Fatal(err)
	}
	var others struct {
		Cases []struct {
			What, Hex string
			Values    map[string]int64
		}
	}
	if err := json.Unmarshal(b, &others); err != nil || len(others.Cases) == 0 {
		t.Fatalf("%d cases, %v", len(others.Cases), err)
	}
	signals := map[string][]string{"Doors": {"Temp", "Angle", "Torque"}, "EEC1": {"EngineSpeed", "Mode"}, "CCVS": {"Speed"}}
	for i, c := range others.Cases {
		var paths []string
		for _, s := range signals[c.What] {
			paths = append(paths, []string{s, c.What + "." + s}[i%2]) // named both ways
		}
		r := by(t, doors, "", paths...)
		e, d := encodingtest.Coders(t, Format{}, r)
		message, err := hex.DecodeString(c.Hex)
		if err != nil {
			t.Fatal(err)
		}
		var got encoding.Reading
		if reason := d.Decode([]byte("car"), message, &got); reason != job.ReasonNone {
			t.Fatalf("Decode(%s) = %q", c.Hex, reason)
		}
		for k, n := range slices.Sorted(maps.Keys(c.Values)) {
			if !got.Present[k] || got.Values[k] != c.Values[n] {
				t.Errorf("%s of %s = %d, want %d", n, c.Hex, got.Values[k], c.Values[n])
			}
		}
		if back := hex.EncodeToString(e.Append(nil, "car", 0, got.Values)); back != c.Hex {
			t.Errorf("written again as %s, want %s", back, c.Hex)
		}
	}
}

func TestADBCFileTravelsWhole(t *testing.T) {
	r := by(t, doors, "Doors", "Temp")
	content, err := os.ReadFile(doors)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(r)
	var back job.Reading
	if err == nil {
		err = json.Unmarshal(b, &back)
	}
	if err != nil || string(back.Schema.Files[0].Data) != string(content) || back.Schema.Files[0].Name != "doors.dbc" || back.Schema.Message != "Doors" {
		t.Errorf("the file came back as %+v, %v", back.Schema, err)
	}
	values := []int64{21_370_000}
	e, _ := encodingtest.Coders(t, Format{}, r)
	again, _ := encodingtest.Coders(t, Format{}, back)
	if one, other := e.Append(nil, "x", 0, values), again.Append(nil, "x", 0, values); string(one) != string(other) {
		t.Errorf("by the plan's file %x is written, by the user's %x", other, one)
	}
}

// Frames have the length of their message, whatever is wanted of it, and are looked for by their whole identifier.
func TestFramesAreAsLongAsTheirMessage(t *testing.T) {
	for path, want := range map[string]string{
		"CCVS.Speed": "98ff2000" + "0c040000" + "0000000000000000" + "0000c03f",
		"Mode":       "8cf004fe" + "08000000" + "0100000000000000",
	} {
		r := by(t, doors, "", path)
		e, _ := encodingtest.Coders(t, Format{}, r)
		values := map[string]int64{"CCVS.Speed": 1_500_000, "Mode": 1_000_000}
		got := hex.EncodeToString(e.Append(nil, "x", 0, []int64{values[path]}))
		if s, err := locateIn(r); err != nil || got[8:] != want[8:] || got[:8] != hex.EncodeToString([]byte{byte(s[0].id >> 24), byte(s[0].id >> 16), byte(s[0].id >> 8), byte(s[0].id)}) {
			t.Errorf("%s is written as %s, want %s behind the identifier, %v", path, got, want[8:], err)
		}
	}
}

func TestPathsThatLeadToNoSignal(t *testing.T) {
	for _, c := range []struct{ message, path, want string }{
		{"", "Brake.Temp", `metric temp: path "Brake.Temp": doors.dbc has no message Brake; it has Doors, EEC1, CCVS, Cells`},
		{"", "Doors.Heat", `path "Doors.Heat": message Doors of doors.dbc has no signal Heat; it has Temp, Angle, Torque`},
		{"", "Heat", `path "Heat": doors.dbc has no signal Heat; it has Doors.Temp, Doors.Angle, `},
		{"CCVS", "Temp", `path "Temp": message CCVS of doors.dbc has no signal Temp; it has Speed`},
		{"", "data.temp", `doors.dbc has no message data; `},
		{"", "Volts", `path "Volts": doors.dbc: line 27: signal Volts is multiplexed`},
		{"", "Cells.Cell", `doors.dbc: line 26: signal Cell is multiplexed`},
		{"", "Lost", `has no signal Lost`},
		{"", "0CF00400 24|16@1+", `has no signal 0CF00400 24|16@1+`},
	} {
		_, err := Format{}.Decoder(by(t, doors, c.message, c.path))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Decoder of %s in %q = %v, want %s", c.path, c.message, err, c.want)
		}
	}
	if _, err := (Format{}).ReadSchema(doors, "Brake", os.ReadFile); err == nil || !strings.Contains(err.Error(), "doors.dbc has no message Brake; it has Doors, ") {
		t.Errorf("ReadSchema with message Brake = %v", err)
	}
	_, err := Format{}.Encoder(by(t, doors, "", "Temp", "Doors.Angle", "Bank", "Cells.Count"))
	if err != nil {
		t.Errorf("Encoder = %v", err)
	}
}

func TestFilesThatAreNoDBC(t *testing.T) {
	const head = "VERSION \"\"\nBU_: X\n"
	for text, want := range map[string]string{
		"":                             "it has no message",
		head:                           "it has no message",
		"{\"type\": \"record\"}\n":     "line 1: ",
		head + "BO_ 291 Doors 8 X\n":   "line 3: expected token: \":\"",
		head + "BO_ 2048 Doors: 8 X\n": "line 3: invalid standard ID",
		head + "BO_ 1 A: 8 X\n SG_ S : 0|8@2+ (1,0) [0|0] \"\" X\n":                                     "line 4: invalid value",
		head + "BO_ 1 A: 8 X\n SG_ S : 0|8@1+ (x,0) [0|0] \"\" X\n":                                     "line 4: expected int or float",
		head + "BO_ 1 A: 8 X\n SG_ S : 0|8@1+ (1,0) [0|0] \"\" X\n SG_ S : 8|8@1+ (1,0) [0|0] \"\" X\n": "line 5: message A has two signals S",
		head + "BO_ 1 A: 8 X\n\nBO_ 1 B: 8 X\n":                                                         "line 5: message B has the name or the identifier of message A in line 3",
		head + "BO_ 1 A: 8 X\n\nBOO_ 2 B: 8 X\nBO_ 3 C: 8 X\n":                                          "line 5: \"BOO_\" begins no statement",
		"VERSION \"\"\n SG_ S : 0|8@1+ (1,0) [0|0] \"\" X\n":                                            "line 2: signal S stands in no message",
		head + "BO_ 1 A: 8 X\nCM_ \"no end\n":                                                           "line 4: what begins here has no end",
		head + "BO_ 1 A: 8 X\nVAL_ 1 S 0 \"a\"\n\n":                                                     "line 4: what begins here has no end",
		head + "BO_ 1 A: 8 X\nSIG_VALTYPE_ 1 S : 3;\n":                                                  "line 4: invalid signal value type",
		head + "BO_ 1 A: 8 X\n\x00\n":                                                                   "line 4",
	} {
		_, err := Format{}.ReadSchema("in/x.dbc", "", func(string) ([]byte, error) { return []byte(text), nil })
		if err == nil || !strings.HasPrefix(err.Error(), "x.dbc is no DBC file: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("ReadSchema of %q = %v, want %s", text, err, want)
		}
	}
	if _, err := (Format{}).ReadSchema("in/gone.dbc", "", os.ReadFile); err == nil {
		t.Error("ReadSchema of a file that is not there = nil")
	}
}

// Only signals that are wanted must fit their frames: files of the trade are full of others.
func TestSignalsThatFitNoFrame(t *testing.T) {
	for signal, want := range map[string]string{
		"S : 0|8@1+ (1,0)":                    "",
		"S : 60|8@1+ (1,0)":                   "line 2: signal S has bits beyond the 8 bytes of its message",
		"S : 0|65@1+ (1,0)":                   "line 2: signal S has 65 bits",
		"S : 0|0@1+ (1,0)":                    "line 2: signal S has 0 bits",
		"S : 0|8@1+ (0,0)":                    "line 2: signal S has the factor 0",
		"S : 0|99999999999@1+ (1,0)":          "line 2: signal S has 99999999999 bits",
		"S : 18446744073709551615|8@1+ (1,0)": "line 2: signal S has bits beyond",
		"F : 0|16@1- (1,0)":                   "line 2: signal F is a float of 32 bits and has 16",
	} {
		text := "BO_ 1 A: 8 X\n SG_ " + signal + " [0|0] \"\" X\n SG_ Other : 8|8@1+ (1,0) [0|0] \"\" X\nBO_ 2 B: 10 X\n SG_ T : 0|8@1+ (1,0) [0|0] \"\" X\nSIG_VALTYPE_ 1 F : 1;\n"
		s, err := Format{}.ReadSchema("x.dbc", "A", func(string) ([]byte, error) { return []byte(text), nil })
		if err != nil {
			t.Fatal(err)
		}
		reading := func(path string) job.Reading {
			return job.Reading{Device: "d", Time: job.TimeField{Path: "t", Unit: "s"}, Metrics: map[string]job.Metric{"m": {Path: path}}, Schema: s}
		}
		if _, err := (Format{}).Decoder(reading("Other")); err != nil {
			t.Errorf("another signal beside %s: %v", signal, err)
		}
		_, err = Format{}.Decoder(reading(signal[:1]))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("Decoder of %s = %v, want %s", signal, err, want)
		}
		if _, err := (Format{}).Decoder(reading("B.T")); err == nil || !strings.Contains(err.Error(), "line 4: message B has 10 bytes; no frame has so many") {
			t.Errorf("Decoder of a signal of 10 bytes = %v", err)
		}
	}
}

// Whatever the forms of what is passed over, the statements behind it are read, in their lines.
func TestWhatNoSignalNeedsIsPassedOver(t *testing.T) {
	for _, before := range []string{
		"NS_ :\n\tCM_\n\tBA_\n\n", "NS_ :\n    CM_\n    BA_REL_\n\n", "NS_:\r\n\tCM_\r\n\r\nBS_:\r\n", "BS_: 500000 : 1,2\n",
		"CM_ \"a\nBO_ 5 b: 8 c\n\";\n", "CM_ BO_ 1 \"say \\\"x;\\\" \";CM_ \"two\nlines\";\n", "SIG_GROUP_ 1 G 1 : A B C;\n", "BA_REL_ \"x\" BU_SG_REL_ A SG_ 1 S 5;\n",
		"VAL_ 1 S 1 \"a\"\n  2 \"b\" ;\n", "\ufeffVERSION \"x;\"\n", "BU_:\n", "BU_: A B\n  C\n",
	} {
		text := before + "BO_ 7 A: 8 X\n SG_ S : 0|8@1+ (2,0) [0|0] \"\" X\n"
		s, err := Format{}.ReadSchema("x.dbc", "", func(string) ([]byte, error) { return []byte(text), nil })
		if err != nil {
			t.Errorf("behind %q: %v", before, err)
			continue
		}
		d, err := openDatabase(s)
		if err != nil || len(d.messages) != 1 || d.messages[0].Pos.Line != strings.Count(before, "\n")+1 {
			t.Errorf("behind %q: %+v, %v", before, d, err)
		}
	}
}

// Whatever a file holds, it is a DBC file or an error.
func FuzzDatabase(f *testing.F) {
	b, err := os.ReadFile(doors)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte("BO_ 1 A: 8 X\n SG_ S m0M : 0|8@1+ (1E-3,-4) [0|0] \"\" X\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := Format{}.ReadSchema("x.dbc", "", func(string) ([]byte, error) { return b, nil })
		if err != nil {
			return
		}
		d, err := openDatabase(s)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range d.messages {
			for _, x := range m.Signals {
				_, _ = d.signal(string(m.Name) + "." + string(x.Name))
			}
		}
	})
}
