package subject

import (
	"bufio"
	"bytes"
	"errors"
	"os"
	"strconv"
)

// shortages are the words of programs that ran out of memory, of Java's machine and of Go's.
func shortages() [][]byte {
	return [][]byte{[]byte("java.lang.OutOfMemoryError"), []byte("There is insufficient memory for the Java Runtime Environment"),
		[]byte("Could not reserve enough space for"), []byte("fatal error: runtime: out of memory")}
}

// Shortage is how a process said that it ran out of memory.
type Shortage struct {
	Text string // its words, at most endWidth of them, safe for a terminal; empty: nothing was said
	Log  string // file
	Heap bool   // a Java heap was too small, not the machine
}

// Shortage looks through the logs of the current incarnation, those of its cluster included, for a process that ran out of memory:
// what follows from that may stand behind it. Like LogEnd it is for people at the moment of a failure.
func (s *Subject) Shortage() Shortage {
	for _, file := range s.logs() {
		if found := shortage(file); found.Text != "" {
			return found
		}
	}
	return Shortage{}
}

// logs lists the files in which processes of the current incarnation write.
func (s *Subject) logs() []string {
	files := []string{logFile(s.Plan())}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mu.log != "" {
		files = append(files, s.mu.log)
	}
	if l := s.mu.cur; l != nil && l.cluster != nil {
		files = append(files, l.cluster.Logs()...)
	}
	return files
}

// shortage looks through one file; one that cannot be read says nothing.
func shortage(name string) Shortage {
	f, err := os.Open(name)
	if err != nil {
		return Shortage{}
	}
	defer f.Close()
	for in := bufio.NewReaderSize(f, 64<<10); ; {
		line, err := in.ReadSlice('\n')
		for _, sign := range shortages() {
			if i := bytes.Index(line, sign); i >= 0 {
				return Shortage{Text: printable(string(bytes.TrimSpace(line[i:]))), Log: name, Heap: tooSmall(line[i:])}
			}
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return Shortage{}
		}
	}
}

// tooSmall tells whether a larger heap would have helped: of threads it is the system that has no more.
func tooSmall(said []byte) bool {
	return bytes.HasPrefix(said, []byte("java.lang.OutOfMemoryError")) && !bytes.Contains(said, []byte("native thread"))
}

// printable makes a line safe for a terminal, and no longer than endWidth.
func printable(text string) string {
	quoted := strconv.QuoteToGraphic(text)
	runes := []rune(quoted[1 : len(quoted)-1])
	if len(runes) > endWidth {
		runes = append(runes[:endWidth-1], '…')
	}
	return string(runes)
}
