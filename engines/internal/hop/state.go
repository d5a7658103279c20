package hop

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/zeebo/xxh3"

	"github.com/streamgauge/streamgauge/harness/whole"
)

// A state file holds the state of one stage and input partition as of an offset:
//
//	0  4 bytes "sgs1"
//	4  i64 offset of the first record that is not in the state, little endian
//	12 u64 xxh3-64 of the state
//	20 the state
//
// It is written only when that offset has been committed. So a restart finds state that is never ahead of the committed
// offset, and catches up by reading the records in between again without emitting anything.
const (
	stateMagic  = "sgs1"
	stateHeader = 20
)

// StateFile is where the state of one stage and input partition is kept.
type StateFile struct{ path string }

// StateFile names the file of a stage and partition in the plan's state folder.
func (c *Cluster) StateFile(stage int, partition int32) StateFile {
	name := fmt.Sprintf("stage-%d-partition-%d.state", stage, partition)
	return StateFile{filepath.Join(c.session.Plan.StateDir, name)}
}

// Save replaces the file at once.
func (f StateFile) Save(offset int64, state []byte) error {
	b := make([]byte, 0, stateHeader+len(state))
	b = append(b, stateMagic...)
	b = binary.LittleEndian.AppendUint64(b, uint64(offset))
	b = binary.LittleEndian.AppendUint64(b, xxh3.Hash(state))
	return WriteFile(f.path, append(b, state...))
}

// Load reads the file. ok is false if there is none. Errors: the file is damaged.
func (f StateFile) Load() (offset int64, state []byte, ok bool, err error) {
	b, err := os.ReadFile(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil, false, nil
	}
	if err != nil {
		return 0, nil, false, fmt.Errorf("reading state: %w", err)
	}
	if len(b) < stateHeader || string(b[:4]) != stateMagic || binary.LittleEndian.Uint64(b[12:]) != xxh3.Hash(b[stateHeader:]) {
		return 0, nil, false, fmt.Errorf("reading state %s: damaged; remove it and all state is read from the topics again", f.path)
	}
	return int64(binary.LittleEndian.Uint64(b[4:])), b[stateHeader:], true, nil
}

// Restore hands the saved state to restore, if there is some that does not run ahead of the committed offset, and gives the
// offset from which records are to be read again: 0 without state.
func (f StateFile) Restore(committed int64, restore func([]byte) error) (from int64, err error) {
	offset, state, ok, err := f.Load()
	if err != nil || !ok || offset > committed {
		return 0, err
	}
	return offset, restore(state)
}

// WriteFile is whole.WriteFile with the folder made: a restart after a kill sees the old content or the new.
func WriteFile(path string, b []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	if err := whole.WriteFile(path, b); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}
