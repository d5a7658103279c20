package process

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Subreap does nothing here: only Linux has it.
func Subreap() error { return nil }

func attributes(spec Spec) *syscall.SysProcAttr {
	session := spec.NewSession || spec.Detached
	return &syscall.SysProcAttr{Setsid: session, Setpgid: !session}
}

// startLocked cannot pin here: the system has no call for it.
func startLocked(cmd *exec.Cmd, _ []int) error { return cmd.Start() }

func unlockThread() {}

// waitUnreaped returns when the child has ended, and leaves it to be reaped. Waitid is of no use here: it also returns
// for a child that was stopped.
func waitUnreaped(pid int) {
	kq, err := unix.Kqueue()
	if err != nil {
		return
	}
	defer unix.Close(kq)
	var ev [1]unix.Kevent_t
	unix.SetKevent(&ev[0], pid, unix.EVFILT_PROC, unix.EV_ADD|unix.EV_ONESHOT)
	ev[0].Fflags = unix.NOTE_EXIT
	for {
		// A child that has ended already cannot be watched: that is an error, and an answer.
		if _, err := unix.Kevent(kq, ev[:], ev[:], nil); !errors.Is(err, unix.EINTR) {
			return
		}
	}
}

func killGroup(pid int) { _ = syscall.Kill(-pid, syscall.SIGKILL) }

// reapGroup has nothing to wait for: without Subreap no member becomes a child of this process.
func reapGroup(int) time.Duration { return 0 }

// inheritedPeak is nothing here: a child's account begins with its program.
func inheritedPeak() int64 { return 0 }

// peakOf is the largest resident memory of one process of the child's, in bytes.
func peakOf(st *os.ProcessState) int64 {
	ru, ok := st.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	return ru.Maxrss // Darwin counts bytes
}

// sample cannot be had without the task port of the child.
func (p *Process) sample() Usage { return Usage{} }

// KillChildren sends SIGKILL to the groups of this process's children, detached ones included, and does not wait. It is for a program's
// last instant. What has left its child's group is not found here.
func KillChildren() {
	all, err := unix.SysctlKinfoProcSlice("kern.proc.all")
	if err != nil {
		return // those with a standard input see it end
	}
	for i := range all {
		pid := int(all[i].Proc.P_pid)
		if int(all[i].Eproc.Ppid) == os.Getpid() && int(all[i].Eproc.Pgid) == pid { // as each of them has its own
			killGroup(pid)
		}
	}
}

// Running finds nothing here: command lines of other processes are not read.
func Running(int, string, string) []int { return nil }

// Tagged finds nothing here: other processes' environments are not to be read.
func Tagged(string) []int { return nil }

// groupLives reports a member of the group; launchd reaps those that have ended.
func groupLives(pid int) bool { return syscall.Kill(-pid, 0) == nil }

// Orphans finds nothing here: other processes' environments are not to be read.
func Orphans(...string) []Orphan { return nil }
