package process

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

// logKeep is how much of a log is kept at each end, in bytes.
const logKeep = 32 << 20

// drain reads both outputs to their ends, whatever happens, so that the child never blocks on them.
func drain(spec Spec, c *child, drained chan<- struct{}) {
	defer close(drained)
	if len(c.out) == 0 {
		return
	}
	var wg sync.WaitGroup
	wg.Go(func() { readLines(c.out[0], tee(spec.Stdout, c.log)) })
	wg.Go(func() { readLines(c.out[1], tee(nil, c.log)) })
	wg.Wait()
}

// tee gives each line to the caller and to the log. A log that cannot be written, on a full disk for instance, must not
// stop the draining: capLog remembers the error and goes on.
func tee(to func([]byte), log *capLog) func(line []byte, cut int64) {
	return func(line []byte, cut int64) {
		if to != nil {
			to(line)
		}
		if log != nil {
			log.line(line, cut)
		}
	}
}

// readLines gives each line of r, without its end and cut to MaxLine, and how many bytes were cut off. A last line
// without an end counts. It returns at the end of r or when r is closed.
func readLines(r io.Reader, give func(line []byte, cut int64)) {
	br := bufio.NewReaderSize(r, 64<<10)
	var long []byte
	var cut int64
	for {
		part, err := br.ReadSlice('\n')
		ended := err == nil
		if ended {
			part = part[:len(part)-1]
		}
		if ended && len(long) == 0 {
			give(part, 0)
			continue
		}
		keep := min(len(part), MaxLine-len(long))
		long, cut = append(long, part[:keep]...), cut+int64(len(part)-keep)
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if ended || len(long) > 0 {
			give(long, cut)
		}
		long, cut = long[:0], 0
		if err != nil {
			return
		}
	}
}

// capLog keeps the first and the last bytes of what is written to it. The head goes to the file itself. The tail goes to
// two files beside it in turns, each as long as the tail, the older one overwritten: so at any moment at least the last
// keep bytes are on disk, even if this process is killed. Close puts them together.
type capLog struct {
	path string
	keep int64

	mu struct {
		sync.Mutex
		head *os.File
		size int64       // of the head
		tail [2]*os.File // nil until the head is full
		now  int         // index of the tail file that is written
		n    [2]int64    // bytes in each
		left int64       // bytes overwritten so far
		err  error       // the first; nothing is written after it
	}
}

func openLog(path string, keep int64) (*capLog, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o644)
	if err != nil {
		return nil, fmt.Errorf("opening the log: %w", err)
	}
	l := &capLog{path: path, keep: keep}
	l.mu.head = f
	return l, nil
}

// line writes one line and, if it was cut, by how much.
func (l *capLog) line(line []byte, cut int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.writeLocked(line)
	if cut > 0 {
		l.writeLocked(fmt.Appendf(nil, " ... (%d bytes of this line were cut)", cut))
	}
	l.writeLocked([]byte{'\n'})
}

func (l *capLog) writeLocked(b []byte) {
	if l.mu.err != nil {
		return
	}
	if l.mu.tail[0] == nil && l.mu.size+int64(len(b)) <= l.keep {
		l.mu.size += int64(len(b))
		_, l.mu.err = l.mu.head.Write(b)
		return
	}
	if l.mu.err = l.turnLocked(int64(len(b))); l.mu.err != nil {
		return
	}
	l.mu.n[l.mu.now] += int64(len(b))
	_, l.mu.err = l.mu.tail[l.mu.now].Write(b)
}

// turnLocked makes room for n bytes in the tail file that is written: it opens both at first, and goes on to the other,
// emptied, when one is full.
func (l *capLog) turnLocked(n int64) error {
	if l.mu.tail[0] == nil {
		for i := range l.mu.tail {
			f, err := os.OpenFile(fmt.Sprintf("%s.tail%d", l.path, i), os.O_CREATE|os.O_RDWR|os.O_TRUNC, 0o644)
			if err != nil {
				return err
			}
			l.mu.tail[i] = f
		}
		return nil
	}
	if l.mu.n[l.mu.now]+n <= l.keep {
		return nil
	}
	l.mu.now = 1 - l.mu.now
	f := l.mu.tail[l.mu.now]
	l.mu.left += l.mu.n[l.mu.now]
	l.mu.n[l.mu.now] = 0
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.Seek(0, io.SeekStart)
	return err
}

// Close appends the tail to the head and removes the tail's files. It returns the first error of the log's life.
func (l *capLog) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.mu.head == nil {
		return l.mu.err
	}
	if l.mu.tail[0] != nil {
		err := l.joinLocked()
		l.mu.err = errors.Join(l.mu.err, err)
		for _, f := range l.mu.tail {
			if f != nil {
				f.Close()
				os.Remove(f.Name())
			}
		}
	}
	err := l.mu.head.Close()
	l.mu.head = nil
	l.mu.err = errors.Join(l.mu.err, err)
	return l.mu.err
}

func (l *capLog) joinLocked() error {
	older, newer := 1-l.mu.now, l.mu.now
	skip := max(0, l.mu.n[older]+l.mu.n[newer]-l.keep)
	skip = min(skip, l.mu.n[older]) // what is left of the older file fills the tail up
	if l.mu.left+skip > 0 {
		fmt.Fprintf(l.mu.head, "\n... %d bytes left out ...\n", l.mu.left+skip)
	}
	for _, i := range []int{older, newer} {
		f := l.mu.tail[i]
		if f == nil {
			continue
		}
		if _, err := f.Seek(skip, io.SeekStart); err != nil {
			return err
		}
		if _, err := io.Copy(l.mu.head, f); err != nil {
			return err
		}
		skip = 0
	}
	return nil
}
