package process

import (
	"bytes"
	"fmt"
	"os"
	"strings"
)

// Mark identifies a running process beyond its id, which the system gives to others later: the boot and the instant
// within it at which the process started. It is empty when there is no such process or it has ended.
func Mark(pid int) string {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ""
	}
	st, ok := parseStat(b)
	if !ok || st.zombie {
		return ""
	}
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	f := bytes.Fields(b[bytes.LastIndexByte(b, ')')+1:])
	return strings.TrimSpace(string(boot)) + "/" + string(f[22-3])
}

// SessionUsage reads what the session of a process that was not started here has used so far: CPU time of all its members
// and what they waited for; RSSPeak as of now, not remembered.
func SessionUsage(pid int) Usage {
	return sample(pid, true)
}
