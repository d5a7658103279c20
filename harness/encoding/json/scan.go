package jsonenc

import (
	"unicode/utf16"
	"unicode/utf8"

	"github.com/streamgauge/streamgauge/harness/job"
)

// scanner reads the tokens of RFC 8259 from left to right. Its methods return false where they cannot go on: at the end of
// the input, or, after bad, at a byte that cannot stand where it stands.
type scanner struct {
	b       []byte
	pos     int
	refused bool // a byte was; otherwise the input ended too soon
}

// bad notes that the byte at pos cannot stand there. It returns false.
func (s *scanner) bad() bool {
	s.refused = true
	return false
}

// reason says why the scanner could not go on.
func (s *scanner) reason() job.Reason {
	if s.refused {
		return job.ReasonBadJSON
	}
	return job.ReasonTruncated
}

// peek is the byte at pos. False at the end of the input.
func (s *scanner) peek() (byte, bool) {
	if s.pos < len(s.b) {
		return s.b[s.pos], true
	}
	return 0, false
}

// space skips white space.
func (s *scanner) space() {
	for s.pos < len(s.b) {
		switch s.b[s.pos] {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return
		}
	}
}

// literal reads true, false or null.
func (s *scanner) literal(word string) bool {
	for i := range len(word) {
		c, ok := s.peek()
		if !ok {
			return false
		}
		if c != word[i] {
			return s.bad()
		}
		s.pos++
	}
	return true
}

// str reads a string whose opening quote stands at pos, and its closing quote. The input is valid UTF-8 by an earlier test.
func (s *scanner) str() (escaped, ok bool) {
	s.pos++
	for s.pos < len(s.b) {
		switch c := s.b[s.pos]; {
		case c == '"':
			s.pos++
			return escaped, true
		case c == '\\':
			escaped = true
			if !s.escape() {
				return escaped, false
			}
		case c < ' ':
			return escaped, s.bad()
		default:
			s.pos++
		}
	}
	return escaped, false
}

// escape reads an escape whose backslash stands at pos.
func (s *scanner) escape() bool {
	s.pos++
	c, ok := s.peek()
	if !ok {
		return false
	}
	switch c {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		s.pos++
		return true
	case 'u':
		s.pos++
	default:
		return s.bad()
	}
	for range 4 {
		c, ok := s.peek()
		if !ok {
			return false
		}
		if hex(c) < 0 {
			return s.bad()
		}
		s.pos++
	}
	return true
}

// hex is the value of a hexadecimal digit; -1 for other bytes.
func hex(c byte) rune {
	switch {
	case c >= '0' && c <= '9':
		return rune(c - '0')
	case c >= 'a' && c <= 'f':
		return rune(c - 'a' + 10)
	case c >= 'A' && c <= 'F':
		return rune(c - 'A' + 10)
	}
	return -1
}

// number reads a number, whose first byte at pos is a digit or a minus sign.
func (s *scanner) number() bool {
	if s.b[s.pos] == '-' {
		s.pos++
	}
	switch c, ok := s.peek(); {
	case !ok:
		return false
	case c == '0':
		s.pos++
	case !s.digits():
		return false
	}
	if c, ok := s.peek(); ok && c == '.' {
		s.pos++
		if !s.digits() {
			return false
		}
	}
	if c, ok := s.peek(); ok && (c == 'e' || c == 'E') {
		s.pos++
		if c, ok := s.peek(); ok && (c == '+' || c == '-') {
			s.pos++
		}
		return s.digits()
	}
	return true
}

// digits reads one digit or more.
func (s *scanner) digits() bool {
	start := s.pos
	for s.pos < len(s.b) && s.b[s.pos] >= '0' && s.b[s.pos] <= '9' {
		s.pos++
	}
	if s.pos > start {
		return true
	}
	if s.pos < len(s.b) {
		return s.bad()
	}
	return false
}

// unescape appends the content of a string, which the scanner has passed, to dst. An escaped half of a surrogate pair
// without its partner becomes U+FFFD.
func unescape(dst, s []byte) []byte {
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			dst = append(dst, s[i])
			continue
		}
		i++
		switch s[i] {
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'u':
			r := unit(s[i+1:])
			i += 4
			if utf16.IsSurrogate(r) {
				pair := rune(utf8.RuneError)
				if len(s) > i+6 && s[i+1] == '\\' && s[i+2] == 'u' {
					pair = utf16.DecodeRune(r, unit(s[i+3:]))
				}
				if r = pair; pair != utf8.RuneError {
					i += 6
				}
			}
			dst = utf8.AppendRune(dst, r)
		default: // a quote, a slash or a backslash
			dst = append(dst, s[i])
		}
	}
	return dst
}

// unit is the UTF-16 unit that four hexadecimal digits name.
func unit(s []byte) rune {
	return hex(s[0])<<12 | hex(s[1])<<8 | hex(s[2])<<4 | hex(s[3])
}
