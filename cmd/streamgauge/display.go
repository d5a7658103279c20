package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"golang.org/x/term"

	"github.com/streamgauge/streamgauge/harness"
	"github.com/streamgauge/streamgauge/reports"
)

// plainEvery is the distance between two progress lines where there is no terminal.
const plainEvery = 5 * time.Second

// display shows people where a run stands: one line that is written over on a terminal, otherwise a line at each phase and
// every few seconds. Safe for concurrent use.
type display struct {
	width func() int // of the terminal in columns; nil: none
	mu    struct {
		sync.Mutex
		w     io.Writer // nil: quiet
		open  bool      // a line without end stands on the terminal
		phase string
		next  time.Duration // of the phase, when the next plain line is due
	}
}

// newDisplay makes a display on standard error.
func (a *app) newDisplay(quiet bool) *display {
	d := &display{}
	if quiet {
		return d
	}
	d.mu.w = a.stderr
	if f, ok := a.stderr.(*os.File); ok && isTerminal(f) {
		d.width = func() int {
			if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
				return w
			}
			return 80
		}
	}
	return d
}

// say prints a line that stays.
func (d *display) say(text string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.mu.w == nil {
		return
	}
	d.clearLocked()
	fmt.Fprintln(d.mu.w, text)
}

// show prints progress.
func (d *display) show(p harness.Progress) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.mu.w == nil {
		return
	}
	line := progressLine(p)
	if d.width != nil {
		// One column stays free: a full line would wrap on some terminals and then not be written over.
		fmt.Fprint(d.mu.w, "\r\x1b[K"+cut(line, d.width()-1))
		d.mu.open = true
		return
	}
	if key := fmt.Sprint(p.Block, p.Phase); key != d.mu.phase {
		d.mu.phase, d.mu.next = key, 0
	}
	if p.Elapsed >= d.mu.next {
		fmt.Fprintln(d.mu.w, line)
		d.mu.next = p.Elapsed.Truncate(plainEvery) + plainEvery
	}
}

// close ends the line that is written over.
func (d *display) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.mu.w != nil {
		d.clearLocked()
	}
}

func (d *display) clearLocked() {
	if d.mu.open {
		fmt.Fprint(d.mu.w, "\r\x1b[K")
		d.mu.open = false
	}
}

// progressLine is `measure 12s/25s | tuple 4998/s p50 3ms p99 12ms backlog 0s ok | …`.
func progressLine(p harness.Progress) string {
	var b strings.Builder
	if p.Blocks > 1 {
		fmt.Fprintf(&b, "[%d/%d] ", p.Block, p.Blocks)
	}
	fmt.Fprintf(&b, "%s %s", p.Phase, p.Elapsed.Round(time.Second))
	if p.Total > 0 {
		fmt.Fprintf(&b, "/%s", p.Total.Round(time.Second))
	}
	for _, in := range p.Instances {
		fmt.Fprintf(&b, " | %s %.0f/s", in.Name, in.Rate)
		if in.P50 > 0 {
			fmt.Fprintf(&b, " p50 %s p99 %s", reports.Duration(float64(in.P50)), reports.Duration(float64(in.P99)))
		}
		if in.Backlog >= time.Second {
			fmt.Fprintf(&b, " behind %s", in.Backlog.Round(100*time.Millisecond))
		}
		if in.Verdict != "" {
			b.WriteString(" " + in.Verdict)
		}
	}
	return b.String()
}

// cut shortens text to n characters.
func cut(text string, n int) string {
	if n < 1 || utf8.RuneCountInString(text) <= n {
		return text
	}
	return string([]rune(text)[:n-1]) + "…"
}
