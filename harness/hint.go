package harness

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/cluster"
	"github.com/streamgauge/streamgauge/harness/scenario"
	"github.com/streamgauge/streamgauge/harness/subject"
)

// MachineErrors lists errors of the system that are the machine's fault wherever they turn up: disks that are full, read-only or
// broken, rights and limits.
func MachineErrors() []syscall.Errno {
	return []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT, syscall.EROFS, syscall.EIO, syscall.EFBIG, syscall.EACCES, syscall.EPERM,
		syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM}
}

// notStarted says whose fault it is that an engine could not be started: what ended before its hello is the engine's, and what
// the system refused is not. s shows what it logged.
func (b *blockRun) notStarted(t *trial, s *subject.Subject, err error) *Error {
	refused := func(e syscall.Errno) bool { return errors.Is(err, e) }
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return &Error{FaultEnvironment, err, "run it again: other ports will be taken"}
	case errors.Is(err, engines.ErrOtherState), slices.ContainsFunc(MachineErrors(), refused):
		return &Error{FaultEnvironment, err, "look at the disk, at rights and at limits: streamgauge doctor"}
	}
	hint := b.logHint(t, s)
	if errors.Is(err, cluster.ErrNotReady) || errors.Is(err, subject.ErrNoHello) {
		hint = "what needs longer to start needs deadlines.ready in the scenario; " + hint
	}
	return &Error{FaultEngine, err, hint}
}

// logHint shows a person what an engine wrote last, where most say why they fail, and what to do if it ran out of something.
func (b *blockRun) logHint(t *trial, s *subject.Subject) string {
	end, short := s.LogEnd(), s.Shortage()
	hint := "its log ends:\n  " + strings.ReplaceAll(end, "\n", "\n  ")
	if end == "" {
		hint = "it logged nothing else; streamgauge engine check runs an engine through scripts that show what it does wrong"
	}
	switch {
	case short.Heap:
		hint = fmt.Sprintf("it ran out of memory: give it more, such as --set engines.%s.heap=%s; %s says %q; %s", t.label, b.moreHeap(t), short.Log, short.Text, hint)
	case short.Text != "":
		hint = fmt.Sprintf("the machine had too little memory, or too few threads, for it: run less at once; %s says %q; %s", short.Log, short.Text, hint)
	case strings.Contains(end, "No space left on device"):
		hint = "make room on the disk, or choose a folder on another one with -o; " + hint
	}
	return hint
}

// unreadyHint tells what to do about engines that did not answer in time. Workers of a cluster may have run out of memory again
// and again, which ends no engine.
func (b *blockRun) unreadyHint() string {
	for _, t := range b.trials {
		if t.life.ready.IsZero() && t.subject.Shortage().Text != "" {
			return b.logHint(t, t.subject)
		}
	}
	return "look into the logs in " + b.trials[0].plan.LogDir + "; an engine that needs longer to start needs deadlines.ready in the scenario"
}

// moreHeap is a heap to try after one that was too small: twice as large, in whole GB, and at least two.
func (b *blockRun) moreHeap(t *trial) scenario.Bytes {
	have := int64(t.settings.Heap)
	if b.Heap != nil && t.desc.Java > 0 {
		have = b.Heap(t.settings.Engine, have, b.maxRecord())
	}
	const gb = 1e9
	return scenario.Bytes(max(2*gb, (2*have+gb-1)/gb*gb))
}
