package sample

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// busWords is how many words the data of a frame has, and wordAt where they begin.
const busWords, wordAt = 4, 8

// BusFields are the names of the fields of frames: the words of their data.
func BusFields() []string {
	var names []string
	for i := range busWords {
		names = append(names, fmt.Sprintf("word %d", i+1))
	}
	return names
}

// Frame is a frame of a CAN bus as a message: bytes as SocketCAN hands them out (identifier, length, data), whose fields are the words of
// the data, big endian, as if it were zeros from its end to that of eight bytes. The key tells bus and identifier.
func Frame(at int64, key string, b []byte) Message {
	m := Message{Time: at, Key: key, Bytes: b}
	var data [2 * busWords]byte
	copy(data[:], b[min(wordAt, len(b)):])
	for i := 0; i < len(data); i += 2 {
		v := binary.BigEndian.Uint16(data[i:])
		m.Values, m.Texts = append(m.Values, float64(v)), append(m.Texts, strconv.Itoa(int(v)))
	}
	return m
}

// logged is a line of `candump -l` with a data frame of CAN 2.0.
var logged = regexp.MustCompile(`^\((\d+\.\d+)\) (\S+) ([0-9A-Fa-f]{3}|[0-9A-Fa-f]{8})#((?:[0-9A-Fa-f]{2}){0,8})(?: [TR])?$`)

// bus reads a log of candump. Remote, error and CAN FD frames count as bad.
func bus(b []byte, sort bool) (*Stream, error) {
	s, why := &Stream{Bus: true, Clock: "s", Fields: BusFields()}, error(nil)
	for line := range bytes.Lines(b) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			continue
		}
		m, err := busLine(string(line))
		if err != nil {
			if s.Bad++; why == nil {
				why = err
			}
			continue
		}
		s.Messages = append(s.Messages, m)
	}
	if n := len(s.Messages); s.Bad > n {
		return nil, fmt.Errorf("%d of %d cannot be read; the first: %w", s.Bad, s.Bad+n, why)
	}
	if sort {
		s.sort()
	}
	return s, nil
}

func busLine(line string) (Message, error) {
	const extended, most = 1 << 31, 1<<29 - 1
	part := logged.FindStringSubmatch(line)
	if part == nil {
		return Message{}, fmt.Errorf("%.40q is no data frame of CAN 2.0 as candump -l writes it, such as (1436509052.249713) can0 044#2A366C2BBA", line)
	}
	at, err := decimal(part[1], 1e9)
	if err != nil {
		return Message{}, err
	}
	id, _ := strconv.ParseUint(part[3], 16, 32) // digits by the form
	if len(part[3]) == 8 {
		if id > most {
			return Message{}, fmt.Errorf("%.40q is an error frame", line)
		}
		id |= extended
	}
	data, _ := hex.DecodeString(part[4]) // the same
	f := make([]byte, wordAt+len(data))
	binary.BigEndian.PutUint32(f, uint32(id))
	f[4] = byte(len(data))
	copy(f[wordAt:], data)
	return Frame(at, part[2]+"/"+strings.ToLower(part[3]), f), nil
}
