package process

import "time"

// Host describes the machine for a report. Fields that cannot be read are zero.
type Host struct {
	Cores       int   // that this process may use: affinity counts, a CPU quota does not (see Limits)
	MemoryBytes int64 // of the machine
	OS          string
	Kernel      string
	CPUModel    string
	ClockSource string
	Limits      map[string]string // control group limits that bind, by name: "cpus", "memory_bytes", and "cgroup": "v1" or "v2"
}

// HostSample is the state of the machine at one instant. Fields that cannot be read are zero.
type HostSample struct {
	Load1           float64       // run queue, mean over a minute
	CPUPressure10   float64       // percent of the last 10 s in which some task waited for a core; negative if unknown
	CPUStalled      time.Duration // the same since boot, as CPUPressure gives it
	CPUBusy         time.Duration // of all cores since boot
	CPUStolen       time.Duration // of all cores since boot, taken by the hypervisor
	MemoryAvailable int64         // bytes
}
