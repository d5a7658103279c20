package blob

import (
	"strconv"

	"github.com/streamgauge/streamgauge/harness/job"
)

const (
	fieldSide = 128
	mostSide  = 1 << 20
)

// pgmRemark is the last comment of a grey map of Netpbm (P5) that begins like an object.
func pgmRemark(b []byte) (remark []byte, reason job.Reason) {
	if len(b) > 0 && b[0] != 'P' || len(b) > 1 && b[1] != '5' {
		return nil, job.ReasonBadFormat
	}
	if len(b) < 2 {
		return nil, job.ReasonTruncated
	}
	p := pgm{b: b, pos: 2}
	width, height, most := p.number(), p.number(), p.number()
	if p.reason == job.ReasonNone && (width == 0 || height == 0 || most == 0 || most > 0xffff) {
		p.reason = job.ReasonBadFormat
	}
	if p.reason == job.ReasonNone && p.pos == len(b) {
		p.reason = job.ReasonTruncated
	}
	if p.reason != job.ReasonNone {
		return nil, p.reason
	}
	if !space(b[p.pos]) {
		return nil, job.ReasonBadFormat
	}
	bytes := width * height
	if most > 0xff {
		bytes *= 2
	}
	switch n := uint64(len(b) - p.pos - 1); {
	case n < bytes:
		return nil, job.ReasonTruncated
	case n > bytes:
		return nil, job.ReasonBadFormat
	}
	return p.remark, job.ReasonNone
}

// pgm reads a head.
type pgm struct {
	b      []byte
	pos    int
	remark []byte
	reason job.Reason // the first
}

func space(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

// number reads white space, comments and a number.
func (p *pgm) number() uint64 {
	start := p.pos
	for p.reason == job.ReasonNone && p.pos < len(p.b) && (space(p.b[p.pos]) || p.b[p.pos] == '#' && p.pos > start) {
		if p.b[p.pos] == '#' {
			p.comment()
		}
		p.pos++
	}
	v, digits := uint64(0), 0
	for ; p.pos < len(p.b) && p.b[p.pos] >= '0' && p.b[p.pos] <= '9' && v <= mostSide; p.pos++ {
		v = 10*v + uint64(p.b[p.pos]-'0')
		digits++
	}
	switch {
	case p.reason != job.ReasonNone:
	case p.pos >= len(p.b):
		p.reason = job.ReasonTruncated
	case digits == 0 || v > mostSide || p.pos-digits == start:
		p.reason = job.ReasonBadFormat
	}
	return v
}

// comment passes over one, up to its line feed.
func (p *pgm) comment() {
	start := p.pos + 1
	for p.pos < len(p.b) && p.b[p.pos] != '\n' {
		p.pos++
	}
	for start < p.pos && p.b[start] == ' ' {
		start++
	}
	if start < p.pos && p.b[start] == '{' {
		p.remark = p.b[start:p.pos]
	}
}

// appendPGM writes a field that is empty but for a few cells of rain.
func appendPGM(dst, reading []byte, n noise) []byte {
	dst = append(append(dst, "P5\n# "...), reading...)
	dst = strconv.AppendInt(append(dst, '\n'), fieldSide, 10)
	dst = strconv.AppendInt(append(dst, ' '), fieldSide, 10)
	dst = append(dst, "\n255\n"...)
	at := len(dst)
	for range fieldSide * fieldSide {
		dst = append(dst, 0)
	}
	for range 6 {
		r := n.next()
		x, y, reach := int(r%fieldSide), int(r>>8%fieldSide), 8+int(r>>16%16)
		cell(dst[at:], x, y, reach, &n)
	}
	return dst
}

func cell(field []byte, x, y, reach int, n *noise) {
	for v := max(0, y-reach); v < min(fieldSide, y+reach); v++ {
		for u := max(0, x-reach); u < min(fieldSide, x+reach); u++ {
			if d := reach*reach - (u-x)*(u-x) - (v-y)*(v-y); d > 0 {
				field[v*fieldSide+u] = byte(min(255, d/4+int(n.next()%16)))
			}
		}
	}
}
