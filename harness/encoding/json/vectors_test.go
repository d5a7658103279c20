package jsonenc

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
)

var update = flag.Bool("update", false, "write testdata/vectors.json anew")

// vectorFile is what every decoder of the contract, in any language, must agree on to the bit: engines/joblib reads the
// same file. Where the bytes of keys and messages are no text, they are characters of Latin-1, one for each byte.
const vectorFile = "testdata/vectors.json"

// vectors is the content of the file.
type vectors struct {
	Readings []job.Reading  `json:"readings"`
	Messages []vector       `json:"messages"`
	Numbers  []numberVector `json:"numbers"`
}

// vector is a message and what it decodes to.
type vector struct {
	Reading int        `json:"reading"` // index in Readings
	Key     string     `json:"key"`
	Value   string     `json:"value"`
	Reason  job.Reason `json:"reason,omitempty"`
	Values  []*int64   `json:"values,omitempty"` // millionths by ascending name; null where absent
}

// numberVector is a number token that a metric may hold, and its millionths; null is beyond the range.
type numberVector struct {
	Token  string `json:"token"`
	Micros *int64 `json:"micros"`
}

// vectorReadings have flat and deep paths, two metrics at one place, fields below others, names that need escapes and names beyond ASCII.
var vectorReadings = []job.Reading{
	room,
	{Device: "d", Time: job.TimeField{Path: "t", Unit: "ms"}, Metrics: map[string]job.Metric{"m": {Path: "m"}}},
	{Device: "a.d", Time: job.TimeField{Path: "a.t", Unit: "s"}, Metrics: map[string]job.Metric{
		"b_c": {Path: "a.b.c"}, "bc": {Path: "a.b.c"}, "z": {Path: "n"}}},
	{Device: "\u00e4", Time: job.TimeField{Path: "q\"\\", Unit: "s"}, Metrics: map[string]job.Metric{"e": {Path: "\U0001f600.\n"}}},
	{Device: "d", Time: job.TimeField{Path: "t", Unit: "s"}, Metrics: map[string]job.Metric{"m": {Path: "d.m"}, "n": {Path: "t.n"}}},
}

const vectorMessages, vectorNumbers = 4000, 2000

