package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/streamgauge/streamgauge/generators"
	"github.com/streamgauge/streamgauge/generators/sample"
)

// recording reads the files of a recording, and generated events as it reads recorded messages.
type recording interface {
	// read gives the messages in the order in which they were recorded.
	read(files []string) (*sample.Stream, error)
	// taken gives generated events as the stream that a recording of them would be; columns is the line before a CSV's messages.
	taken(events []sent, columns string) (*sample.Stream, error)
}

// sent is a generated event and when it arrives, from the stream's start.
type sent struct {
	at time.Duration
	generators.Event
}

// text is a recording of JSON or CSV.
type text struct {
	sample.Layout
	columns string // of CSV without a line of them
	only    string // what is in each message that counts; empty: all count
}

func (t text) read(files []string) (*sample.Stream, error) {
	b, err := unpacked(files[0])
	if err != nil {
		return nil, err
	}
	if t.columns != "" {
		b = append([]byte(t.columns+"\n"), b...)
	}
	if t.only != "" {
		var kept []byte
		for line := range bytes.Lines(b) {
			if bytes.Contains(line, []byte(t.only)) {
				kept = append(kept, line...)
			}
		}
		b = kept
	}
	return sample.Read(b, t.Layout)
}

func (t text) taken(events []sent, columns string) (*sample.Stream, error) {
	var b bytes.Buffer
	if columns != "" {
		fmt.Fprintln(&b, columns)
	}
	for i := range events {
		b.Write(events[i].Value)
		b.WriteByte('\n')
	}
	l := t.Layout
	l.Without = nil // it was not generated
	return sample.Read(b.Bytes(), l)
}

// alone is a recording of which the bytes of messages alone are known. It takes a file apart; nil: a file is a message.
type alone func(file []byte) ([][]byte, error)

func (a alone) read(files []string) (*sample.Stream, error) {
	var all [][]byte
	for _, name := range files {
		b, err := unpacked(name)
		if err != nil {
			return nil, err
		}
		messages := [][]byte{b}
		if a != nil {
			if messages, err = a(b); err != nil {
				return nil, fmt.Errorf("reading %s: %w", name, err)
			}
		}
		all = append(all, messages...)
	}
	return sample.Framed(all), nil
}

func (a alone) taken(events []sent, _ string) (*sample.Stream, error) {
	var all [][]byte
	for i := range events {
		all = append(all, events[i].Value)
	}
	return sample.Framed(all), nil
}

// timed is a recording of binary messages whose times and sources are known.
type timed struct {
	open  func(files []string) (*sample.Stream, error)
	event func(*sent) sample.Message // a generated event as open reads recorded ones
	has   func(*sent) bool           // whether it is one of those that open reads; nil: all are
}

func (t timed) read(files []string) (*sample.Stream, error) { return t.open(files) }

func (t timed) taken(events []sent, _ string) (*sample.Stream, error) {
	s := &sample.Stream{}
	for i := range events {
		if t.has == nil || t.has(&events[i]) {
			s.Messages = append(s.Messages, t.event(&events[i]))
		}
	}
	if len(s.Messages) > 0 {
		s.Fields = fieldNames(len(s.Messages[0].Values))
	}
	return s, nil
}

func fieldNames(n int) []string {
	var names []string
	for i := range n {
		names = append(names, fmt.Sprintf("word %d", i+1))
	}
	return names
}

// unpacked reads a file, decompressed where it is gzip. A zip archive stays one: package sample opens it.
func unpacked(name string) ([]byte, error) {
	b, err := os.ReadFile(name)
	if err != nil || !bytes.HasPrefix(b, []byte{0x1f, 0x8b}) {
		return b, err
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return io.ReadAll(z)
}
