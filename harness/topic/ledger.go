package topic

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// The kinds of ledger entries.
const (
	KindTopic = "topic"
	KindGroup = "group"
)

// Entry is one line of the ledger: something that exists, or may exist, on the cluster.
type Entry struct {
	Kind string `json:"kind"` // KindTopic or KindGroup
	Name string `json:"name"`
}

// Ledger is a file in the run's folder, one JSON object a line, that lists what a run created on a cluster. A name is
// written, and synced to disk, before the thing is created, so that a run that was killed leaves nothing unknown.
type Ledger struct {
	path string
}

// NewLedger makes a ledger on a file, which the first Append creates.
func NewLedger(path string) *Ledger { return &Ledger{path: path} }

// Append adds entries. Errors: ErrForeign.
func (l *Ledger) Append(entries ...Entry) error {
	var buf bytes.Buffer
	for _, e := range entries {
		if !strings.HasPrefix(e.Name, Prefix) {
			return fmt.Errorf("writing the ledger: %s %q: %w", e.Kind, e.Name, ErrForeign)
		}
		b, err := json.Marshal(e)
		if err != nil {
			return fmt.Errorf("writing the ledger: %w", err)
		}
		buf.Write(append(b, '\n'))
	}
	f, err := os.OpenFile(l.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("writing the ledger: %w", err)
	}
	_, err = f.Write(buf.Bytes())
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("writing the ledger: %w", err)
	}
	return nil
}

// Topics adds the names of topics that are about to be created.
func (l *Ledger) Topics(specs ...Spec) error {
	var es []Entry
	for _, s := range specs {
		es = append(es, Entry{KindTopic, s.Name})
	}
	return l.Append(es...)
}

// ReadLedger reads the entries of a ledger in order, without repeats. A file that does not exist is an empty ledger. A
// last line that was cut short by a crash is passed over: what it names was never created.
func ReadLedger(path string) ([]Entry, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the ledger: %w", err)
	}
	var es []Entry
	seen := map[Entry]bool{}
	sc := bufio.NewScanner(bytes.NewReader(b))
	for n := 1; sc.Scan(); n++ {
		var e Entry
		if err := json.Unmarshal(sc.Bytes(), &e); err != nil {
			if !bytes.HasSuffix(b, []byte{'\n'}) && bytes.HasSuffix(b, sc.Bytes()) {
				break
			}
			return nil, fmt.Errorf("reading the ledger %s:%d: %w", path, n, err)
		}
		if !seen[e] {
			seen[e] = true
			es = append(es, e)
		}
	}
	return es, sc.Err()
}
