package subject

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/streamgauge/streamgauge/engines"
)

// logFile is the log of an incarnation.
func logFile(p engines.Plan) string {
	return filepath.Join(p.LogDir, fmt.Sprintf("%s-%d.log", p.Instance, p.Incarnation))
}

// What LogEnd gives: where programs say why they end.
const (
	endBytes = 64 << 10 // looked at
	endLines = 3
	endWidth = 200 // characters of a line
)

// frame is a line below an exception in a trace of Java's. There may be hundreds, and none says what happened.
var frame = regexp.MustCompile(`^at [^ ].*\(.*\)( ~?\[.*\])?$|^\.\.\. \d+ (more|common frames omitted)$`)

// LogEnd is the last lines of the current incarnation's log, or of the daemon's that is to blame, that are neither status lines nor frames of a trace, made safe
// for a terminal; empty if there are none. It is for people at the moment of a failure and must not be stored: it may hold secrets.
func (s *Subject) LogEnd() string {
	current := logFile(s.Plan())
	s.mu.Lock()
	file := cmp.Or(s.mu.log, current)
	s.mu.Unlock()
	b := tail(file, endBytes)
	var lines []string
	for line := range bytes.Lines(b) {
		text := strings.TrimSpace(string(line))
		if _, status := engines.ParseLine([]byte(text)); status || text == "" || frame.MatchString(text) {
			continue
		}
		lines = append(lines, printable(text))
	}
	return strings.Join(lines[max(0, len(lines)-endLines):], "\n")
}

// tail reads the last n bytes of a file, whole lines only; of a last line that is longer its end. What cannot be read is empty: the log explains a failure and must
// not be another.
func tail(name string, n int64) []byte {
	f, err := os.Open(name)
	if err != nil {
		return nil
	}
	defer f.Close()
	cut := false
	if info, err := f.Stat(); err == nil && info.Size() > n {
		_, err = f.Seek(-n, io.SeekEnd)
		cut = err == nil
	}
	b, err := io.ReadAll(io.LimitReader(f, n))
	if err != nil {
		return nil
	}
	if cut {
		if _, whole, _ := bytes.Cut(b, []byte{'\n'}); len(whole) > 0 {
			b = whole
		}
	}
	return b
}
