package encoding

import (
	"encoding/json"
	"math"
	"strconv"
	"testing"

	"github.com/streamgauge/streamgauge/harness/job"
)

func TestSimpleNumbersAreTheNearestDouble(t *testing.T) {
	for _, token := range []string{"0.1", "58.20000076293945", "9007199254740992", "9007199254740993", "0.000000000000000001", "123456789.123456789",
		"999999999999999999", "9999999999999999999", "0.30000000000000004", "-7.3", "1.7976931348623157"} {
		want, _ := strconv.ParseFloat(token, 64)
		if got, ok := simple([]byte(token)); ok && (got != want || math.Signbit(got) != math.Signbit(want)) {
			t.Errorf("simple(%s) = %v, want %v", token, got, want)
		}
	}
}

func TestNumberTextIsJSONsGrammar(t *testing.T) {
	for _, s := range []string{"0", "-0", "01", "1.", ".5", "+1", "1e5", "1E+05", "1e", "1.5e-3x", "", "-", "NaN", "1 ", "0x1", "12.50", "-7", "1_0", "infinity"} {
		want := json.Valid([]byte(s)) && s[len(s)-1] != ' '
		if got := NumberText([]byte(s)).Kind == Number; got != want {
			t.Errorf("NumberText(%q) is a number: %v, want %v", s, got, want)
		}
	}
}

func TestMicrosRefusesWhatIsNoNumber(t *testing.T) {
	for _, d := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), 1e7 + 1e-6, -1e300} {
		if v, ok := Micros(d); ok {
			t.Errorf("Micros(%v) = %d, want none", d, v)
		}
	}
}

func TestDecimalGivesItsMillionthsBack(t *testing.T) {
	for v := int64(job.MaxMicros); v > 0; v = v*9/10 - 1 {
		for _, x := range []int64{v, -v} {
			if got, ok := Micros(Decimal(x)); !ok || got != x {
				t.Errorf("Micros(Decimal(%d)) = %d, %v", x, got, ok)
			}
		}
	}
}
