package scenario

import (
	"fmt"
	"strings"
)

// loadSchema puts a user's own schema into the job's reading, and holds the reading's paths against it.
func (r *reading) loadSchema() {
	const path = "stream.schema"
	s := r.scenario
	if s.Stream.Schema == (Schema{}) || s.Job == nil {
		return
	}
	bad := func(at, format string, args ...any) {
		r.problems = append(r.problems, r.positions.Problem(at, at+": "+fmt.Sprintf(format, args...)))
	}
	encoding, _, _ := strings.Cut(s.Stream.Encoding, "+")
	switch {
	case s.Stream.Schema.File == "":
		bad(path+".message", "goes with file: the schema that has the message")
		return
	case len(s.Stream.Encodings) > 0:
		bad(path, "is that of one encoding: write stream.encoding in place of stream.encodings")
		return
	case s.decode() == nil:
		bad(path, "job %s does not look into messages: it has no decode", s.JobName)
		return
	case r.options.ReadSchema == nil:
		bad(path, "no schemas are read here")
		return
	}
	s.Stream.Schema.File = relativeTo(r.folder(), s.Stream.Schema.File)
	schema, err := r.options.ReadSchema(encoding, s.Stream.Schema, r.options.ReadFile)
	if err != nil {
		bad(path+".file", "%v", err)
		return
	}
	s.Job.Reading.Schema = schema
	if err := r.options.Fits(encoding, s.Job.Reading); err != nil {
		bad(path+".file", "job %s does not fit %s: %s", s.JobName, schema.Files[0].Name, strings.ReplaceAll(err.Error(), "\n", "; "))
	}
}
