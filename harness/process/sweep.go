package process

import (
	"syscall"
	"time"
)

// How Sweep looks for processes.
const (
	sweepEvery = 20 * time.Millisecond // a killed one has so long to be gone
	sweepMost  = 50                    // times: one may start another while it is looked for
)

// Sweep ends by SIGKILL every process whose environment holds entry, as Tagged finds them, and returns once there is none: what
// got away from a child's group or session. entry must be of one child alone.
func Sweep(entry string) {
	for range sweepMost {
		pids := Tagged(entry)
		if len(pids) == 0 {
			return
		}
		for _, pid := range pids {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		time.Sleep(sweepEvery)
	}
}
