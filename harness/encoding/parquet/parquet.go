// Package parquet is the encoding "parquet": an Apache Parquet file of a few rows in one message, as gateways send that gather
// readings. Paths lead through groups. Files are written by parquet-go; they are read by code of its own, since that library,
// like others, reserves what a damaged length asks for. harness/job/SEMANTICS.md section 3.1 is the norm.
package parquet

import (
	"bytes"
	"fmt"

	"github.com/parquet-go/parquet-go"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
)

// Format makes decoders and encoders. It implements encoding.Format.
type Format struct{}

// Name is "parquet".
func (Format) Name() string { return "parquet" }

// Decoder makes a decoder of a job's reading. Errors: those of encoding.NewShape.
func (Format) Decoder(r job.Reading) (encoding.Decoder, error) {
	_, err := encoding.NewShape(r)
	if err != nil {
		return nil, fmt.Errorf("making a decoder of parquet: %w", err)
	}
	f, err := encoding.NewFields(r)
	if err != nil {
		return nil, fmt.Errorf("making a decoder of parquet: %w", err)
	}
	return &decoder{fields: f}, nil
}

// Encoder makes an encoder of a job's reading. Errors: as Decoder.
func (Format) Encoder(r job.Reading) (encoding.Encoder, error) {
	shape, err := encoding.NewShape(r)
	if err != nil {
		return nil, fmt.Errorf("making an encoder of parquet: %w", err)
	}
	e := &encoder{millis: r.Time.Unit == "ms"}
	e.schema = parquet.NewSchema("reading", e.group(shape))
	e.columns = make([]int, len(r.Metrics)+encoding.Metrics)
	e.locate(shape, nil)
	return e, nil
}

type encoder struct {
	millis  bool
	schema  *parquet.Schema
	columns []int // of each field
}

func (e *encoder) group(s *encoding.Shape) parquet.Group {
	g := parquet.Group{}
	for i, m := range s.Members {
		g[s.Names[i]] = e.node(m)
	}
	return g
}

func (e *encoder) node(s *encoding.Shape) parquet.Node {
	switch {
	case s.Field == encoding.Nowhere:
		return e.group(s)
	case s.Field == encoding.Device:
		return parquet.Encoded(parquet.String(), &parquet.Plain)
	case s.Field == encoding.Time && e.millis:
		return parquet.Timestamp(parquet.Millisecond)
	case s.Field == encoding.Time:
		return parquet.Leaf(parquet.DoubleType)
	}
	return parquet.Optional(parquet.Leaf(parquet.DoubleType))
}

func (e *encoder) locate(s *encoding.Shape, path []string) {
	if s.Field != encoding.Nowhere {
		leaf, ok := e.schema.Lookup(path...)
		if !ok {
			panic("BUG: a column that was put into the schema is not there")
		}
		e.columns[s.Field] = leaf.ColumnIndex
		return
	}
	for i, m := range s.Members {
		e.locate(m, append(path[:len(path):len(path)], s.Names[i]))
	}
}

// Append implements encoding.Encoder: a file of one row, without statistics and compression.
func (e *encoder) Append(dst []byte, device string, eventTime int64, values []int64) []byte {
	row := make(parquet.Row, len(e.columns))
	put := func(field int, v parquet.Value, defined int) {
		c := e.columns[field]
		row[c] = v.Level(0, defined, c)
	}
	put(encoding.Device, parquet.ValueOf(device), 0)
	if e.millis {
		put(encoding.Time, parquet.ValueOf(eventTime), 0)
	} else {
		put(encoding.Time, parquet.ValueOf(float64(eventTime)/1000), 0)
	}
	for i, v := range values {
		if v == encoding.Absent {
			put(encoding.Metrics+i, parquet.Value{}, 0)
		} else {
			put(encoding.Metrics+i, parquet.ValueOf(encoding.Decimal(v)), 1)
		}
	}
	out := bytes.NewBuffer(dst)
	w := parquet.NewWriter(out, e.schema, parquet.DataPageStatistics(false), parquet.CreatedBy("streamgauge", "1", "1"))
	if _, err := w.WriteRows([]parquet.Row{row}); err != nil {
		panic("BUG: writing a row to memory: " + err.Error())
	}
	if err := w.Close(); err != nil {
		panic("BUG: writing a file to memory: " + err.Error())
	}
	return out.Bytes()
}
