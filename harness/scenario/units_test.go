package scenario

import (
	"encoding"
	"testing"
	"time"
)

func TestUnitsRead(t *testing.T) {
	var (
		share  Share
		factor Factor
		rate   Rate
		bytes  Bytes
		span   Span
	)
	for _, c := range []struct {
		into encoding.TextUnmarshaler
		text string
		want any
	}{
		{&share, "1%", Share(0.01)}, {&share, "0%", Share(0)}, {&share, "100%", Share(1)}, {&share, "0.1%", Share(0.001)},
		{&share, "1", nil}, {&share, "101%", nil}, {&share, "-1%", nil}, {&share, "%", nil}, {&share, "1 %", nil}, {&share, "NaN%", nil},
		{&factor, "20x", Factor(20)}, {&factor, "0.5x", Factor(0.5)}, {&factor, "20", nil}, {&factor, "0x", nil}, {&factor, "1e3x", nil},
		{&rate, "5000/s", Rate(5000)}, {&rate, "0.5/s", Rate(0.5)}, {&rate, "5000", nil}, {&rate, "5/m", nil}, {&rate, "0/s", nil}, {&rate, "2000000000/s", nil},
		{&bytes, "1KB", Bytes(1000)}, {&bytes, "110MB", Bytes(110_000_000)}, {&bytes, "1.5GB", Bytes(1_500_000_000)}, {&bytes, "200", Bytes(200)},
		{&bytes, "200B", Bytes(200)}, {&bytes, "0", Bytes(0)}, {&bytes, "1.5", nil}, {&bytes, "1KiB", nil}, {&bytes, "-1", nil}, {&bytes, "0.0001KB", nil}, {&bytes, "9000TB", nil},
		{&span, "5ms", Span(5 * time.Millisecond)}, {&span, "0s", Span(0)}, {&span, "5", nil}, {&span, "-5ms", nil},
	} {
		err := c.into.UnmarshalText([]byte(c.text))
		if c.want == nil {
			if err == nil {
				t.Errorf("%T: %q was read, want an error", c.into, c.text)
			}
			continue
		}
		var got any
		switch v := c.into.(type) {
		case *Share:
			got = *v
		case *Factor:
			got = *v
		case *Rate:
			got = *v
		case *Bytes:
			got = *v
		case *Span:
			got = *v
		}
		if err != nil || got != c.want {
			t.Errorf("%T: %q = %v, %v, want %v", c.into, c.text, got, err, c.want)
		}
	}
}

func TestUnitsPrint(t *testing.T) {
	for _, c := range []struct {
		in   interface{ String() string }
		want string
	}{
		{Share(0.001), "0.1%"}, {Share(1), "100%"}, {Share(0), "0%"}, {Factor(20), "20x"}, {Factor(0.5), "0.5x"},
		{Rate(5000), "5000/s"}, {Rate(0.25), "0.25/s"}, {Bytes(0), "0B"}, {Bytes(999), "999B"}, {Bytes(1000), "1KB"},
		{Bytes(999_999), "1000KB"}, {Bytes(759_123_456), "759MB"}, {Bytes(45_500_000), "45.5MB"}, {Bytes(1_234_000_000_000), "1.23TB"},
		{Bytes(5_000_000_000_000_000), "5000TB"}, {Span(5 * time.Millisecond), "5ms"},
	} {
		if got := c.in.String(); got != c.want {
			t.Errorf("%T.String() = %q, want %q", c.in, got, c.want)
		}
	}
}
