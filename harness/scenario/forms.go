package scenario

import (
	"cmp"
	"slices"
	"strings"
)

// fitForm refuses a job whose readings cannot be written in the encoding that its encode names: two metrics at one path, say.
func (r *reading) fitForm() {
	j := r.scenario.Job
	if j == nil || !j.Recodes() || r.options.Fits == nil {
		return
	}
	if err := r.options.Fits(j.Form(), j.Reading.Written()); err != nil {
		r.problems = append(r.problems, r.positions.Problem("job", "job: "+r.scenario.JobName+" cannot write its readings as "+j.Form()+": "+
			strings.ReplaceAll(err.Error(), "\n", "; ")))
	}
}

// fitStream refuses a job whose readings cannot be written and read in the encodings of the stream, before anything is started: what
// loadSchema does where the messages have a schema of the user's.
func (r *reading) fitStream() {
	s := r.scenario
	if s.decode() == nil || r.options.Fits == nil || s.Stream.Schema != (Schema{}) {
		return
	}
	names := s.Stream.Encodings
	if len(names) == 0 {
		names = []string{s.Stream.Encoding}
	}
	seen := map[string]bool{}
	for _, full := range names {
		name, _, _ := strings.Cut(full, "+")
		if seen[name] || !slices.Contains(r.options.Encodings, name) { // validate reports one that there is not
			continue
		}
		seen[name] = true
		if err := r.options.Fits(name, s.Job.Reading); err != nil {
			r.problems = append(r.problems, r.positions.Problem("job", "job: "+s.JobName+" does not fit messages in "+name+": "+strings.ReplaceAll(err.Error(), "\n", "; ")))
		}
	}
}

// encodes checks that the engine's encode writes what the job's is to write.
func (v *validation) encodes(path string, e Engine, a Ability) {
	j, name := cmp.Or(e.Job, v.Job), cmp.Or(e.JobName, v.JobName)
	if j == nil || j.Form() == "" || e.Engine == Floor || a.Forms == nil || slices.Contains(a.Forms, j.Form()) || !slices.Contains(a.Operators, "encode") {
		return
	}
	v.badf(at(path), "%s does not write %s, as the encode of job %s asks; it writes %s. %s is written by %s",
		e.Engine, j.Form(), name, strings.Join(a.Forms, ", "), j.Form(), v.writers(j.Form()))
}

// writers names the engines whose encode writes a form.
func (v *validation) writers(form string) string {
	var names []string
	for name, a := range v.known {
		if slices.Contains(a.Forms, form) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return strings.Join(append(names, "programs of your own"), ", ")
}
