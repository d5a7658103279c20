package harness

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/process"
	"github.com/streamgauge/streamgauge/harness/result"
	"github.com/streamgauge/streamgauge/harness/scenario"
)

// preflight finds out what would make the run fail before anything is started. What is too small for it is told all at once: limits
// of engines and of a broker that runs already, memory and disk.
func (r *run) preflight(ctx context.Context) error {
	var wrong []error
	var small []limit
	for _, in := range r.instances() {
		own := r.own(in.label)
		wrong = append(wrong, own.impossible(in)...)
		small = append(small, own.engineLimits(in)...)
	}
	if len(wrong) > 0 {
		for _, l := range small {
			wrong = append(wrong, l)
		}
		return &Error{FaultUsage, errors.Join(wrong...), "streamgauge engine list --json shows what each engine can do; a command is a program" +
			" on the PATH, or a path from here"}
	}
	r.forgotten()
	return errors.Join(r.tooSmall(FaultUsage, small), r.checkBroker(ctx), r.checkMemory(), r.checkDisk())
}

// impossible lists what an engine cannot do, however large its limits are.
func (r *run) impossible(in instance) (problems []error) {
	add := func(err error) {
		if err != nil {
			problems = append(problems, fmt.Errorf("engine %s: %w", in.label, err))
		}
	}
	if in.desc.Name == "" {
		add(fmt.Errorf("unknown engine %q", in.settings.Engine))
	}
	if len(in.settings.Command) > 0 {
		if _, err := exec.LookPath(in.settings.Command[0]); err != nil {
			add(fmt.Errorf("its command: %w", err))
		}
	}
	if where := in.settings.Deploy; where != "" && in.desc.Name != "" && !slices.Contains(in.desc.Deployments, where) {
		add(fmt.Errorf("deploy %s is not supported by %s (%s)", where, in.desc.Name, strings.Join(in.desc.Deployments, ", ")))
	}
	add(r.checkStoreOf(in))
	add(r.checkEngine(in))
	return problems
}

// checkEngine asks an engine that has something to say whether it can do its part.
func (r *run) checkEngine(in instance) error {
	if in.desc.Check == nil {
		return nil
	}
	plan, err := r.foreseen(in)
	if err != nil {
		return err
	}
	return in.desc.Check(plan)
}

// foreseen is what of an instance's plan is known before anything is made.
func (r *run) foreseen(in instance) (engines.Plan, error) {
	options, err := in.options()
	p := engines.Plan{Instance: in.label, Engine: in.desc.Name, Job: *r.Scenario.Job, Partitions: r.Scenario.Broker.Partitions,
		Guarantee: r.guarantee(in), CommitIntervalMS: int64(in.settings.CommitInterval), BatchIntervalMS: int64(in.settings.BatchInterval),
		Parallelism: in.settings.Parallelism, Limits: engines.Limits{MaxRecordBytes: r.maxRecord()}, Options: options}
	if r.usesStore() {
		p.Store = &engines.Store{}
	}
	return p, err
}

// checkDisk refuses a run that would fill the disk: the estimate and a tenth more must be free.
func (r *run) checkDisk() error {
	dir := r.OutDir
	for dir != "." && dir != "/" {
		if _, err := os.Stat(dir); err == nil {
			break
		}
		dir = filepath.Dir(dir)
	}
	free, ok := freeBytes(dir)
	need := r.Scenario.Estimate().DiskBytes * 11 / 10
	if !ok || free >= need {
		return nil
	}
	return environment("make room, choose a folder on another disk with -o, or a lower --rate or --duration",
		fmt.Errorf("checking the disk: the run needs about %s in %s, where %s are free",
			scenario.Bytes(need), r.OutDir, scenario.Bytes(free)))
}

// freeBytes is what an ordinary user may still write below dir.
func freeBytes(dir string) (int64, bool) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return 0, false
	}
	return int64(st.Bavail) * int64(st.Bsize), true //nolint:unconvert // the types differ between systems
}

func hostOf(h process.Host) result.Host {
	return result.Host{Cores: h.Cores, MemoryBytes: h.MemoryBytes, OS: h.OS, Kernel: h.Kernel, CPUModel: h.CPUModel,
		ClockSource: h.ClockSource, Limits: h.Limits}
}

// enoughCores is the number of cores from which driver, broker and engine can run at the same time without waiting for each other; below, a
// trial is degraded. None is pinned to cores of its own, with however many: that none waited, cpu_pressure has to show.
const enoughCores = 4

// badges are the reasons for which every trial of this run is at most degraded.
func (r *run) badges() []string {
	var b []string
	if r.res.Broker.Kind == "embedded" {
		b = append(b, "embedded-broker")
	}
	if r.Scenario.Placement != scenario.Isolated && len(r.Scenario.Engines) > 1 {
		b = append(b, "side-by-side")
	}
	if r.cores() < enoughCores {
		b = append(b, "shared-cores")
	}
	return b
}

// cores is how many cores the run has: those that it may run on, or what a control group lets it use of them if that is less.
func (r *run) cores() float64 {
	cores := float64(r.res.Host.Cores)
	if quota, err := strconv.ParseFloat(r.res.Host.Limits["cpus"], 64); err == nil && quota > 0 {
		return min(cores, quota)
	}
	return cores
}

// prepareEngines brings what the run's engines need on this machine.
func (r *run) prepareEngines(ctx context.Context) error {
	if r.PrepareEngines == nil {
		return nil
	}
	var names []string
	for _, in := range r.instances() {
		if in.settings.Engine != scenario.External && !slices.Contains(names, in.settings.Engine) {
			names = append(names, in.settings.Engine)
		}
	}
	err := r.PrepareEngines(ctx, names, func(line string) { r.say("%s", line) })
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// howToStart tells how a trial's engine is started.
func (r *run) howToStart(ctx context.Context, t *trial) (engines.Launch, error) {
	if len(t.settings.Command) > 0 {
		return engines.Launch{Command: t.settings.Command}, nil
	}
	return r.EngineStart(ctx, t.plan)
}

// helloWithin is how long the trial's engine has until its first words: a virtual machine, or a program nobody knows, may
// take all the time to its readiness on a busy machine. 0: what an engine in Go has.
func (t *trial) helloWithin() time.Duration {
	if t.desc.Java > 0 || t.settings.Engine == scenario.External {
		return t.plan.ReadyWithin()
	}
	return 0
}
