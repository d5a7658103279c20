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
