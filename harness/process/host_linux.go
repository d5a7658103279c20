package process

import (
	"bytes"
	"io/fs"
	"os"
	"path"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// ReadHost reads the machine's description. It never fails: what cannot be read is missing.
func ReadHost() Host { return readHost(os.DirFS("/")) }

func readHost(root fs.FS) Host {
	h := Host{Cores: runtime.NumCPU(), OS: runtime.GOOS + "/" + runtime.GOARCH, Limits: limits(root)}
	mem, _ := fs.ReadFile(root, "proc/meminfo")
	h.MemoryBytes = kibField(mem, "MemTotal:")
	h.Kernel = text(root, "proc/sys/kernel/osrelease")
	h.ClockSource = text(root, "sys/devices/system/clocksource/clocksource0/current_clocksource")
	cpu, _ := fs.ReadFile(root, "proc/cpuinfo")
	for line := range strings.Lines(string(cpu)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			h.CPUModel = strings.TrimSpace(value)
			break
		}
	}
	return h
}

// text is a file's content without white space around it, or nothing.
func text(root fs.FS, name string) string {
	b, _ := fs.ReadFile(root, name)
	return strings.TrimSpace(string(b))
}

// limits reads the control groups this process is in, from version 2 or 1, whichever holds the controllers. The tightest
// limit on the way up to the root counts.
func limits(root fs.FS) map[string]string {
	m := map[string]string{}
	for line := range strings.Lines(text(root, "proc/self/cgroup")) {
		f := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(f) != 3 {
			continue
		}
		switch {
		case f[1] == "" && exists(root, "sys/fs/cgroup/cgroup.controllers"):
			m["cgroup"] = "v2"
			limitsV2(root, f[2], m)
		case strings.Contains(","+f[1]+",", ",cpu,"):
			m["cgroup"] = "v1"
			limitsV1CPU(root, f[2], m)
		case f[1] == "memory":
			m["cgroup"] = "v1"
			limitsV1Memory(root, f[2], m)
		}
	}
	return m
}

func exists(root fs.FS, name string) bool {
	_, err := fs.Stat(root, name)
	return err == nil
}

// upwards lists the folder of a group under mount and those of its ancestors. In a container the group's own path may
// not exist below the mount, which then shows the container's group as its root.
func upwards(mount, group string) []string {
	var dirs []string
	for g := path.Clean("/" + group); ; g = path.Dir(g) {
		dirs = append(dirs, path.Join(mount, g))
		if g == "/" {
			return dirs
		}
	}
}

func limitsV2(root fs.FS, group string, m map[string]string) {
	for _, dir := range upwards("sys/fs/cgroup", group) {
		if quota, period, ok := strings.Cut(text(root, dir+"/cpu.max"), " "); ok {
			lowerCPU(m, quota, period)
		}
		lowerMemory(m, text(root, dir+"/memory.max"))
	}
}

func limitsV1CPU(root fs.FS, group string, m map[string]string) {
	for _, mount := range []string{"sys/fs/cgroup/cpu", "sys/fs/cgroup/cpu,cpuacct"} {
		for _, dir := range upwards(mount, group) {
			lowerCPU(m, text(root, dir+"/cpu.cfs_quota_us"), text(root, dir+"/cpu.cfs_period_us"))
		}
	}
}

func limitsV1Memory(root fs.FS, group string, m map[string]string) {
	for _, dir := range upwards("sys/fs/cgroup/memory", group) {
		lowerMemory(m, text(root, dir+"/memory.limit_in_bytes"))
	}
}

// lowerCPU takes a quota of quota µs in each period µs; "max" and -1 are none.
func lowerCPU(m map[string]string, quota, period string) {
	q, err1 := strconv.ParseFloat(quota, 64)
	p, err2 := strconv.ParseFloat(period, 64)
	if err1 != nil || err2 != nil || q <= 0 || p <= 0 {
		return
	}
	if had, err := strconv.ParseFloat(m["cpus"], 64); err != nil || q/p < had {
		m["cpus"] = strconv.FormatFloat(q/p, 'g', -1, 64)
	}
}

// noMemoryLimit is above any real limit: version 1 says "none" with the highest multiple of the page size.
const noMemoryLimit = 1 << 62

func lowerMemory(m map[string]string, limit string) {
	v, err := strconv.ParseInt(limit, 10, 64)
	if err != nil || v >= noMemoryLimit {
		return
	}
	if had, err := strconv.ParseInt(m["memory_bytes"], 10, 64); err != nil || v < had {
		m["memory_bytes"] = limit
	}
}

// SampleHost reads the machine's state now. It never fails: what cannot be read is missing.
func SampleHost() HostSample { return sampleHost(os.DirFS("/")) }

func sampleHost(root fs.FS) HostSample {
	var s HostSample
	s.CPUPressure10, s.CPUStalled = pressure(root)
	s.Load1, _ = strconv.ParseFloat(first(text(root, "proc/loadavg")), 64)
	mem, _ := fs.ReadFile(root, "proc/meminfo")
	s.MemoryAvailable = kibField(mem, "MemAvailable:")
	all, _, _ := strings.Cut(text(root, "proc/stat"), "\n")
	for i, f := range strings.Fields(strings.TrimPrefix(all, "cpu ")) {
		v, _ := strconv.ParseInt(f, 10, 64)
		switch i {
		case 0, 1, 2, 5, 6: // user, nice, system, irq, softirq; 3 and 4 are idle, 8 and 9 are guests, counted in user
			s.CPUBusy += time.Duration(v) * tick
		case 7:
			s.CPUStolen = time.Duration(v) * tick
		}
	}
	return s
}

func first(s string) string {
	word, _, _ := strings.Cut(s, " ")
	return word
}

// CPUPressure is how long, since boot, some task was waiting for a core while it could have run; negative if the kernel
// does not say. The difference of two readings over their distance is the share of that time.
func CPUPressure() time.Duration {
	_, stalled := pressure(os.DirFS("/"))
	return stalled
}

// pressure reads the line "some avg10=1.17 avg60=2.55 avg300=1.30 total=19621647" (total in µs).
func pressure(root fs.FS) (avg10 float64, stalled time.Duration) {
	b, err := fs.ReadFile(root, "proc/pressure/cpu")
	line, _, _ := bytes.Cut(b, []byte{'\n'})
	rest, ok := strings.CutPrefix(string(line), "some ")
	if err != nil || !ok {
		return -1, -1
	}
	for f := range strings.FieldsSeq(rest) {
		if v, ok := strings.CutPrefix(f, "avg10="); ok {
			avg10, _ = strconv.ParseFloat(v, 64)
		}
		if v, ok := strings.CutPrefix(f, "total="); ok {
			us, _ := strconv.ParseInt(v, 10, 64)
			stalled = time.Duration(us) * time.Microsecond
		}
	}
	return avg10, stalled
}

// Spent is the processor time that this process has used so far, without its children: what Self has, at less than 1 µs.
func Spent() time.Duration {
	var ru unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_SELF, &ru)
	return time.Duration(ru.Utime.Nano() + ru.Stime.Nano())
}

// Self is what this process has used so far, without its children.
func Self() Usage {
	var ru unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_SELF, &ru)
	u := Usage{CPU: time.Duration(ru.Utime.Nano() + ru.Stime.Nano()), RSSPeak: ru.Maxrss << 10}
	if b, err := os.ReadFile("/proc/self/stat"); err == nil {
		st, _ := parseStat(b)
		u.RSS, u.Threads = st.rss, st.threads
	}
	return u
}
