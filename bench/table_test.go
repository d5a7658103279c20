package bench

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestTable(t *testing.T) {
	in, err := os.Open("testdata/results.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	got, err := Table(in)
	if err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/table.md"
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("Table differs from %s (-want +got), -update rewrites it:\n%s", golden, diff)
	}
}

func TestTableOfNothingIsAnError(t *testing.T) {
	if _, err := Table(strings.NewReader("PASS\nok  \tx\t0.1s\n")); err == nil {
		t.Error("Table of no results gave no error")
	}
}

func TestReplaceKeepsWhatIsAround(t *testing.T) {
	doc := "before\n" + Begin + "\nold\n" + End + "\nafter\n"
	got, err := Replace([]byte(doc), []byte("new\n\n"))
	want := "before\n" + Begin + "\n\nnew\n\n" + End + "\nafter\n"
	if err != nil || string(got) != want {
		t.Errorf("Replace = %q, %v, want %q", got, err, want)
	}
	again, err := Replace(got, []byte("new"))
	if err != nil || !bytes.Equal(again, got) {
		t.Errorf("Replace again = %q, %v, want the same", again, err)
	}
	for _, doc := range []string{"", Begin, End, End + Begin} {
		if _, err := Replace([]byte(doc), nil); err == nil {
			t.Errorf("Replace in %q gave no error", doc)
		}
	}
}

func TestNumber(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 1: "1.00", 0.01234: "0.0123", 0.00001234: "0.0000", 12.34: "12.3", 999: "999", 999.7: "1,000",
		1234: "1,230", 3418429: "3,420,000", -1234: "-1,230"} {
		if got := number(v); got != want {
			t.Errorf("number(%v) = %s, want %s", v, got, want)
		}
	}
}

// A figure that was not measured must not look like one that met its target, nor like one that missed it.
func TestWhatIsMissingIsShownAsMissing(t *testing.T) {
	got, err := Table(strings.NewReader("BenchmarkJudge/job=identity 1 2000000 events/s\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| **2,000,000 events/s** missed | ≥ 3,000,000 events/s |", "| rate error, null producer | – ppm | ≤ 10.0 ppm |",
		"### Driver against ProducerPerformance\n\nNot measured.\n",
		"- oracle, job `identity`, one core: 2,000,000 events/s, target ≥ 3,000,000 events/s\n"} {
		if !strings.Contains(string(got), want) {
			t.Errorf("the table lacks %q:\n%s", want, got)
		}
	}
	if n := strings.Count(string(got), "\n- "); n != 1 {
		t.Errorf("%d figures missed, want one:\n%s", n, got)
	}
}
