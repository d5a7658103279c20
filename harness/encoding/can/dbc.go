package can

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"go.einride.tech/can/pkg/dbc"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
)

// ReadSchema implements encoding.Schemed: file is a DBC file, in UTF-8 or in one byte a character. message names the message in which
// paths of a signal alone are looked for.
func (Format) ReadSchema(file, message string, read func(string) ([]byte, error)) (*job.Schema, error) {
	content, err := read(file)
	if err != nil {
		return nil, err
	}
	s := &job.Schema{Message: message, Files: []job.SchemaFile{job.NewSchemaFile(filepath.Base(file), content, utf8.Valid(content))}}
	_, err = openDatabase(s)
	return s, err
}

// independent is the identifier of the message that stands for signals without one.
const independent = 0xc0000000

// database is what a DBC file says of frames.
type database struct {
	file     string
	message  string // in which a signal without one is looked for; empty: in all
	messages []*dbc.MessageDef
	floats   map[spot]dbc.SignalValueType
}

// spot names a signal of a message.
type spot struct {
	id   dbc.MessageID
	name dbc.Identifier
}

// openDatabase reads a DBC file. Errors, with the line: it is none, or two messages, or two signals of one, have the same name or
// identifier. go.einride.tech/can, whose parser takes the file apart, is Einride's (MIT, kept since 2019, used on their vehicles).
func openDatabase(s *job.Schema) (*database, error) {
	if len(s.Files) != 1 {
		return nil, fmt.Errorf("a schema of %d files; DBC has one", len(s.Files))
	}
	d := &database{file: s.Files[0].Name, message: s.Message, floats: map[spot]dbc.SignalValueType{}}
	text, err := readable(textOf(s.Files[0]))
	if err != nil {
		return nil, fmt.Errorf("%s is no DBC file: %w", d.file, err)
	}
	p := dbc.NewParser(d.file, []byte(text))
	if err := p.Parse(); err != nil {
		return nil, d.badf(err.Position().Line, "%s", err.Reason())
	}
	if err := d.take(p.Defs()); err != nil {
		return nil, err
	}
	if len(d.messages) == 0 {
		return nil, fmt.Errorf("%s is no DBC file: it has no message", d.file)
	}
	if _, err := d.find(s.Message); s.Message != "" && err != nil {
		return nil, err
	}
	return d, nil
}

func (d *database) badf(line int, format string, args ...any) error {
	return fmt.Errorf("%s is no DBC file: line %d: %s", d.file, line, fmt.Sprintf(format, args...))
}

