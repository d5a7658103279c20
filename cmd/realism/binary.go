package main

import (
	"archive/tar"
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/streamgauge/streamgauge/generators/sample"
)

var errCut = errors.New("it is cut off")

// lines are the sentences of a log: what stands between line ends, comments left out.
func lines(b []byte) ([][]byte, error) {
	var all [][]byte
	for line := range bytes.Lines(b) {
		if line = bytes.TrimRight(line, "\r\n"); len(line) > 0 && line[0] != '#' {
			all = append(all, line)
		}
	}
	return all, nil
}

// telegram is one message in hexadecimal digits.
func telegram(b []byte) ([][]byte, error) {
	m, err := hex.DecodeString(strings.Join(strings.Fields(string(b)), ""))
	return [][]byte{m}, err
}

// packets are the frames of a capture of libpcap's classic form, little endian.
func packets(b []byte) ([][]byte, error) {
	const head, each = 24, 16
	if len(b) < head || binary.LittleEndian.Uint32(b) != 0xa1b2c3d4 {
		return nil, errors.New("no capture with times in us, little endian")
	}
	var all [][]byte
	for b = b[head:]; len(b) > 0; {
		if len(b) < each || len(b)-each < int(binary.LittleEndian.Uint32(b[8:])) {
			return nil, errCut
		}
		end := each + int(binary.LittleEndian.Uint32(b[8:]))
		all, b = append(all, b[each:end]), b[end:]
	}
	return all, nil
}

// blocks are the first lead of a two-lead record of WFDB format 212, in WAV files of 540 samples around its zero: what the
// preset's messages are.
func blocks(b []byte) ([][]byte, error) {
	const samples, zero = 540, 1024
	head, _ := hex.DecodeString("524946465c04000057415645666d7420100000000100010068010000d0020000020010006461746138040000")
	var all [][]byte
	for ; len(b) >= 3*samples; b = b[3*samples:] {
		m := bytes.Clone(head)
		for i := range samples {
			v := int16(uint16(b[3*i])|uint16(b[3*i+1]&15)<<8) << 4 >> 4
			m = binary.LittleEndian.AppendUint16(m, uint16(v-zero))
		}
		all = append(all, m)
	}
	return all, nil
}

// whole is all members of a tar archive, one behind the other; of any other file its bytes.
func whole(b []byte) ([][]byte, error) {
	if len(b) < 262 || string(b[257:262]) != "ustar" {
		return [][]byte{b}, nil
	}
	var m []byte
	for t := tar.NewReader(bytes.NewReader(b)); ; {
		if _, err := t.Next(); err == io.EOF {
			return [][]byte{m}, nil
		} else if err != nil {
			return nil, err
		}
		part, err := io.ReadAll(t)
		if err != nil {
			return nil, err
		}
		m = append(m, part...)
	}
}

// ulog reads the data messages of a flight log: a number that stands for the topic, a time in us, and what is measured. The
// format is PX4's. Messages of topics without a time are left out: what stands in its place lies far behind the times before.
func ulog(files []string) (*sample.Stream, error) {
	b, err := unpacked(files[0])
	if err != nil {
		return nil, err
	}
	const head, clockless = 16, 60e9
	if !bytes.HasPrefix(b, []byte("ULog\x01\x12\x35")) || len(b) < head {
		return nil, fmt.Errorf("reading %s: no ULog", files[0])
	}
	s, before := &sample.Stream{}, int64(0)
	for b = b[head:]; len(b) > 0; {
		if len(b) < 3 || len(b)-3 < int(binary.LittleEndian.Uint16(b)) {
			return nil, fmt.Errorf("reading %s: %w", files[0], errCut)
		}
		end := 3 + int(binary.LittleEndian.Uint16(b))
		if b[2] == 'D' && end >= 3+10 {
			if m := logged(b[3:end]); m.Time >= before-clockless {
				s.Messages, before = append(s.Messages, m), m.Time
			}
		}
		b = b[end:]
	}
	return s, nil
}

// logged takes topic and time from a data message.
func logged(b []byte) sample.Message {
	return sample.Message{Time: int64(binary.LittleEndian.Uint64(b[2:])) * 1e3, Key: fmt.Sprint(binary.LittleEndian.Uint16(b)), Bytes: b}
}

// hasClock tells whether a generated message is of a topic that has a time in the recorded log.
func hasClock(e *sent) bool {
	_, topic, _ := strings.Cut(string(e.Key), "/")
	return !slices.Contains([]string{"sensor_preflight", "ekf2_innovations", "commander_state"}, topic)
}

// frames reads the frames of a bus from the arrays of NumPy that hold their times in s, buses, identifiers and data, which
// have lost the zeros at their ends. They are written as SocketCAN hands them out, and their fields are the words of the data.
func frames(files []string) (*sample.Stream, error) {
	var of [4][]byte
	for i, name := range files[:4] {
		b, err := unpacked(name)
		if err != nil {
			return nil, err
		}
		if len(b) < 10 || !bytes.HasPrefix(b, []byte("\x93NUMPY\x01")) || len(b) < 10+int(binary.LittleEndian.Uint16(b[8:])) {
			return nil, fmt.Errorf("reading %s: no array of NumPy", name)
		}
		of[i] = b[10+binary.LittleEndian.Uint16(b[8:]):]
	}
	s := &sample.Stream{Bus: true, Clock: "s", Fields: sample.BusFields()}
	n := len(of[0]) / 8
	for i := range n {
		if 8*i+8 > min(len(of[1]), len(of[2]), len(of[3])) {
			return nil, fmt.Errorf("reading %s: %w", files[0], errCut)
		}
		at := math.Float64frombits(binary.LittleEndian.Uint64(of[0][8*i:]))
		bus, id := binary.LittleEndian.Uint64(of[1][8*i:]), binary.LittleEndian.Uint64(of[2][8*i:])
		b := binary.BigEndian.AppendUint32(nil, uint32(id))
		b = append(append(b, 8, 0, 0, 0), of[3][8*i:8*i+8]...)
		s.Messages = append(s.Messages, sample.Frame(int64(at*1e9), fmt.Sprintf("%d/%x", bus, id), b))
	}
	return s, nil
}
