package broker

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"unicode/utf16"
)

// Properties are the settings of a Java client.properties file. Later lines win, as in Java.
type Properties map[string]string

// ReadProperties reads a file in the format of java.util.Properties: comments with # or !, "key=value", "key: value" or
// "key value", a backslash at the end of a line that goes on, and the escapes \t \n \r \f \uXXXX. The file is UTF-8.
func ReadProperties(file string) (Properties, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading the client properties: %w", err)
	}
	p, err := parseProperties(b)
	if err != nil {
		return nil, fmt.Errorf("reading the client properties %s: %w", file, err)
	}
	return p, nil
}

func parseProperties(b []byte) (Properties, error) {
	p := Properties{}
	var errs []error
	sc := bufio.NewScanner(bytes.NewReader(b))
	sc.Buffer(nil, 1<<20) // certificates stand in one line
	for n := 1; sc.Scan(); n++ {
		line, first := strings.TrimLeft(sc.Text(), " \t\f"), n
		if line == "" || line[0] == '#' || line[0] == '!' {
			continue
		}
		for continues(line) && sc.Scan() {
			n++
			line = line[:len(line)-1] + strings.TrimLeft(sc.Text(), " \t\f")
		}
		if continues(line) {
			line = line[:len(line)-1]
		}
		k, v := splitProperty(line)
		key, err1 := unescape(k)
		value, err2 := unescape(v)
		if err := errors.Join(err1, err2); err != nil {
			errs = append(errs, fmt.Errorf("line %d: %w", first, err))
			continue
		}
		p[key] = value
	}
	errs = append(errs, sc.Err())
	return p, errors.Join(errs...)
}

// continues reports an odd number of backslashes at the end.
func continues(line string) bool {
	n := len(line) - len(strings.TrimRight(line, `\`))
	return n%2 == 1
}

// splitProperty cuts at the first =, : or white space that no backslash precedes.
func splitProperty(line string) (key, value string) {
	end := len(line)
	for i := 0; i < len(line); i++ {
		if line[i] == '\\' {
			i++
		} else if strings.IndexByte("=: \t\f", line[i]) >= 0 {
			end = i
			break
		}
	}
	rest := strings.TrimLeft(line[end:], " \t\f")
	if rest != "" && (rest[0] == '=' || rest[0] == ':') {
		rest = strings.TrimLeft(rest[1:], " \t\f")
	}
	return line[:end], rest
}

func unescape(s string) (string, error) {
	if !strings.Contains(s, `\`) {
		return s, nil
	}
	var out strings.Builder
	var units []uint16 // of a run of \u escapes: characters beyond the first plane take two
	flush := func() {
		out.WriteString(string(utf16.Decode(units)))
		units = units[:0]
	}
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			flush()
			out.WriteByte(s[i])
			continue
		}
		i++
		if s[i] == 'u' {
			if i+5 > len(s) {
				return "", fmt.Errorf(`\u needs four hexadecimal digits`)
			}
			u, err := strconv.ParseUint(s[i+1:i+5], 16, 16)
			if err != nil {
				return "", fmt.Errorf(`\u needs four hexadecimal digits, not %q`, s[i+1:i+5])
			}
			units = append(units, uint16(u))
			i += 4
			continue
		}
		flush()
		if at := strings.IndexByte("tnrf", s[i]); at >= 0 {
			out.WriteByte("\t\n\r\f"[at])
		} else {
			out.WriteByte(s[i])
		}
	}
	flush()
	return out.String(), nil
}
