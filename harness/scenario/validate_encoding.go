package scenario

import (
	"cmp"
	"slices"
	"strings"

	"github.com/streamgauge/streamgauge/harness/job"
)

// decode is the job's decode operator; nil: it has none.
func (s *Scenario) decode() *job.Decode {
	if s.Job == nil {
		return nil
	}
	for _, stage := range s.Job.Stages {
		for _, o := range stage.Do {
			if o.Decode != nil {
				return o.Decode
			}
		}
	}
	return nil
}

// encoding checks the stream's encoding: one that there is, followed by a compression or not, and the job's own.
func (v *validation) encoding() {
	const path = "stream.encoding"
	v.encodingName(path, v.Stream.Encoding)
	v.eachEncoding()
	if d := v.decode(); d != nil && d.Encoding != "" && d.Encoding != v.Stream.Encoding {
		v.badf(at(path, "stream", "job"), "%s; job %s decodes %s", v.Stream.Encoding, v.JobName, d.Encoding)
	}
	if v.Stream.Pad > 0 && (v.Stream.Encoding != DefaultEncoding || len(v.Stream.Encodings) > 0) {
		v.badf(at("stream.pad", path), "%s; only messages in %s take a filler", v.Stream.Pad, DefaultEncoding)
	}
}

// encodingName checks the name of an encoding, which may be followed by a compression.
func (v *validation) encodingName(path, full string) {
	name, packing, packed := strings.Cut(full, "+")
	if v.encodings == nil {
		return
	}
	v.oneOf(path, name, v.encodings...)
	if packed {
		v.oneOf(path, packing, v.packings...)
	}
}

// decodes checks that the engine's decode reads the stream's encoding.
func (v *validation) decodes(path string, e Engine, a Ability) {
	if v.decode() == nil || e.Engine == Floor || a.Encodings == nil {
		return
	}
	if a.JVM && v.Stream.Schema.File != "" {
		v.badf(at(path, "stream.schema"), "%s cannot read messages by a schema of yours: its decoders, in Java, know the one that is derived from the job's reading. "+
			"tuple, microbatch and programs of your own can", e.Engine)
	}
	key := "stream.encoding"
	if e.Encoding != "" {
		key = "stream.encodings"
	}
	for part := range strings.SplitSeq(cmp.Or(e.Encoding, v.Stream.Encoding), "+") {
		there := v.encodings == nil || slices.Contains(v.encodings, part) || slices.Contains(v.packings, part) // else encoding reports it
		if there && !slices.Contains(a.Encodings, part) {
			v.badf(at(path, key), "%s does not decode %s; it decodes %s", e.Engine, part, strings.Join(a.Encodings, ", "))
		}
	}
}
