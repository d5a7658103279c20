package process

import (
	"errors"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Subreap makes this process the parent of orphans among its descendants, so that the CPU time of an engine's processes
// is accounted for and nothing escapes to init. A program calls it once, first thing.
func Subreap() error {
	return unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
}

func attributes(spec Spec) *syscall.SysProcAttr {
	if spec.Detached {
		return &syscall.SysProcAttr{Setsid: true}
	}
	return &syscall.SysProcAttr{Setsid: spec.NewSession, Setpgid: !spec.NewSession, Pdeathsig: syscall.SIGKILL}
}

// startLocked starts cmd from this goroutine, which stays locked to its thread until unlockThread. The child inherits the
// thread's affinity: so it is pinned before it counts the cores, as a JVM does at once.
func startLocked(cmd *exec.Cmd, cores []int) error {
	runtime.LockOSThread()
	if cores == nil {
		return cmd.Start()
	}
	var before, pinned unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		return os.NewSyscallError("sched_getaffinity", err)
	}
	for _, c := range cores {
		pinned.Set(c)
	}
	if err := unix.SchedSetaffinity(0, &pinned); err != nil {
		return os.NewSyscallError("sched_setaffinity", err)
	}
	err := cmd.Start()
	if e := unix.SchedSetaffinity(0, &before); e != nil && err == nil {
		// Only this goroutine's thread stays pinned; unlocking it would hand the pin on to others.
		return errors.Join(os.NewSyscallError("sched_setaffinity", e), cmd.Process.Kill(), cmd.Wait())
	}
	return err
}

func unlockThread() { runtime.UnlockOSThread() }

// waitUnreaped returns when the child has ended, and leaves it to be reaped.
func waitUnreaped(pid int) {
	for {
		var info unix.Siginfo
		if err := unix.Waitid(unix.P_PID, pid, &info, unix.WEXITED|unix.WNOWAIT, nil); !errors.Is(err, unix.EINTR) {
			return
		}
	}
}

func killGroup(pid int) { _ = syscall.Kill(-pid, syscall.SIGKILL) }

// reapGroup waits for members of a killed group that have become children of this process, and returns the CPU time that
// they used. Without Subreap there are none.
func reapGroup(pid int) time.Duration {
	var cpu time.Duration
	for {
		var ru syscall.Rusage
		_, err := syscall.Wait4(-pid, nil, 0, &ru)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil {
			return cpu
		}
		cpu += time.Duration(ru.Utime.Nano() + ru.Stime.Nano())
	}
}

// inheritedPeak is the most that the final account of a child started just now may have from this process, in bytes. A child
// shares this process's memory until it becomes its own program, and Linux carries that peak over into its ru_maxrss.
func inheritedPeak() int64 { return peakRSS(os.Getpid()) + countersBehind }

// countersBehind is more than the kernel's counts of memory, one for each core, may differ between two readings, in bytes.
const countersBehind = 4 << 20

// peakOf is the largest resident memory of one process of the child's, in bytes; up to inheritedPeak, maybe another's.
func peakOf(st *os.ProcessState) int64 {
	ru, ok := st.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	return ru.Maxrss << 10 // Linux counts KiB
}
