package junit_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"testing"
	"time"

	"github.com/streamgauge/streamgauge/harness/result"
	"github.com/streamgauge/streamgauge/reports/junit"
	"github.com/streamgauge/streamgauge/reports/reportstest"
)

var update = flag.Bool("update", false, "write the goldens anew")

func render(t *testing.T, run *result.Run) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := junit.Render(&b, run); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func withRules(run *result.Run) *result.Run {
	run.Events = append(run.Events,
		result.Event{Trial: run.Trials[0].ID, Time: time.Unix(0, 0), Kind: "fail-if", Text: "p99>20ms: p99 is 31 ms"},
		result.Event{Time: time.Unix(0, 0), Kind: "fail-if-passed", Text: "duplicates>0: duplicates is 0"})
	return run
}

func TestGoldens(t *testing.T) {
	for _, name := range reportstest.Samples() {
		reportstest.Golden(t, name+".xml", render(t, reportstest.Sample(t, name)), *update)
	}
	reportstest.Golden(t, "rules.xml", render(t, withRules(reportstest.Sample(t, "side-by-side"))), *update)
}

type counts struct {
	Suites []struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Errors   int `xml:"errors,attr"`
		Cases    []struct {
			Failure *struct{} `xml:"failure"`
			Error   *struct{} `xml:"error"`
		} `xml:"testcase"`
	} `xml:"testsuite"`
}

func TestCountsAreThoseOfTheCases(t *testing.T) {
	for name, want := range map[string][3]int{"side-by-side": {5, 1, 0}, "isolated": {17, 1, 0}, "troubled": {8, 2, 4}} {
		var c counts
		if err := xml.Unmarshal(render(t, withRules(reportstest.Sample(t, name))), &c); err != nil {
			t.Fatal(err)
		}
		s := c.Suites[0]
		var got [3]int
		for _, tc := range s.Cases {
			got[0]++
			if tc.Failure != nil {
				got[1]++
			}
			if tc.Error != nil {
				got[2]++
			}
		}
		if said := [3]int{s.Tests, s.Failures, s.Errors}; said != got || got != want {
			t.Errorf("%s: the suite says %v, its cases are %v, want %v (tests, failures, errors)", name, said, got, want)
		}
	}
}

func TestAnyTextGivesWellFormedXML(t *testing.T) {
	run := reportstest.Hostile(t, "troubled", "]]></failure><x a=\"'&\x00\x1b\xff\ufffe")
	d := xml.NewDecoder(bytes.NewReader(render(t, withRules(run))))
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if s, ok := tok.(xml.StartElement); ok && s.Name.Local == "x" {
			t.Fatal("a text became an element")
		}
	}
}
