package sample

import (
	"fmt"
	"strings"
	"testing"
)

func TestLogsOfABus(t *testing.T) {
	s := read(t, `(1436509052.249713) vcan0 044#2A366C2BBA
(1436509052.449847) can1 18FEF100#0102030405060708 R
(1436509052.5) can1 123#
(1436509052.6) can1 123#R
(1436509052.7) can1 123##1AABB
(1436509052.8) can1 20000004#0000000000000000
`, Layout{})
	if !s.Bus || s.Bad != 3 || len(s.Messages) != 3 {
		t.Fatalf("bus %v, %d bad, %d messages; want true, 3 and 3", s.Bus, s.Bad, len(s.Messages))
	}
	for i, want := range []string{
		"vcan0/044 1436509052249713000 00000044050000002a366c2bba000000 [10806 27691 47616 0]",
		"can1/18fef100 1436509052449847000 98fef100080000000102030405060708 [258 772 1286 1800]",
		"can1/123 1436509052500000000 00000123000000000000000000000000 [0 0 0 0]",
	} {
		m := s.Messages[i]
		if got := fmt.Sprintf("%s %d %x %v", m.Key, m.Time, m.Bytes, m.Values); got != want {
			t.Errorf("frame %d = %s, want %s", i, got, want)
		}
	}
}

func TestALogOfSomethingElseIsRefused(t *testing.T) {
	if _, err := Read([]byte("(a) b\n"), Layout{}); err == nil || !strings.Contains(err.Error(), "1 of 1 cannot be read; the first: ") {
		t.Errorf("Read() = %v, want that it cannot be read", err)
	}
}
