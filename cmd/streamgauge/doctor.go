package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/streamgauge/streamgauge/harness/process"
	"github.com/streamgauge/streamgauge/harness/scenario"
)

// finding is one thing doctor looked at.
type finding struct {
	ID    string `json:"id"`
	State string `json:"state"` // ok, note (works, but figures or features suffer), problem (a run fails)
	Text  string `json:"text"`
	Do    string `json:"do,omitempty"`
}

// What doctor asks for. The smallest disk holds first-light several times over.
const (
	leastDisk   = 2_000_000_000
	leastMemory = 2_000_000_000
	busyPercent = 10 // of the last 10 s in which some task waited for a core
	kafkaPort   = "9092"
)

func (a *app) doctorCommand() *cobra.Command {
	var asJSON bool
	var out string
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Look at this machine and say what would spoil a run",
		Example: `  streamgauge doctor
  streamgauge doctor --json`,
		Args: arguments(0, 0, ""),
		RunE: func(c *cobra.Command, _ []string) error {
			findings := a.parts.examine(c.Context(), out)
			if err := a.printFindings(findings, asJSON); err != nil {
				return err
			}
			for _, f := range findings {
				if f.State == "problem" {
					return environment(f.Do, errors.New(f.Text))
				}
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.Flags().StringVarP(&out, "output", "o", "runs", "folder that run folders will go to")
	return c
}

func (a *app) printFindings(findings []finding, asJSON bool) error {
	if asJSON {
		return a.printJSON(findings)
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	for _, f := range findings {
		fmt.Fprintf(w, "%s\t%s\t%s\n", f.State, f.ID, f.Text)
		if f.Do != "" {
			fmt.Fprintf(w, "\t\t  do: %s\n", f.Do)
		}
	}
	return w.Flush()
}

// examine looks at everything. It changes nothing, and starts nothing but `java -version`.
func (r *registry) examine(ctx context.Context, out string) []finding {
	host, now := process.ReadHost(), process.SampleHost()
	return []finding{
		cores(host), memory(host, now), disk(out), clock(host), pressure(now), limits(host), port(ctx),
		java(ctx), compiler(ctx), present(ctx, "mvn", "builds the JVM engines and fetches Kafka for --broker local", "install Maven 3.8 or newer"),
		r.installed(),
		present(ctx, "go", "builds streamgauge itself; a finished binary does not need it", "install Go 1.26 or newer"),
	}
}

func cores(h process.Host) finding {
	f := finding{ID: "cores", State: "ok", Text: fmt.Sprintf("%d usable, %s", h.Cores, orUnknown(h.CPUModel))}
	quota, err := strconv.ParseFloat(h.Limits["cpus"], 64)
	if h.Cores < 4 || err == nil && quota < 4 {
		f.State = "note"
		f.Text += ": engines, broker and driver share cores, so figures carry the badge shared-cores"
		f.Do = "use a machine with 4 cores or more for figures to be quoted"
	}
	return f
}

func memory(h process.Host, now process.HostSample) finding {
	if now.MemoryAvailable == 0 {
		return finding{ID: "memory", State: "note", Text: "unknown"}
	}
	f := finding{ID: "memory", State: "ok", Text: fmt.Sprintf("%s available of %s", scenario.Bytes(now.MemoryAvailable), scenario.Bytes(h.MemoryBytes))}
	if now.MemoryAvailable < leastMemory {
		f.State, f.Do = "note", "close other programs: a run with three engines takes about 1 GB, JVM engines 1 GB each"
	}
	return f
}

// disk looks at the file system that run folders will be on: that of the nearest folder that exists.
func disk(out string) finding {
	dir, err := filepath.Abs(out)
	for err == nil {
		if _, serr := os.Stat(dir); serr == nil || dir == filepath.Dir(dir) {
			break
		}
		dir = filepath.Dir(dir)
	}
	var st syscall.Statfs_t
	if err != nil || syscall.Statfs(dir, &st) != nil {
		return finding{ID: "disk", State: "note", Text: "unknown"}
	}
	free := int64(st.Bavail) * int64(st.Bsize)
	f := finding{ID: "disk", State: "ok", Text: fmt.Sprintf("%s free for %s", scenario.Bytes(free), out)}
	if free < leastDisk {
		f.State, f.Do = "problem", "make room, or choose a folder on another disk with -o"
	}
	return f
}

func clock(h process.Host) finding {
	f := finding{ID: "clock", State: "ok", Text: orUnknown(h.ClockSource)}
	switch h.ClockSource {
	case "hpet", "acpi_pm", "jiffies":
		f.State, f.Text = "note", h.ClockSource+": reading the clock takes microseconds"
		f.Do = "boot with clocksource=tsc if the machine's clock is stable"
	}
	return f
}

func pressure(now process.HostSample) finding {
	if now.CPUPressure10 < 0 {
		return finding{ID: "pressure", State: "note", Text: "the kernel does not tell how long tasks wait for cores (no PSI)"}
	}
	f := finding{ID: "pressure", State: "ok",
		Text: fmt.Sprintf("tasks waited for a core in %.0f%% of the last 10 s, load %.1f", now.CPUPressure10, now.Load1)}
	if now.CPUPressure10 > busyPercent {
		f.State, f.Do = "note", "stop other work before measuring"
	}
	return f
}

func limits(h process.Host) finding {
	f := finding{ID: "limits", State: "ok", Text: "no control group limit"}
	if cpus, ok := h.Limits["cpus"]; ok {
		f.State, f.Text = "note", "this control group may use "+cpus+" cores: throttling shows as latency"
		f.Do = "raise the quota above what the run uses"
	} else if bytes, ok := h.Limits["memory_bytes"]; ok {
		if n, err := strconv.ParseInt(bytes, 10, 64); err == nil && n < leastMemory {
			f.State, f.Text, f.Do = "note", "this control group may use "+scenario.Bytes(n).String(), "allow 2GB or more"
		}
	}
	return f
}

// port tells whether something answers on Kafka's own port: broker start would find it taken, --broker can use it.
func port(ctx context.Context) finding {
	dialer := net.Dialer{Timeout: time.Second}
	conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort("localhost", kafkaPort))
	if err != nil {
		return finding{ID: "port", State: "ok", Text: kafkaPort + " is free"}
	}
	_ = conn.Close()
	return finding{ID: "port", State: "note", Text: "something listens on " + kafkaPort + "; runs do not need that port",
		Do: "if it is a Kafka to be used: streamgauge run --broker localhost:" + kafkaPort}
}

// present tells whether an optional program is there.
func present(ctx context.Context, name, use, do string) finding {
	path, err := exec.LookPath(name)
	if err != nil || ctx.Err() != nil {
		return finding{ID: name, State: "note", Text: "not found: " + use, Do: do}
	}
	return finding{ID: name, State: "ok", Text: path}
}

func orUnknown(text string) string {
	if text == "" {
		return "unknown"
	}
	return text
}
