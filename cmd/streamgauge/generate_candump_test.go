package main

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"testing"
	"time"
)

// A message may have several frames, of any length, and of CAN FD.
func TestFramesAreLoggedAsCandumpDoes(t *testing.T) {
	message, err := hex.DecodeString("0000012305000000" + "0102030405" + "8cf0040008000000" + "1112131415161718" + "000004560c040000" + "000102030405060708090a0b" + "0000070100000000")
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	w := bufio.NewWriter(&got)
	if err := candumpLines(w, time.Unix(1533224087, 250_000_999), "car 1/0cf00400", message); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	want := `(1533224087.250000) car_1/0cf00400 123#0102030405
(1533224087.250000) car_1 0CF00400#1112131415161718
(1533224087.250000) car_1/0cf00400 456##0000102030405060708090A0B
(1533224087.250000) car_1/0cf00400 701#
`
	if got.String() != want {
		t.Errorf("the log is\n%swant\n%s", got.String(), want)
	}
}
