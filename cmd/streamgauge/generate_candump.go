package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"github.com/streamgauge/streamgauge/generators"
	"github.com/streamgauge/streamgauge/generators/preset"
)

// candump writes frames of a CAN bus as candump logs them, when they arrive; canplayer sends such a log. What was damaged on purpose
// is left out: no controller hands such a frame on.
type candump struct {
	*fileSink
	start time.Time
}

// newCandump writes to a file, or to standard output for "-".
func (a *app) newCandump(f *generateFlags, p *preset.Preset, file string) (sink, error) {
	switch {
	case file == "":
		return nil, usagef("such as -o candump:car.log, or candump:- for standard output", "-o candump: no file named")
	case f.encoding == "native" && p.Encoding != "can" || f.encoding != "native" && f.encoding != "can":
		return nil, usagef("such as --preset vehicle, or --encoding can", "-o candump:%s: a log of a bus takes frames of the encoding can", file)
	}
	start, err := time.Parse(time.RFC3339, cmp.Or(f.start, p.Clock.Start, "2024-01-01T00:00:00Z"))
	if err != nil {
		return nil, err // both were checked
	}
	out, err := a.fileSink(file, nil)
	if err != nil {
		return nil, err
	}
	return &candump{out, start}, nil
}

func (c *candump) put(_ context.Context, due time.Duration, e *generators.Event) error {
	defer e.GiveBack()
	if e.Damaged {
		return nil
	}
	if err := candumpLines(c.w, c.start.Add(due), string(e.Key), e.Value); err != nil {
		return environment("", fmt.Errorf("writing the stream: %w", err))
	}
	return nil
}

// candumpLines writes a line for each frame of a message. The bus is called like the device; an identifier at the end of that is
// left out, as it follows.
func candumpLines(w *bufio.Writer, at time.Time, device string, message []byte) error {
	const head, most, fd = 8, 64, 4
	for len(message) >= head && int(message[4]) <= min(most, len(message)-head) {
		id, mark, end := identifier(binary.BigEndian.Uint32(message)), "#", head+int(message[4])
		if message[5]&fd != 0 {
			mark = "##0" // and no flag
		}
		bus := device
		if i := strings.LastIndexByte(device, '/'); i > 0 && strings.EqualFold(strings.TrimLeft(device[i+1:], "0"), strings.TrimLeft(id, "0")) {
			bus = device[:i]
		}
		bus = strings.Join(strings.Fields(bus), "_")
		if _, err := fmt.Fprintf(w, "(%d.%06d) %s %s%s%X\n", at.Unix(), at.Nanosecond()/1000, bus, id, mark, message[head:end]); err != nil {
			return err
		}
		message = message[end:]
	}
	return nil
}

// identifier writes the first word of a frame as candump does: three digits of 11 bits, eight of 29.
func identifier(word uint32) string {
	const extended = 1 << 31
	if word&extended != 0 {
		return fmt.Sprintf("%08X", word&^extended)
	}
	return fmt.Sprintf("%03X", word)
}
