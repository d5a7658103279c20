// Package csvenc is the encoding "csv": lines of cells by RFC 4180 without a header, as loggers send them: device, time, then
// the metrics in ascending order of their names; an empty cell is a missing value. Every line has its end, so that a message
// that was cut off is seen. harness/job/SEMANTICS.md section 3.1 is the norm; encoding/csv is what the tests hold it against.
package csvenc

import (
	"fmt"
	"strings"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
)

// Format makes decoders and encoders. It implements encoding.Format.
type Format struct{}

// Name is "csv".
func (Format) Name() string { return "csv" }

// Decoder makes a decoder of a job's reading. Errors: those of encoding.NewShape.
func (Format) Decoder(r job.Reading) (encoding.Decoder, error) {
	_, err := encoding.NewShape(r)
	if err != nil {
		return nil, fmt.Errorf("making a decoder of csv: %w", err)
	}
	f, err := encoding.NewNames(r)
	if err != nil {
		return nil, fmt.Errorf("making a decoder of csv: %w", err)
	}
	return &decoder{fields: f}, nil
}

type decoder struct {
	fields *encoding.Fields
	b      []byte
	pos    int
	cell   []byte // scratch for cells with doubled quotes
}

// Decode implements encoding.Decoder.
func (d *decoder) Decode(key, value []byte, r *encoding.Reading) job.Reason {
	if !encoding.IsText(value) {
		return job.ReasonBadUTF8
	}
	if len(value) == 0 {
		return job.ReasonTruncated
	}
	d.fields.Reset(key)
	d.b, d.pos = value, 0
	for d.pos < len(value) {
		if reason := d.line(); reason != job.ReasonNone {
			return reason
		}
	}
	return d.fields.Fill(r)
}

// line reads one record, with the end of its line.
func (d *decoder) line() job.Reason {
	n := 0
	for more := true; more; n++ {
		cell, reason := d.read()
		if reason != job.ReasonNone {
			return reason
		}
		if n < d.fields.Len() {
			d.fields.Lay(n, scalar(n, cell))
		}
		if more, reason = d.after(); reason != job.ReasonNone {
			return reason
		}
	}
	if n != d.fields.Len() {
		return job.ReasonBadFormat
	}
	return job.ReasonNone
}

func scalar(field int, cell []byte) encoding.Scalar {
	switch {
	case len(cell) == 0:
		return encoding.Scalar{}
	case field == encoding.Device:
		return encoding.Scalar{Kind: encoding.Text, Text: cell}
	}
	return encoding.NumberText(cell)
}

// read reads one cell.
func (d *decoder) read() ([]byte, job.Reason) {
	if d.pos < len(d.b) && d.b[d.pos] == '"' {
		return d.quoted()
	}
	start := d.pos
	for ; d.pos < len(d.b); d.pos++ {
		switch d.b[d.pos] {
		case ',', '\n', '\r':
			return d.b[start:d.pos], job.ReasonNone
		case '"':
			return nil, job.ReasonBadFormat
		}
	}
	return nil, job.ReasonTruncated
}

// quoted reads a cell whose opening quote stands at pos.
func (d *decoder) quoted() ([]byte, job.Reason) {
	d.pos++
	cell := d.cell[:0]
	for ; d.pos < len(d.b); d.pos++ {
		if d.b[d.pos] == '"' {
			if d.pos+1 == len(d.b) || d.b[d.pos+1] != '"' {
				d.pos++
				d.cell = cell
				return cell, job.ReasonNone
			}
			d.pos++
		}
		cell = append(cell, d.b[d.pos])
	}
	return nil, job.ReasonTruncated
}

// after reads what follows a cell: a comma, or the end of the line.
func (d *decoder) after() (more bool, reason job.Reason) {
	if d.pos < len(d.b) && d.b[d.pos] == '\r' {
		if d.pos++; d.pos < len(d.b) && d.b[d.pos] != '\n' {
			return false, job.ReasonBadFormat
		}
	}
	if d.pos == len(d.b) {
		return false, job.ReasonTruncated
	}
	c := d.b[d.pos]
	if c != ',' && c != '\n' {
		return false, job.ReasonBadFormat
	}
	d.pos++
	return c == ',', job.ReasonNone
}

// Encoder makes an encoder of a job's reading. Errors: those of encoding.NewShape.
func (Format) Encoder(r job.Reading) (encoding.Encoder, error) {
	if _, err := encoding.NewShape(r); err != nil {
		return nil, fmt.Errorf("making an encoder of csv: %w", err)
	}
	return encoder{r.Time.Unit}, nil
}

type encoder struct{ unit string }

// Append implements encoding.Encoder.
func (e encoder) Append(dst []byte, device string, eventTime int64, values []int64) []byte {
	dst = append(appendCell(dst, device), ',')
	dst = encoding.AppendTime(dst, eventTime, e.unit)
	for _, v := range values {
		dst = append(dst, ',')
		if v != encoding.Absent {
			dst = encoding.AppendDecimal(dst, v, 6)
		}
	}
	return append(dst, '\n')
}

func appendCell(dst []byte, s string) []byte {
	if !strings.ContainsAny(s, ",\"\r\n") {
		return append(dst, s...)
	}
	dst = append(dst, '"')
	for i := range len(s) {
		if s[i] == '"' {
			dst = append(dst, '"')
		}
		dst = append(dst, s[i])
	}
	return append(dst, '"')
}
