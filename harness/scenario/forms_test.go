package scenario

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/streamgauge/streamgauge/harness/job"
)

// readForm reads plain with a job whose encode writes a form, for engines of which tuple writes csv and farm does not.
func readForm(form string, fits func(string, job.Reading) error) (*Scenario, error) {
	f := files()
	f["jobs/win.yaml"] = &fstest.MapFile{Data: []byte(strings.Replace(windowJob, "canonical-json", form, 1))}
	f["mine.yaml"] = &fstest.MapFile{Data: []byte(strings.Replace(plain, "batch: {}", "farm: {}", 1))}
	k := known()
	tuple, farm := k["tuple"], k["farm"]
	tuple.Forms, farm.Forms = job.Forms(), []string{job.CanonicalJSON}
	k["tuple"], k["farm"] = tuple, farm
	return Read(Options{Name: "mine", Files: f, Known: k, Fits: fits})
}

func TestAnEngineThatDoesNotWriteTheFormIsRefused(t *testing.T) {
	if _, err := readForm(job.CanonicalJSON, nil); err != nil {
		t.Errorf("canonical-json: %v", err)
	}
	_, err := readForm("csv", nil)
	const want = "engines.farm: farm does not write csv, as the encode of job win asks; it writes canonical-json. csv is written by tuple, programs of your own"
	if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "engines.tuple") {
		t.Errorf("csv: %v, want %q alone", err, want)
	}
}

func TestAFormThatTheReadingDoesNotFitIsRefused(t *testing.T) {
	fits := func(form string, r job.Reading) error {
		if form != "avro" || r.Schema != nil {
			return nil
		}
		return errors.New("no name\nno other")
	}
	_, err := readForm("avro", fits)
	if want := "job: win cannot write its readings as avro: no name; no other"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %q", err, want)
	}
}
