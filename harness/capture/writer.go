package capture

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/klauspost/compress/zstd"
	"github.com/zeebo/xxh3"

	"github.com/streamgauge/streamgauge/harness/event"
)

// Writer writes a capture. Not safe for concurrent use.
type Writer struct {
	w       io.Writer
	enc     *zstd.Encoder
	digest  *xxh3.Hasher
	summary Summary
	records []byte // of the block that is being filled
	n       uint32
	packed  []byte
	err     error // of a write: the file is lost
}

// NewWriter begins a capture on w. Errors: of w.
func NewWriter(w io.Writer) (*Writer, error) {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, fmt.Errorf("writing a capture: %w", err)
	}
	c := &Writer{w: w, enc: enc, digest: xxh3.New()}
	c.write(appendHeader(nil))
	return c, c.err
}

func (c *Writer) write(b []byte) {
	if c.err != nil {
		return
	}
	n, err := c.w.Write(b)
	if c.summary.FileBytes += int64(n); err != nil {
		c.err = fmt.Errorf("writing a capture: %w", err)
	}
}

// Write adds a record. Key and Value are copied. Errors: a record due before the one before it, or that the format cannot
// hold; of the writer below, which every later call repeats.
func (c *Writer) Write(d *event.Due) error {
	switch {
	case c.err != nil:
		return c.err
	case c.summary.Records > 0 && d.Stamp.Intended < c.summary.Last:
		return fmt.Errorf("writing a capture: event %v is due at %d ns, before the one before it at %d ns", d.Stamp.ID, d.Stamp.Intended, c.summary.Last)
	case d.Partition < 0 || d.Partition >= maxPartitions:
		return fmt.Errorf("writing a capture: event %v is in partition %d, want 0 to %d", d.Stamp.ID, d.Partition, maxPartitions-1)
	case len(d.Key) > math.MaxUint16 || int64(len(d.Value)) > math.MaxUint32-math.MaxUint16-recordSize:
		return fmt.Errorf("writing a capture: event %v has a key of %d and a value of %d bytes: too large", d.Stamp.ID, len(d.Key), len(d.Value))
	}
	if c.n > 0 && len(c.records)+recordSize+len(d.Key)+len(d.Value) > blockBytes {
		c.flush()
	}
	c.records = appendRecord(c.records, d)
	c.n++
	c.summary.count(d)
	return c.err
}

// flush writes the block.
func (c *Writer) flush() {
	if c.n == 0 {
		return
	}
	_, _ = c.digest.Write(c.records)
	c.packed = c.enc.EncodeAll(c.records, c.packed[:0])
	c.write(appendBlockHeader(nil, block{records: c.n, unpacked: uint32(len(c.records)), packed: uint32(len(c.packed)), crc: crc(c.packed)}))
	c.write(c.packed)
	c.summary.Blocks++
	c.records, c.n = c.records[:0], 0
}

// Close writes the rest and the footer. It does not close the writer below.
func (c *Writer) Close() (Summary, error) {
	c.flush()
	c.summary.Digest = c.digest.Sum128().Bytes()
	c.write(appendFooter(nil, &c.summary))
	_ = c.enc.Close()
	err := c.err
	c.err = errors.New("writing a capture: it is closed")
	return c.summary, err
}

// Record writes all of a source to a new capture, which appears at path when it is whole. Errors: the source's, the disk's,
// ctx's cause.
func Record(ctx context.Context, src event.Source, path string) (Summary, error) {
	s, err := record(ctx, src, path+".part")
	if err == nil {
		err = os.Rename(path+".part", path)
	}
	if err != nil {
		_ = os.Remove(path + ".part")
		return Summary{}, fmt.Errorf("recording to %s: %w", path, err)
	}
	return s, nil
}

func record(ctx context.Context, src event.Source, path string) (s Summary, err error) {
	f, err := os.Create(path)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	buf := bufio.NewWriterSize(f, blockBytes)
	w, err := NewWriter(buf)
	if err != nil {
		return s, err
	}
	if err := copyAll(ctx, w, src); err != nil {
		return s, err
	}
	if s, err = w.Close(); err != nil {
		return s, err
	}
	return s, buf.Flush()
}

// copyAll writes a source's records until it ends.
func copyAll(ctx context.Context, w *Writer, src event.Source) error {
	var d event.Due
	for n := 0; ; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := src.Next(&d); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		if err := w.Write(&d); err != nil {
			return err
		}
		if d.Done != nil {
			d.Done()
		}
	}
}
