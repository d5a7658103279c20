package engines

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrOtherState says that a state folder holds the state of another job.
var ErrOtherState = errors.New("it holds the state of another job")

// Claim marks the plan's state folder as this job's, by a file beside it, and refuses one that has another's mark: an engine
// would go on from offsets of other topics, or read state that means something else. Errors: ErrOtherState; those of files.
func (p *Plan) Claim() error {
	if p.StateDir == "" {
		return nil
	}
	// Of the job what survives a plan file as it is: the harness and the engine both claim the folder.
	mark, err := json.Marshal(map[string]any{"job": p.Job.Name, "stages": len(p.Job.Stages), "topics": p.Topics, "partitions": p.Partitions, "prefix": p.Prefix,
		"engine": p.Engine, "guarantee": p.Guarantee})
	if err != nil {
		return fmt.Errorf("marking the state folder: %w", err)
	}
	file := filepath.Clean(p.StateDir) + ".job"
	had, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err = os.WriteFile(file, mark, 0o644); err != nil {
			return fmt.Errorf("marking the state folder: %w", err)
		}
		return nil
	case err != nil:
		return fmt.Errorf("reading the mark of the state folder: %w", err)
	case !bytes.Equal(had, mark):
		return fmt.Errorf("using the state folder %s: %w, as %s says: give this one a folder of its own, or remove both", p.StateDir, ErrOtherState, file)
	}
	return nil
}