func TestVectors(t *testing.T) {
	made := makeVectors(t)
	if *update {
		if err := os.WriteFile(vectorFile, made.lines(t), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(vectorFile)
	if err != nil {
		t.Fatal(err)
	}
	var want vectors
	if err := json.Unmarshal(b, &want); err != nil {
		t.Fatal(err)
	}
	for _, v := range want.Messages {
		if got := decodeVector(t, want.Readings[v.Reading], v); !cmp.Equal(got, v) {
			t.Errorf("Decode(%q) = %q %s, want %q %s", v.Value, got.Reason, show(got.Values), v.Reason, show(v.Values))
		}
	}
	for _, v := range want.Numbers {
		if got := numberOf(v.Token); !cmp.Equal(got, v) {
			t.Errorf("micros(%s) = %s, want %s", v.Token, show([]*int64{got.Micros}), show([]*int64{v.Micros}))
		}
	}
	if !bytes.Equal(b, made.lines(t)) {
		t.Errorf("%s is not what this test makes: run it with -update, and all that read the file", vectorFile)
	}
}

// TestVectorsReachEverything holds the file to its purpose.
func TestVectorsReachEverything(t *testing.T) {
	reasons, present := map[job.Reason]int{}, 0
	for _, v := range makeVectors(t).Messages {
		reasons[v.Reason]++
		for _, x := range v.Values {
			if x != nil {
				present++
			}
		}
	}
	for _, r := range []job.Reason{job.ReasonNone, job.ReasonBadUTF8, job.ReasonTruncated, job.ReasonBadJSON, job.ReasonMissingField,
		job.ReasonBadType, job.ReasonBadNumber, job.ReasonWrongDevice, job.ReasonRange} {
		if reasons[r] < 20 {
			t.Errorf("%d vectors have the reason %q, want 20", reasons[r], r)
		}
	}
	if present < 500 {
		t.Errorf("%d vectors of metrics are present, want 500", present)
	}
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
	list("messages", ",", len(v.Messages), func(i int) any { return v.Messages[i] })
	list("numbers", "", len(v.Numbers), func(i int) any { return v.Numbers[i] })
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

func decodeVector(t *testing.T, r job.Reading, v vector) vector {
	var got encoding.Reading
	v.Reason = decoderOf(t, r).Decode(fromLatin1(v.Key), fromLatin1(v.Value), &got)
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

func numberOf(token string) numberVector {
	if x, ok := micros([]byte(token)); ok {
		return numberVector{token, &x}
	}
	return numberVector{token, nil}
}

func makeVectors(t *testing.T) vectors {
	t.Helper()
	g := &vectorGen{Rand: rand.New(rand.NewPCG(1, 2))}
	all := vectors{Readings: vectorReadings}
	for i := range vectorMessages {
		v := vector{Reading: i % len(vectorReadings)}
		key, value := g.message(vectorReadings[v.Reading])
		v.Key, v.Value = latin1(key), latin1(value)
		all.Messages = append(all.Messages, decodeVector(t, vectorReadings[v.Reading], v))
	}
	for i := 0; len(all.Numbers) < vectorNumbers; i++ {
		if token := g.number(i); len(token) <= job.MaxNumberBytes {
			all.Numbers = append(all.Numbers, numberOf(token))
		}
	}
	return all
}

// vectorGen makes messages: mostly whole, then damaged in one way or another.
type vectorGen struct{ *rand.Rand }

func pick[T any](g *vectorGen, of ...T) T { return of[g.IntN(len(of))] }

func (g *vectorGen) chance(percent int) bool { return g.IntN(100) < percent }

// message makes a key, and a value for it.
func (g *vectorGen) message(r job.Reading) (key, value []byte) {
	key = []byte(pick(g, "k", "k", "5e:44:3b:f3:79:c8", "\u00e4\U0001f600", "a\"b\\c\n", ""))
	tree := map[string]any{}
	for _, f := range []string{r.Device, r.Time.Path} {
		if !g.chance(3) {
			put(tree, f, g.leaf(f == r.Device, key))
		}
	}
	for _, name := range r.Names() {
		if !g.chance(20) {
			put(tree, r.Metrics[name].Path, g.leaf(false, nil))
		}
	}
	value = g.append(nil, tree, 1)
	if g.chance(2) {
		deep := nest("[", "", "]", pick(g, 62, 63, 64))
		if g.chance(50) {
			deep = nest(`{"d":`, "1", "}", pick(g, 62, 63, 64))
		}
		value = []byte(strings.Replace(string(value), "{", `{"deep":`+deep+`,`, 1))
	}
	if g.chance(35) {
		value = g.damage(value)
	}
	return key, value
}

func put(tree map[string]any, path string, leaf string) {
	steps := strings.Split(path, ".")
	for _, s := range steps[:len(steps)-1] {
		next, ok := tree[s].(map[string]any)
		if !ok {
			next = map[string]any{}
			tree[s] = next
		}
		tree = next
	}
	if _, ok := tree[steps[len(steps)-1]].(map[string]any); !ok {
		tree[steps[len(steps)-1]] = leaf
	}
}

// leaf is the text of a field's value; mostly of the kind that is wanted.
func (g *vectorGen) leaf(device bool, key []byte) string {
	switch {
	case g.chance(4):
		return g.other(2)
	case device && g.chance(5):
		return g.quoted("another")
	case device:
		return g.quoted(string(key))
	}
	if g.chance(60) {
		return g.number(15) // as sensors send them
	}
	return g.number(g.IntN(1000))
}

// other is any value.
func (g *vectorGen) other(depth int) string {
	switch g.IntN(8) {
	case 0:
		return "null"
	case 1:
		return pick(g, "true", "false")
	case 2:
		return g.quoted(pick(g, "", "x", "\u2028\U00010348", "\x7f\x1f", "d"))
	case 3, 4:
		if depth == 0 {
			return "[]"
		}
		return "[" + g.space() + g.other(depth-1) + g.space() + "," + g.other(depth-1) + "]"
	case 5:
		if depth == 0 {
			return "{}"
		}
		return string(g.append(nil, map[string]any{"d": g.other(depth - 1), "b": g.number(g.IntN(1000))}, 0))
	}
	return g.number(g.IntN(1000))
}

func (g *vectorGen) space() string {
	if g.chance(85) {
		return ""
	}
	return pick(g, " ", " ", "\t\r\n ")
}

// append writes a tree's members in any order, some of them twice, with others between them.
func (g *vectorGen) append(dst []byte, tree map[string]any, depth int) []byte {
	dst = append(dst, g.space()+"{"...)
	names := sortedNames(tree)
	g.Shuffle(len(names), func(i, k int) { names[i], names[k] = names[k], names[i] })
	comma := ""
	member := func(name string, value any) {
		dst = append(dst, comma+g.space()+g.quoted(name)+g.space()+":"+g.space()...)
		comma = ","
		if sub, ok := value.(map[string]any); ok {
			dst = g.append(dst, sub, depth)
		} else {
			dst = append(dst, value.(string)...)
		}
		dst = append(dst, g.space()...)
	}
	for _, name := range names {
		if g.chance(6) {
			member(name, g.other(1)) // the last one counts
		}
		member(name, tree[name])
		if g.chance(3) {
			member(name, g.other(1))
		}
		if g.chance(15) {
			member(pick(g, "x", "", "D", "data2", "\u00e4\u00e4"), g.other(depth))
		}
	}
	return append(dst, "}"+g.space()...)
}

func sortedNames(tree map[string]any) []string {
	var names []string
	for n := range tree {
		names = append(names, n)
	}
	for i := range names { // a handful
		for k := i; k > 0 && names[k] < names[k-1]; k-- {
			names[k], names[k-1] = names[k-1], names[k]
		}
	}
	return names
}

// quoted writes a string, some of its characters as escapes.
func (g *vectorGen) quoted(s string) string {
	if g.chance(70) {
		return string(AppendString(nil, s))
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch short := strings.IndexRune("\"\\/\b\f\n\r\t", r); {
		case short >= 0 && g.chance(50):
			b.WriteString(`\` + `"\/bfnrt`[short:short+1])
		case r > 0xffff && g.chance(50):
			r -= 0x10000
			fmt.Fprintf(&b, `\u%04x\u%04X`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		case r <= 0xffff && (r < ' ' || r == '"' || r == '\\' || g.chance(50)):
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	if g.chance(8) {
		b.WriteString(pick(g, `\ud83d`, `\udc00x`, `\ud800\u0041`, `\ud83d\ud83d\ude00`))
	}
	return b.String() + `"`
}

// damage changes a message a little, anywhere.
func (g *vectorGen) damage(b []byte) []byte {
	at := g.IntN(len(b))
	switch g.IntN(10) {
	case 0, 1, 2:
		return b[:at]
	case 3:
		b[at] ^= 1 << g.IntN(8)
		return b
	case 4:
		return append(b[:at], b[at+1:]...)
	case 5:
		return append(b, pick(g, "x", "{}", "\x00", "\xef\xbb\xbf", ",", "]", "\u00a0")...)
	case 6:
		odd := pick(g, "\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\xf0\x80\x80\x80", "\x80", "\xef\xbf\xbf", "\xf4\x8f\xbf\xbf")
		return []byte(string(b[:at]) + odd + string(b[at:]))
	case 7:
		token := pick(g, `"`, `\`, "{", "[", "}", "]", ",", ":", "0", "-", ".", "e", "null", "nul", "\n", "\x1f", "\\u00e", "+1")
		return []byte(string(b[:at]) + token + string(b[at:]))
	case 8:
		return append([]byte(pick(g, "\xef\xbb\xbf", "\ufeff ", "[", "1", " \n\t")), b...)
	}
	to := at + g.IntN(len(b)-at)
	return []byte(string(b[:to]) + string(b[at:])) // a part twice
}

// number makes a number token of JSON's grammar, of one of many forms.
func (g *vectorGen) number(form int) string {
	sign := pick(g, "", "", "-")
	switch form % 16 {
	case 0, 1:
		return sign + strconv.FormatFloat(g.Float64()*math.Pow10(g.IntN(9)), 'f', -1, 64)
	case 2:
		return sign + strconv.FormatFloat(float64(g.Float32())*100, 'g', -1, 64)
	case 3:
		return sign + strconv.Itoa(g.IntN(10_000_002))
	case 4: // half a millionth more or less
		return sign + strconv.Itoa(g.IntN(1_000_000)) + fmt.Sprintf(".%06d5", g.IntN(1_000_000))
	case 5: // near the largest
		return sign + pick(g, "9999999.", "10000000.", "9999999.99999", "10000000.00000") + strconv.Itoa(g.IntN(10_000))
	case 6: // near the last whole number that is an exact double
		return sign + strconv.FormatUint(1<<53-4+g.Uint64N(9), 10) + "e" + strconv.Itoa(-g.IntN(16))
	case 7:
		return sign + g.digits(1+g.IntN(40)) + pick(g, "e", "E", "e+", "e-", "E-00") + strconv.Itoa(g.IntN(40))
	case 8:
		return sign + "0." + strings.Repeat("0", g.IntN(30)) + g.digits(1+g.IntN(30))
	case 9:
		return sign + g.digits(17+g.IntN(3)) + "." + g.digits(1+g.IntN(3))
	case 10:
		return sign + pick(g, "1e308", "1.8e308", "1e309", "4.9e-324", "2.4e-324", "1e-400", "0e999", "0", "0.0", "0E+7", "1e400", "2.2250738585072011e-308")
	case 11: // a token of 63 to 66 bytes
		return "0." + g.digits(61+g.IntN(4))
	case 12: // nearly halfway between two doubles
		f := math.Float64frombits(math.Float64bits(1+g.Float64()*9e6) + 1)
		return sign + strconv.FormatFloat(f, 'f', 52, 64)[:18+g.IntN(12)]
	case 13:
		return sign + strconv.FormatInt(g.Int64N(1e13+3), 10) + "e-6"
	case 14: // as 4, with more digits than a double has
		return sign + strconv.Itoa(g.IntN(100_000)) + fmt.Sprintf(".%06d", g.IntN(1_000_000)) + pick(g, "500000", "499999", "500001", "5000000")
	}
	return sign + strconv.Itoa(g.IntN(100)) + "." + g.digits(1+g.IntN(17))
}

// digits is a whole number without a zero in front.
func (g *vectorGen) digits(n int) string {
	b := []byte{byte('1' + g.IntN(9))}
	for range n - 1 {
		b = append(b, byte('0'+g.IntN(10)))
	}
	return string(b)
}
