package process

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// tick is the unit of CPU times in /proc: USER_HZ, which is 100 on every architecture Go runs on.
const tick = time.Second / 100

// sample adds up the members of the child's group, or session, from /proc. Members that have ended count while nobody has
// waited for them; afterwards they count in the member that did.
func (p *Process) sample() Usage { return sample(p.pid, p.session) }

func sample(pid int, session bool) Usage {
	var u Usage
	var peak int64
	members := 0
	for _, st := range processes() {
		if session && st.session != pid || !session && st.group != pid {
			continue
		}
		u.CPU += st.cpu
		if st.zombie {
			continue
		}
		members++
		u.RSS += st.rss
		u.Threads += st.threads
		peak = max(peak, peakRSS(st.pid))
	}
	u.RSSPeak = max(u.RSS, peak)
	if members == 1 {
		u.RSSPeak = peak // exact; RSS of /proc/PID/stat may run ahead of it by some pages
	}
	return u
}

// groupLives reports a member of the group that is not a zombie.
func groupLives(pid int) bool {
	if syscall.Kill(-pid, 0) != nil {
		return false
	}
	return slices.ContainsFunc(processes(), func(st stat) bool { return st.group == pid && !st.zombie })
}

// stat is what is used of /proc/PID/stat.
type stat struct {
	pid, parent    int
	group, session int
	zombie         bool
	cpu            time.Duration // user and system, children it waited for included
	rss            int64         // bytes
	threads        int
}

// processes reads all processes that can be read. One that ends meanwhile is left out.
func processes() []stat {
	names, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil
	}
	all := make([]stat, 0, len(names))
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		if st, ok := parseStat(b); ok {
			all = append(all, st)
		}
	}
	return all
}

// parseStat reads a line of proc_pid_stat(5). The program's name, in brackets, may hold spaces and brackets.
func parseStat(b []byte) (st stat, ok bool) {
	open, end := bytes.IndexByte(b, '('), bytes.LastIndexByte(b, ')')
	if open < 1 || end < open {
		return stat{}, false
	}
	f := bytes.Fields(b[end+1:]) // f[0] is field 3 of the manual
	if len(f) < 22 {
		return stat{}, false
	}
	n := func(field int) int64 {
		v, err := strconv.ParseInt(string(f[field-3]), 10, 64)
		ok = ok && err == nil
		return v
	}
	ok = true
	pid, err := strconv.Atoi(string(bytes.TrimSpace(b[:open])))
	st = stat{pid: pid, parent: int(n(4)), group: int(n(5)), session: int(n(6)), zombie: f[0][0] == 'Z' || f[0][0] == 'X',
		cpu: time.Duration(n(14)+n(15)+n(16)+n(17)) * tick, threads: int(n(20)), rss: n(24) * int64(os.Getpagesize())}
	return st, ok && err == nil
}

// peakRSS is VmHWM of /proc/PID/status in bytes; 0 for a process that has ended.
func peakRSS(pid int) int64 {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0
	}
	return kibField(b, "VmHWM:")
}

// kibField reads a line "Name:   123 kB" and gives bytes; 0 if there is none.
func kibField(b []byte, name string) int64 {
	for line := range bytes.Lines(b) {
		rest, found := bytes.CutPrefix(line, []byte(name))
		if !found {
			continue
		}
		f := bytes.Fields(rest)
		if len(f) == 0 {
			return 0
		}
		v, _ := strconv.ParseInt(string(f[0]), 10, 64)
		return v << 10
	}
	return 0
}

// KillChildren sends SIGKILL to everything below this process, detached children included, and does not wait. It is for a
// program's last instant: dying with the parent reaches children only, not theirs. After Subreap orphans are below it, too.
func KillChildren() {
	all, parent := processes(), map[int]int{}
	for _, st := range all {
		parent[st.pid] = st.parent
	}
	for _, st := range all {
		switch {
		case st.zombie || !below(st.pid, os.Getpid(), parent):
		case st.group == st.pid: // it leads a group: the group is no other's
			killGroup(st.pid)
		default:
			_ = syscall.Kill(st.pid, syscall.SIGKILL)
		}
	}
}

