// Package whole writes files that are there whole or not at all.
package whole

import "os"

// WriteFile replaces a file at once: a reader, and whoever comes after this process was killed, sees the old content or the new. It is
// written beside its place, as path with .part, of which an error leaves nothing. It is not forced to disk: what is to be survived is
// the end of the process, not of the machine. Two at a time must not write the same path. Errors: those of the file system.
func WriteFile(path string, b []byte) error {
	part := path + ".part"
	err := os.WriteFile(part, b, 0o644)
	if err == nil {
		err = os.Rename(part, path)
	}
	if err != nil {
		_ = os.Remove(part) // half of it is of no use, and takes room
	}
	return err
}