// take keeps what signals need.
func (d *database) take(defs []dbc.Def) error {
	for _, def := range defs {
		switch def := def.(type) {
		case *dbc.UnknownDef:
			return d.badf(def.Pos.Line, "%q begins no statement", def.Keyword)
		case *dbc.SignalDef:
			return d.badf(def.Pos.Line, "signal %s stands in no message", def.Name)
		case *dbc.SignalValueTypeDef:
			d.floats[spot{def.MessageID, def.SignalName}] = def.SignalValueType
		case *dbc.MessageDef:
			if err := d.add(def); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *database) add(m *dbc.MessageDef) error {
	if m.MessageID == independent {
		return nil
	}
	for _, other := range d.messages {
		if other.MessageID == m.MessageID || other.Name == m.Name {
			return d.badf(m.Pos.Line, "message %s has the name or the identifier of message %s in line %d", m.Name, other.Name, other.Pos.Line)
		}
	}
	seen := map[dbc.Identifier]bool{}
	for _, s := range m.Signals {
		if seen[s.Name] {
			return d.badf(s.Pos.Line, "message %s has two signals %s", m.Name, s.Name)
		}
		seen[s.Name] = true
	}
	d.messages = append(d.messages, m)
	return nil
}

func (d *database) find(name string) (*dbc.MessageDef, error) {
	var names []string
	for _, m := range d.messages {
		if string(m.Name) == name {
			return m, nil
		}
		names = append(names, string(m.Name))
	}
	return nil, fmt.Errorf("%s has no message %s; it has %s", d.file, name, encoding.Listed(names))
}

// locateIn finds the signals of all metrics of a reading in its DBC file: by MESSAGE.SIGNAL, or by the signal's name alone. Errors: all
// paths that lead to no signal of a frame.
func locateIn(r job.Reading) ([]signal, error) {
	d, err := openDatabase(r.Schema)
	if err != nil {
		return nil, err
	}
	if _, err := encoding.Paths(r); err != nil {
		return nil, err
	}
	if err := encoding.CheckUnit(r); err != nil {
		return nil, err
	}
	var all []signal
	var errs []error
	for i, n := range r.Names() {
		s, err := d.signal(r.Metrics[n].Path)
		if err != nil {
			errs = append(errs, encoding.Misfit(r, encoding.Metrics+i, "%w", err))
		}
		s.metric = i
		all = append(all, s)
	}
	return all, errors.Join(errs...)
}

func (d *database) signal(path string) (signal, error) {
	m, s, err := d.lookUp(path)
	if err != nil {
		return signal{}, err
	}
	out := signal{id: m.MessageID.ToCAN(), start: int(min(s.StartBit, math.MaxInt16)), bits: int(min(s.Size, math.MaxInt16)), big: s.IsBigEndian, signed: s.IsSigned,
		factor: s.Factor, offset: s.Offset, size: int(min(m.Size, math.MaxInt16))}
	if m.MessageID.IsExtended() {
		out.id |= extended
	}
	kind := d.floats[spot{m.MessageID, s.Name}]
	out.float = kind != dbc.SignalValueTypeInt
	want := map[dbc.SignalValueType]int{dbc.SignalValueTypeFloat32: 32, dbc.SignalValueTypeFloat64: 64}[kind]
	bad := func(line int, format string, args ...any) (signal, error) {
		return signal{}, fmt.Errorf("%s: line %d: %s", d.file, line, fmt.Sprintf(format, args...))
	}
	switch {
	case out.size > fdBytes || out.size > classicBytes && fdLength(out.size) != out.size:
		return bad(m.Pos.Line, "message %s has %d bytes; no frame has so many", m.Name, m.Size)
	case s.IsMultiplexed:
		return bad(s.Pos.Line, "signal %s is multiplexed: it is in some frames of its message only, which are not told apart here", s.Name)
	case s.Factor == 0:
		return bad(s.Pos.Line, "signal %s has the factor 0", s.Name)
	case out.float && out.bits != want:
		return bad(s.Pos.Line, "signal %s is a float of %d bits and has %d", s.Name, want, s.Size)
	case out.bits < 1 || out.bits > 64:
		return bad(s.Pos.Line, "signal %s has %d bits; one has 1 to 64", s.Name, s.Size)
	case out.length() > out.size:
		return bad(s.Pos.Line, "signal %s has bits beyond the %d bytes of its message", s.Name, m.Size)
	}
	return out, nil
}

// lookUp finds a signal and its message.
func (d *database) lookUp(path string) (*dbc.MessageDef, *dbc.SignalDef, error) {
	in, name, named := strings.Cut(path, ".")
	if !named {
		in, name = d.message, path
	}
	if in == "" {
		return d.anywhere(name)
	}
	m, err := d.find(in)
	if err != nil {
		return nil, nil, err
	}
	var names []string
	for i := range m.Signals {
		if string(m.Signals[i].Name) == name {
			return m, &m.Signals[i], nil
		}
		names = append(names, string(m.Signals[i].Name))
	}
	return nil, nil, fmt.Errorf("message %s of %s has no signal %s; it has %s", in, d.file, name, encoding.Listed(names))
}

// anywhere finds a signal that only one message has.
func (d *database) anywhere(name string) (m *dbc.MessageDef, s *dbc.SignalDef, err error) {
	var all, names []string
	for _, of := range d.messages {
		for i := range of.Signals {
			full := string(of.Name) + "." + string(of.Signals[i].Name)
			all = append(all, full)
			if string(of.Signals[i].Name) == name {
				m, s, names = of, &of.Signals[i], append(names, full)
			}
		}
	}
	switch len(names) {
	case 0:
		return nil, nil, fmt.Errorf("%s has no signal %s; it has %s", d.file, name, encoding.Listed(all))
	case 1:
		return m, s, nil
	}
	return nil, nil, fmt.Errorf("%s has the signals %s: name one with its message", d.file, strings.Join(names, ", "))
}

var _ encoding.Schemed = Format{}