// Running lists the processes below ancestor whose command line holds text, and not without unless that is empty; those that
// only wrap another such one, one below them, are left out. A command line is the program and its arguments, with spaces between.
func Running(ancestor int, text, without string) []int {
	parent := map[int]int{}
	found := map[int]bool{}
	for _, st := range processes() {
		parent[st.pid] = st.parent
		b, err := os.ReadFile("/proc/" + strconv.Itoa(st.pid) + "/cmdline")
		line := string(bytes.ReplaceAll(b, []byte{0}, []byte{' '}))
		found[st.pid] = err == nil && !st.zombie && strings.Contains(line, text) && (without == "" || !strings.Contains(line, without))
	}
	wraps := map[int]bool{}
	for pid := range found {
		if found[pid] {
			wraps[parent[pid]] = true
		}
	}
	var pids []int
	for pid := range found {
		if found[pid] && !wraps[pid] && below(pid, ancestor, parent) {
			pids = append(pids, pid)
		}
	}
	return pids
}

func below(pid, ancestor int, parent map[int]int) bool {
	for range parent { // no way is longer; ids that were given anew meanwhile could close a circle
		next, ok := parent[pid]
		if !ok {
			return false
		}
		if pid = next; pid == ancestor {
			return true
		}
	}
	return false
}

// Tagged lists the processes whose environment holds entry, such as "SG_RUN=1234", as far as it can be read: what a run
// left behind when its harness was killed. This process is not listed.
func Tagged(entry string) []int {
	var pids []int
	for _, st := range processes() {
		if st.zombie || st.pid == os.Getpid() {
			continue
		}
		b, err := os.ReadFile("/proc/" + strconv.Itoa(st.pid) + "/environ")
		if err != nil {
			continue
		}
		for kv := range bytes.SplitSeq(b, []byte{0}) {
			if string(kv) == entry {
				pids = append(pids, st.pid)
				break
			}
		}
	}
	return pids
}

// Orphans lists what lives on although the program was killed whose child started it: dying with the parent reaches children only.
// Of those it gives the ones with an environment entry that begins with one of prefixes, such as "SG_RUN=". Processes of other
// users cannot be read.
func Orphans(prefixes ...string) []Orphan {
	var all []Orphan
	ids, err := os.Readlink("/proc/self/ns/pid")
	if err != nil {
		return nil
	}
	for _, st := range processes() {
		if its, err := os.Readlink("/proc/" + strconv.Itoa(st.pid) + "/ns/pid"); err != nil || its != ids {
			continue // it is in a container, where its owner has another id
		}
		b, err := os.ReadFile("/proc/" + strconv.Itoa(st.pid) + "/environ")
		if err != nil || st.zombie || !orphaned(b, prefixes) {
			continue
		}
		b, _ = os.ReadFile("/proc/" + strconv.Itoa(st.pid) + "/cmdline") // without it the id alone is told
		line := bytes.TrimSpace(bytes.ReplaceAll(b, []byte{0}, []byte{' '}))
		all = append(all, Orphan{PID: st.pid, Command: string(line[max(0, len(line)-shownCommand):])})
	}
	return all
}

// shownCommand is how much of a command line tells what it is: those of Java are long, and begin all alike.
const shownCommand = 100

// orphaned tells whether an environment has an entry of one of prefixes, and an owner which does not run any more.
func orphaned(environ []byte, prefixes []string) bool {
	wanted, gone := false, false
	for kv := range bytes.SplitSeq(environ, []byte{0}) {
		wanted = wanted || slices.ContainsFunc(prefixes, func(p string) bool { return bytes.HasPrefix(kv, []byte(p)) })
		value, found := bytes.CutPrefix(kv, []byte(ownerKey))
		id, mark, ok := bytes.Cut(value, []byte{'/'})
		if owner, err := strconv.Atoi(string(id)); found && ok && err == nil && len(mark) > 0 {
			gone = Mark(owner) != string(mark)
		}
	}
	return wanted && gone
}
