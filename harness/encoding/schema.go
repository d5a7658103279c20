package encoding

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/streamgauge/streamgauge/harness/job"
)

// Schemed is a format whose messages can have a schema of the user's (job.Reading.Schema) in place of the one that is derived
// from the job's reading.
type Schemed interface {
	// ReadSchema reads the schema in a file, and the files that it imports, by read. message names the type of the messages where
	// the file has several. Errors: those of read; the file is no schema; it has no such message, or several and none is named.
	ReadSchema(file, message string, read func(path string) ([]byte, error)) (*job.Schema, error)
}

// Misfit says that a schema has no place for a field of the reading, or one of another type.
func Misfit(r job.Reading, field int, format string, args ...any) error {
	path := r.Device
	if field == Time {
		path = r.Time.Path
	} else if field >= Metrics {
		path = r.Metrics[r.Names()[field-Metrics]].Path
	}
	return fmt.Errorf("%s: path %q: %w", title(r, field), path, fmt.Errorf(format, args...))
}

// title is what a field is called in errors.
func title(r job.Reading, field int) string {
	switch field {
	case Device:
		return "device"
	case Time:
		return "time"
	}
	return "metric " + r.Names()[field-Metrics]
}

// MisfitAll says the same of every field at or below a place of the reading.
func MisfitAll(r job.Reading, s *Shape, format string, args ...any) error {
	if s.Field != Nowhere {
		return Misfit(r, s.Field, format, args...)
	}
	var errs []error
	for _, m := range s.Members {
		errs = append(errs, MisfitAll(r, m, format, args...))
	}
	return errors.Join(errs...)
}

// Listed names what there is, for an error: at most ten of them.
func Listed(names []string) string {
	const most = 10
	if len(names) == 0 {
		return "nothing"
	}
	if more := len(names) - most; more > 0 {
		return strings.Join(slices.Clone(names[:most]), ", ") + fmt.Sprintf(" and %d more", more)
	}
	return strings.Join(names, ", ")
}
