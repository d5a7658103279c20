package capture

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/klauspost/compress/zstd"
	"github.com/zeebo/xxh3"

	"github.com/streamgauge/streamgauge/harness/event"
)

// Reader is a capture that is being read. It implements event.Source; not safe for concurrent use.
type Reader struct {
	f       *os.File
	in      *bufio.Reader
	dec     *zstd.Decoder
	summary Summary
	end     int64 // where the footer begins

	at      int64  // where the next block begins
	records []byte // left of the block
	left    uint32 // their number
	blockAt int64
	packed  []byte
	read    Summary // of what was read so far
	digest  *xxh3.Hasher
	err     error // sticks
}

// Open opens a capture and reads its summary. Errors: *FormatError, the disk's.
func Open(path string) (*Reader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening a capture: %w", err)
	}
	r := &Reader{f: f, at: headerSize, digest: xxh3.New()}
	if err := r.open(); err != nil {
		_ = f.Close()
		return nil, err
	}
	return r, nil
}

func (r *Reader) open() error {
	info, err := r.f.Stat()
	if err != nil {
		return fmt.Errorf("opening a capture: %w", err)
	}
	size := info.Size()
	head := make([]byte, headerSize)
	if n, err := r.f.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("reading capture %s: %w", r.f.Name(), err)
	} else if wrong := checkHeader(head[:n]); wrong != "" {
		return r.format(0, "%s", wrong)
	}
	if err := r.footer(size); err != nil {
		return err
	}
	if r.dec, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1)); err != nil {
		return fmt.Errorf("reading capture %s: %w", r.f.Name(), err)
	}
	r.in = bufio.NewReaderSize(io.NewSectionReader(r.f, headerSize, r.end-headerSize), blockBytes)
	return nil
}

// footer reads the footer of a file of a size.
func (r *Reader) footer(size int64) error {
	tail := make([]byte, tailSize)
	if size < headerSize+footerFixed+tailSize {
		return r.format(size, "the file was cut off")
	}
	if _, err := r.f.ReadAt(tail, size-tailSize); err != nil {
		return fmt.Errorf("reading capture %s: %w", r.f.Name(), err)
	}
	if string(tail[8:]) != endMagic {
		return r.format(size, "the file was cut off, or not finished")
	}
	n := int64(le.Uint32(tail))
	if n < footerFixed+tailSize || n > size-headerSize || n > footerFixed+tailSize+8*maxPartitions {
		return r.format(size-tailSize, "%v", errFooter)
	}
	b := make([]byte, n)
	if _, err := r.f.ReadAt(b, size-n); err != nil {
		return fmt.Errorf("reading capture %s: %w", r.f.Name(), err)
	}
	s, err := parseFooter(b)
	if err != nil {
		return r.format(size-n, "%v", err)
	}
	r.summary, r.end = s, size-n
	r.summary.FileBytes = size
	return nil
}

func (r *Reader) format(offset int64, format string, args ...any) error {
	return &FormatError{Path: r.f.Name(), Offset: offset, Reason: fmt.Sprintf(format, args...)}
}

// Summary is what the file says it holds. Next holds it to that at the end.
func (r *Reader) Summary() Summary {
	s := r.summary
	s.Partitions = slices.Clone(s.Partitions)
	return s
}

// Next yields the next record, in the order recorded. Errors: io.EOF after the last one, if the file holds what its footer
// says; *FormatError; the disk's. An error repeats.
func (r *Reader) Next(d *event.Due) error {
	if r.err == nil {
		r.err = r.next(d)
	}
	return r.err
}

func (r *Reader) next(d *event.Due) error {
	if r.left == 0 {
		if r.at == r.end {
			return r.finish()
		}
		if err := r.nextBlock(); err != nil {
			return err
		}
	}
	rest, ok := parseRecord(r.records, d)
	if !ok {
		return r.format(r.blockAt, "record %d of the block is damaged", r.read.Records)
	}
	if r.read.Records > 0 && d.Stamp.Intended < r.read.Last {
		return r.format(r.blockAt, "event %v is due before the one before it", d.Stamp.ID)
	}
	r.read.count(d)
	r.records = rest
	if r.left--; r.left == 0 && len(rest) > 0 {
		return r.format(r.blockAt, "the block holds more than its records")
	}
	return nil
}

// nextBlock reads and unpacks a block into new memory, which its records keep.
func (r *Reader) nextBlock() error {
	r.blockAt = r.at
	head := make([]byte, blockHeaderSize)
	if r.end-r.at < blockHeaderSize {
		return r.format(r.at, "want a block, found %d bytes", r.end-r.at)
	}
	if _, err := io.ReadFull(r.in, head); err != nil {
		return fmt.Errorf("reading capture %s: %w", r.f.Name(), err)
	}
	b, ok := parseBlockHeader(head)
	if !ok || b.records == 0 || uint64(b.records)*recordSize > uint64(b.unpacked) {
		return r.format(r.at, "the block's header is damaged")
	}
	if int64(b.packed) > r.end-r.at-blockHeaderSize {
		return r.format(r.at, "the block is longer than the file")
	}
	r.packed = slices.Grow(r.packed[:0], int(b.packed))[:b.packed]
	if _, err := io.ReadFull(r.in, r.packed); err != nil {
		return fmt.Errorf("reading capture %s: %w", r.f.Name(), err)
	}
	if crc(r.packed) != b.crc {
		return r.format(r.at, "the block's data is damaged: its checksum is %08x, want %08x", crc(r.packed), b.crc)
	}
	records, err := r.dec.DecodeAll(r.packed, make([]byte, 0, b.unpacked))
	if err != nil || len(records) != int(b.unpacked) {
		return r.format(r.at, "the block does not unpack to %d bytes: %d, %v", b.unpacked, len(records), err)
	}
	_, _ = r.digest.Write(records)
	r.records, r.left = records, b.records
	r.at += blockHeaderSize + int64(b.packed)
	r.read.Blocks++
	return nil
}

// finish holds what was read against the footer.
func (r *Reader) finish() error {
	r.read.Digest, r.read.FileBytes = r.digest.Sum128().Bytes(), r.summary.FileBytes
	a, b := r.read, r.summary
	same := slices.Equal(a.Partitions, b.Partitions)
	a.Partitions, b.Partitions = nil, nil
	if !same || fmt.Sprint(a) != fmt.Sprint(b) {
		return r.format(r.end, "the file holds %d records with digest %s, its footer says %d with %s", a.Records, a.Digest, b.Records, b.Digest)
	}
	return io.EOF
}

// Close closes the file.
func (r *Reader) Close() error {
	r.dec.Close()
	if err := r.f.Close(); err != nil {
		return fmt.Errorf("closing capture %s: %w", r.f.Name(), err)
	}
	return nil
}
