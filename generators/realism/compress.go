package realism

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"math"

	"github.com/klauspost/compress/zstd"
)

// batch is the number of messages that are compressed together.
const batch = 100

// compressibility is C10: raw over compressed bytes in batches of hundred messages.
func (c *comparison) compressibility() {
	r, g := c.real.bytes(c.JSON), c.gen.bytes(c.JSON)
	for _, by := range []struct {
		name string
		size func([]byte) int
	}{{"gzip -6", gzipped()}, {"zstd -3", zstded()}} {
		a, b := ratio(r, by.size), ratio(g, by.size)
		c.add("C10", by.name, math.Abs(math.Log2(b/a)), 0.25, fmt.Sprintf("%.2f and %.2f times", a, b))
	}
}

// ratio is that of whole batches; of all messages if they are fewer than one.
func ratio(messages [][]byte, size func([]byte) int) float64 {
	raw, packed := 0, 0
	for from := 0; from == 0 || from+batch <= len(messages); from += batch {
		b := append(bytes.Join(messages[from:min(from+batch, len(messages))], []byte("\n")), '\n')
		raw += len(b)
		packed += size(b)
	}
	return float64(raw) / float64(packed)
}

func gzipped() func([]byte) int {
	var out counter
	w, _ := gzip.NewWriterLevel(&out, 6)
	return func(b []byte) int {
		out = 0
		w.Reset(&out)
		_, _ = w.Write(b) // a counter takes all
		_ = w.Close()
		return int(out)
	}
}

func zstded() func([]byte) int {
	w, _ := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.EncoderLevelFromZstd(3)), zstd.WithEncoderConcurrency(1))
	var buf []byte
	return func(b []byte) int {
		buf = w.EncodeAll(b, buf[:0])
		return len(buf)
	}
}

// counter counts what is written to it.
type counter int

var _ io.Writer = (*counter)(nil)

// Write implements io.Writer.
func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return len(b), nil
}
