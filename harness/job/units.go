package job

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Millis is a duration of whole milliseconds: "30s" in YAML, the number of ms in JSON.
type Millis int64

// Duration converts.
func (m Millis) Duration() time.Duration { return time.Duration(m) * time.Millisecond }

// String prints as time.Duration does.
func (m Millis) String() string { return m.Duration().String() }

// UnmarshalText reads a Go duration of whole milliseconds, unit required.
func (m *Millis) UnmarshalText(b []byte) error {
	d, err := time.ParseDuration(string(b))
	if err != nil {
		return fmt.Errorf("%q is not a duration with a unit, such as 500ms or 30s", b)
	}
	if d%time.Millisecond != 0 {
		return fmt.Errorf("%q is not a whole number of milliseconds", b)
	}
	*m = Millis(d / time.Millisecond)
	return nil
}

// UnmarshalJSON reads the number of ms.
func (m *Millis) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, (*int64)(m)) }

// MarshalJSON writes the number of ms.
func (m Millis) MarshalJSON() ([]byte, error) { return strconv.AppendInt(nil, int64(m), 10), nil }

// Micros is a decimal in millionths: "0.5" in YAML, 500000 in JSON. Never a float on the way.
type Micros int64

// String prints the decimal without trailing zeros.
func (m Micros) String() string {
	sign, v := "", int64(m)
	if v < 0 {
		sign, v = "-", -v
	}
	s := fmt.Sprintf("%s%d.%06d", sign, v/1e6, v%1e6)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// UnmarshalText reads a decimal with at most six digits after the point and |m| ≤ MaxMicros.
func (m *Micros) UnmarshalText(b []byte) error {
	whole, frac, _ := strings.Cut(string(b), ".")
	digits := strings.TrimPrefix(whole, "-") + frac
	if len(frac) > 6 || len(digits) == 0 || strings.Trim(digits, "0123456789") != "" || len(digits) > 20 {
		return fmt.Errorf("%q is not a decimal with at most six digits after the point", b)
	}
	v, err := strconv.ParseInt(whole+frac+strings.Repeat("0", 6-len(frac)), 10, 64)
	if err != nil || v > MaxMicros || v < -MaxMicros {
		return fmt.Errorf("%q is beyond ±10000000", b)
	}
	*m = Micros(v)
	return nil
}

// UnmarshalJSON reads the number of millionths.
func (m *Micros) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, (*int64)(m)) }

// MarshalJSON writes the number of millionths.
func (m Micros) MarshalJSON() ([]byte, error) { return strconv.AppendInt(nil, int64(m), 10), nil }

// Operand is a number or the name of a registry field that holds one. JSON: a number of millionths or a string.
type Operand struct {
	Field string
	Value Micros
}

// String prints the field's name or the number.
func (o Operand) String() string {
	if o.Field != "" {
		return o.Field
	}
	return o.Value.String()
}

// UnmarshalText reads a decimal, or else a name.
func (o *Operand) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		return errors.New("empty: want a number or the name of a registry field")
	}
	if c := b[0]; c == '-' || c >= '0' && c <= '9' {
		return o.Value.UnmarshalText(b)
	}
	o.Field = string(b)
	return nil
}

// UnmarshalJSON reads a number of millionths or a name.
func (o *Operand) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, &o.Field)
	}
	return json.Unmarshal(b, &o.Value)
}

// MarshalJSON writes a number of millionths or a name.
func (o Operand) MarshalJSON() ([]byte, error) {
	if o.Field != "" {
		return json.Marshal(o.Field)
	}
	return json.Marshal(o.Value)
}
