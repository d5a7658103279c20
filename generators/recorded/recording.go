package recorded

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/streamgauge/streamgauge/harness/job"
)

// Recording is a recording that was read: messages by device. It is never changed and may be shared by streams.
type Recording struct {
	description
	names   []string  // of metrics, ascending
	metrics []grid    // in the order of names
	sources []*replay // recorded devices, in ascending order of their ids
	room    int       // bytes that a message needs at most, usually, filler aside
}

// replay is what one recorded device sent, in order.
type replay struct {
	id       string
	messages []message
	tongues  []tongue // by metric
}

// Open reads a recording: its description is NAME.yaml in the folder recorded of files, or the file at the path that name
// is if it ends in .yaml; the messages are in the file beside it that the description names.
func Open(files fs.FS, name string) (*Recording, error) {
	file := path.Join("recorded", name+".yaml")
	if strings.HasSuffix(name, ".yaml") {
		files, file = os.DirFS(filepath.Dir(name)), filepath.Base(name)
	}
	text, err := fs.ReadFile(files, file)
	if err != nil {
		return nil, fmt.Errorf("reading recording %q: %w", name, err)
	}
	d, err := readDescription(file, text)
	if err != nil {
		return nil, err
	}
	messages, err := files.Open(path.Join(path.Dir(file), d.Messages))
	if err != nil {
		return nil, fmt.Errorf("reading recording %q: %w", name, err)
	}
	defer messages.Close()
	return read(file, d, messages)
}

// Read reads a recording from its description and its messages, one JSON object a line in the order of their times, gzipped
// or not. The name is for errors.
func Read(name string, text []byte, messages io.Reader) (*Recording, error) {
	d, err := readDescription(name, text)
	if err != nil {
		return nil, err
	}
	return read(name, d, messages)
}

func read(name string, d *description, messages io.Reader) (*Recording, error) {
	lines, err := unpack(messages)
	if err != nil {
		return nil, fmt.Errorf("reading the messages of recording %s: %w", name, err)
	}
	if sum := fmt.Sprintf("%x", sha256.Sum256(lines)); d.SHA256 != "" && sum != d.SHA256 {
		return nil, fmt.Errorf("reading the messages of recording %s: SHA-256 is %s, want %s: the file is not the one described", name, sum, d.SHA256)
	}
	r := &Recording{description: *d, names: slices.Sorted(maps.Keys(d.Metrics))}
	for _, n := range r.names {
		r.metrics = append(r.metrics, newGrid(d.Metrics[n]))
	}
	if err := r.parse(lines); err != nil {
		return nil, fmt.Errorf("reading the messages of recording %s: %w", name, err)
	}
	return r, nil
}

// Reading says where in a message the device, the time and the metrics stand.
func (r *Recording) Reading() job.Reading {
	reading := job.Reading{Device: r.Device, Time: job.TimeField{Path: r.Time.Path, Unit: r.Time.Unit}, Metrics: map[string]job.Metric{}}
	for name, m := range r.Metrics {
		reading.Metrics[name] = job.Metric{Path: m.Path, Unit: m.Unit}
	}
	return reading
}

// unpack reads all, through gzip if the first bytes say so.
func unpack(r io.Reader) ([]byte, error) {
	b := bufio.NewReader(r)
	if magic, _ := b.Peek(2); !bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		return io.ReadAll(b)
	}
	z, err := gzip.NewReader(b)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

// parse sorts the messages by device and finds in each what a virtual device replaces. All problems of the first bad
// message are reported.
func (r *Recording) parse(lines []byte) error {
	byID := map[string]*replay{}
	last := map[string]int64{}
	number := 0
	for line := range bytes.Lines(lines) {
		number++
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			continue
		}
		m, id, at, err := r.compile(line)
		if err != nil {
			return fmt.Errorf("line %d: %w", number, err)
		}
		from, ok := byID[id]
		if !ok {
			from = &replay{id: id}
			byID[id] = from
		} else {
			before := &from.messages[len(from.messages)-1]
			if before.gap = at - last[id]; before.gap < 0 {
				return fmt.Errorf("line %d: device %q goes back in time: sort the messages by %s", number, id, r.Time.Path)
			}
		}
		last[id] = at
		from.messages = append(from.messages, m)
	}
	if len(byID) == 0 {
		return errors.New("there are none")
	}
	for _, id := range slices.Sorted(maps.Keys(byID)) {
		if err := r.finish(byID[id]); err != nil {
			return fmt.Errorf("device %q: %w", id, err)
		}
		r.sources = append(r.sources, byID[id])
	}
	return nil
}

// finish works out what needs all messages of a device: its usual gap, how it writes numbers, how its values spread.
func (r *Recording) finish(d *replay) error {
	if len(d.messages) < 2 {
		return errors.New("one message alone: a device needs two at least, to have a pace")
	}
	gaps := make([]int64, 0, len(d.messages)-1)
	for _, m := range d.messages[:len(d.messages)-1] {
		gaps = append(gaps, m.gap)
	}
	slices.Sort(gaps)
	usual := gaps[len(gaps)/2]
	if usual <= 0 {
		return errors.New("half of its messages have the time of the one before")
	}
	d.messages[len(d.messages)-1].gap = usual // from the end to the beginning
	for i := range d.messages {
		if m := &d.messages[i]; r.Seam > 0 && m.gap > int64(r.Seam.Duration()) {
			m.gap = usual
		}
		r.room = max(r.room, d.messages[i].room(r))
	}
	for k := range r.metrics {
		t, err := r.metrics[k].learn(d.messages, k)
		if err != nil {
			return fmt.Errorf("metric %s: %w", r.names[k], err)
		}
		d.tongues = append(d.tongues, t)
	}
	return nil
}

// Devices lists the ids of the recorded devices, ascending.
func (r *Recording) Devices() []string {
	var ids []string
	for _, s := range r.sources {
		ids = append(ids, s.id)
	}
	return ids
}

// Rate is how many messages per second of event time one virtual device sends on average.
func (r *Recording) Rate() float64 {
	var sum float64
	for _, s := range r.sources {
		var total int64
		for _, m := range s.messages {
			total += m.gap
		}
		sum += float64(len(s.messages)) / time.Duration(total).Seconds()
	}
	return sum / float64(len(r.sources))
}
