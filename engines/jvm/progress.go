package jvm

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// progress tells people that a build goes on: what was fetched so far, every few seconds.
type progress struct {
	module string
	onDisk string // folder whose size tells how far it is; empty: none does
	say    func(format string, args ...any)
	began  time.Time
	end    chan struct{}
	done   sync.WaitGroup
	mu     struct {
		sync.Mutex
		step  string
		files int
		bytes float64
	}
}

// sayEvery is the time between two lines of progress.
const sayEvery = 5 * time.Second

func newProgress(module string, say func(string, ...any)) *progress {
	return &progress{module: module, say: say, began: time.Now(), end: make(chan struct{})}
}

func (p *progress) start(what string) {
	p.say("%s: %s", p.module, what)
	p.done.Go(func() {
		tick := time.NewTicker(sayEvery)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				p.say("%s: %s", p.module, p.text())
			case <-p.end:
				return
			}
		}
	})
}

func (p *progress) stop() {
	close(p.end)
	p.done.Wait()
}

func (p *progress) text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	text := p.mu.step + time.Since(p.began).Round(time.Second).String()
	if p.onDisk != "" {
		text += ", " + size(treeBytes(p.onDisk)) + " on disk"
	}
	if p.mu.files > 0 {
		text += fmt.Sprintf(", fetched %d files, %s", p.mu.files, size(int64(p.mu.bytes)))
	}
	return text
}

// treeBytes adds up the files below dir. What comes and goes meanwhile is left out.
func treeBytes(dir string) (n int64) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil
		}
		if info, err := d.Info(); err == nil {
			n += info.Size()
		}
		return nil
	})
	return n
}

// fetched is the line that Maven writes when it has a file: "Downloaded from central: https://…/a.jar (1.2 MB at 3 MB/s)".
var fetched = regexp.MustCompile(`Downloaded from \S+ \S+ \(([0-9.]+) (B|kB|MB|GB) at`)

// step is the line that Maven writes when it begins with something: "[INFO] --- compiler:3.13.0:compile (default) @ joblib ---".
var step = regexp.MustCompile(`--- \S+:([a-z-]+) (?:\(\S+\) )?@ (\S+) ---`)

// line notes what Maven does, and counts what it has fetched.
func (p *progress) line(text []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if m := step.FindSubmatch(text); m != nil {
		p.mu.step = fmt.Sprintf("%s of %s, ", m[1], m[2])
	}
	m := fetched.FindSubmatch(text)
	if m == nil {
		return
	}
	n, err := strconv.ParseFloat(string(m[1]), 64)
	if err != nil {
		return
	}
	p.mu.files++
	p.mu.bytes += n * map[string]float64{"B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9}[string(m[2])]
}

// size writes bytes for people.
func size(n int64) string {
	if n < 1e6 {
		return fmt.Sprintf("%d kB", (n+999)/1000)
	}
	return fmt.Sprintf("%d MB", (n+5e5)/1e6)
}

// mavenAdvice are lines of Maven that help nobody who does not build with it.
var mavenAdvice = regexp.MustCompile(`^(|To see the full stack trace.*|Re-run Maven.*|For more information.*|\[Help \d+\].*|After correcting.*|  mvn .*)$`)

// cause is something that keeps Maven from building, by what it writes then.
type cause struct {
	sign    *regexp.Regexp
	hint    string
	network bool
}

// mavenCauses are looked at in order.
func mavenCauses() []cause {
	return []cause{
		{regexp.MustCompile(`No space left on device|Disk quota exceeded`), "make room on the disk of the cache and of ~/.m2", false},
		{regexp.MustCompile(`No compiler is provided|release version \d+ not supported|invalid target release`),
			"Maven needs a JDK, version 17 or newer, not a JRE alone: install one (Debian, Ubuntu: apt install openjdk-17-jdk-headless) and set " +
				"JAVA_HOME to it; mvn -version tells which one Maven takes", false},
		{regexp.MustCompile(`COMPILATION ERROR`), "the adapter's sources do not compile: report it with the lines above and the output of streamgauge version", false},
		{regexp.MustCompile(`Could not transfer|Unknown host|Network is unreachable|Connection (refused|reset|timed out)|Read timed out|offline mode|has not been downloaded from it before`),
			"Maven could not fetch what it needs: check the network, and the proxy or mirror in ~/.m2/settings.xml; trying again goes on where this ended", true},
		{regexp.MustCompile(`Could not find artifact|Could not resolve dependencies`),
			"the repository that Maven asks does not have it: check the mirror in ~/.m2/settings.xml", true},
	}
}

// isFull tells whether an error is that of a full disk, of this process or in a program's words.
func isFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || strings.Contains(err.Error(), "No space left on device")
}
