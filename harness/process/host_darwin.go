package process

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// ReadHost reads the machine's description. It never fails: what cannot be read is missing.
func ReadHost() Host {
	h := Host{Cores: runtime.NumCPU(), OS: runtime.GOOS + "/" + runtime.GOARCH, ClockSource: "mach_absolute_time", Limits: map[string]string{}}
	h.Kernel, _ = unix.Sysctl("kern.osrelease")
	h.CPUModel, _ = unix.Sysctl("machdep.cpu.brand_string")
	mem, _ := unix.SysctlUint64("hw.memsize")
	h.MemoryBytes = int64(mem)
	return h
}

// SampleHost reads the machine's state now: here, nothing but that it is unknown.
func SampleHost() HostSample { return HostSample{CPUPressure10: -1, CPUStalled: -1} }

// CPUPressure is negative: the kernel does not say.
func CPUPressure() time.Duration { return -1 }

// Spent is the processor time that this process has used so far, without its children.
func Spent() time.Duration {
	var ru unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_SELF, &ru)
	return time.Duration(ru.Utime.Nano() + ru.Stime.Nano())
}

// Self is what this process has used so far, without its children. RSS is the peak: there is no current figure.
func Self() Usage {
	var ru unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_SELF, &ru)
	return Usage{CPU: time.Duration(ru.Utime.Nano() + ru.Stime.Nano()), RSS: ru.Maxrss, RSSPeak: ru.Maxrss}
}
