package process

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// ownerKey names the process that started a child, in the environment of the child and of all below it.
const ownerKey = "SG_OWNER="

// Orphan is a process that lives on below nobody, although the program was killed whose child started it.
type Orphan struct {
	PID     int
	Command string // the end of its command line
}

// owned gives an environment with this process as the owner; a detached child has none.
func owned(env []string, detached bool) []string {
	if detached {
		return slices.DeleteFunc(env, func(entry string) bool { return strings.HasPrefix(entry, ownerKey) })
	}
	return append(env, fmt.Sprintf("%s%d/%s", ownerKey, os.Getpid(), Mark(os.Getpid())))
}

// without leaves names out of an environment.
func without(env, names []string) []string {
	return slices.DeleteFunc(env, func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return slices.Contains(names, name)
	})
}
