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
		"vcan0/044 1436509052249713000 00000044050000002a366c2bba [10806 27691 47616 0]",
		"can1/18fef100 1436509052449847000 98fef100080000000102030405060708 [258 772 1286 1800]",
		"can1/123 1436509052500000000 0000012300000000 [0 0 0 0]",
	} {
		m := s.Messages[i]
		if got := fmt.Sprintf("%s %d %x %v", m.Key, m.Time, m.Bytes, m.Values); got != want {
			t.Errorf("frame %d = %s, want %s", i, got, want)
		}
	}
}

func TestALogOfABusIsSorted(t *testing.T) {
	for sort, want := range map[bool]string{false: "can0/002 can0/001", true: "can0/001 can0/002"} {
		s := read(t, "(2.0) can0 002#\n(1.5) can0 001#\n", Layout{Sort: sort})
		if got := s.Messages[0].Key + " " + s.Messages[1].Key; got != want {
			t.Errorf("sorted: %t: %s, want %s", sort, got, want)
		}
	}
}

func TestALogOfSomethingElseIsRefused(t *testing.T) {
	for _, text := range []string{"(a) b\n", "(1436509052.7) can1 123##1AABB\n"} { // the second is of CAN FD
		_, err := Read([]byte(text), Layout{})
		if err == nil || !strings.Contains(err.Error(), "1 of 1 cannot be read; the first: ") || !strings.Contains(err.Error(), "no data frame of CAN 2.0") {
			t.Errorf("Read(%q) = %v, want that it is no data frame", text, err)
		}
	}
}
