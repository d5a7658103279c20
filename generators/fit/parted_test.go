package fit

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/streamgauge/streamgauge/generators/preset"
	"github.com/streamgauge/streamgauge/generators/sample"
)

func fittedTo(t *testing.T, s *sample.Stream) *preset.Preset {
	t.Helper()
	p, err := Fit(s, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Texts that are more than a table holds are taken apart: rare fillings would be left out of the table, and messages would be shorter.
func TestTextsOfManyPartsAreTakenApart(t *testing.T) {
	var b strings.Builder
	for i := range 4_000 {
		fill := strings.Repeat("#", []int{5, 5, 40}[i%3])
		fmt.Fprintf(&b, `{"ts":%d,"p":"v%d/%d%s","few":"a%d"}`+"\n", 1700000000+i*10, 100+i*7919%977, i%31, fill, i%3)
	}
	s, err := sample.Read([]byte(b.String()), sample.Layout{Key: "-"})
	if err != nil {
		t.Fatal(err)
	}
	if want, got := `{"ts":${time},"p":"v${p.2}/${p.4}${p.5}","few":"${few}"}`, fittedTo(t, s).Message; got != want {
		t.Errorf("message = %s, want %s", got, want)
	}
	for _, m := range scored(t, s, s, sample.Layout{Key: "-"}).Measures {
		if m.Name == "size" && !m.Passed() {
			t.Errorf("sizes are %.2f apart, want %v at most", m.Value, m.Threshold)
		}
	}
}

func TestTextsStayWhole(t *testing.T) {
	for what, text := range map[string]func(i int) string{
		"zeros before numbers":      func(i int) string { return fmt.Sprintf("v%04d", i*7%3000) },
		"as many words as messages": func(i int) string { return fmt.Sprintf("%d-%s", i, strings.Repeat("ab", 1+i%700)) },
		"more numbers in some":      func(i int) string { return strings.Repeat(fmt.Sprintf("x%d", i), 1+i%2) },
	} {
		s := &sample.Stream{Fields: []string{"p"}}
		for i := range 3_000 {
			s.Messages = append(s.Messages, sample.Message{Time: int64(i), Texts: []string{text(i)}, Values: []float64{sample.Number(text(i))}})
		}
		src := source{}
		for i := range s.Messages {
			src.at = append(src.at, i)
		}
		f := &fitter{Stream: s, detail: details()[0], sources: []source{src}}
		if found := f.parted([]int{0}); len(found) > 0 {
			t.Errorf("%s: taken apart as %s, want whole", what, found[0])
		}
	}
}

func TestDigitsAreApart(t *testing.T) {
	for text, want := range map[string][]string{"": nil, "a": {"a"}, "12": {"12"}, "676/20##": {"676", "/", "20", "##"}, "x1y": {"x", "1", "y"}} {
		if got := digitsApart(text); !slices.Equal(got, want) {
			t.Errorf("digitsApart(%q) = %q, want %q", text, got, want)
		}
	}
}

// Of more fields than a preset holds it is said that they are too many.
func TestTooManyFieldsAreRefused(t *testing.T) {
	var b strings.Builder
	for i := range 200 {
		fmt.Fprintf(&b, `{"ts":%d`, 1700000000+i*10)
		for f := range preset.MaxFields + 1 {
			fmt.Fprintf(&b, `,"f%d":%d`, f, i*(f+2)%71)
		}
		b.WriteString("}\n")
	}
	s, err := sample.Read([]byte(b.String()), sample.Layout{Key: "-"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Fit(s, Options{}); err == nil || !strings.Contains(err.Error(), "65 fields change from message to message, and a preset has 64 at most") {
		t.Errorf("Fit = %v, want it to say that 65 fields are too many", err)
	}
}
