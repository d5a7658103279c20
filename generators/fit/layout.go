package fit

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/streamgauge/streamgauge/generators/realism"
)

// number is one or two bytes of a frame that are a number.
type number struct {
	at, size       int
	little, signed bool
}

// numberNames are the names of a frame's numbers, by their place.
var numberNames = [...]string{"signal", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth"}

func (n number) of(frame []byte) int {
	if n.size == 1 {
		return int(frame[n.at])
	}
	v := binary.BigEndian.Uint16(frame[n.at:])
	if n.little {
		v = binary.LittleEndian.Uint16(frame[n.at:])
	}
	if n.signed {
		return int(int16(v))
	}
	return int(v)
}

// form is how a preset writes it.
func (n number) form() string {
	switch {
	case n.size == 1:
		return "u8"
	case n.signed && n.little:
		return "i16"
	case n.signed:
		return "i16be"
	case n.little:
		return "u16"
	}
	return "u16be"
}

// layout finds what the bytes of frames of one length are, and writes it as a preset's message: bytes that stay, counters, sums,
// bytes without order, and numbers.
func layout(frames [][]byte, d detail) (string, []number) {
	var b strings.Builder
	var numbers []number
	for at := 0; at < len(frames[0]); at++ {
		column := bytesAt(frames, at)
		value, share := commonest(column)
		sum := sumFrom(frames, at)
		switch {
		case share >= d.still || len(numbers) == len(numberNames):
			fmt.Fprintf(&b, "%02x", value)
		case counts(column):
			b.WriteString("${seq:u8}")
		case sum >= 0:
			fmt.Fprintf(&b, "${sum8:%d}", sum)
		case disordered(column):
			b.WriteString("${noise:1}")
		default:
			n := numberAt(frames, at, d)
			fmt.Fprintf(&b, "${%s:%s}", numberNames[len(numbers)], n.form())
			numbers = append(numbers, n)
			at += n.size - 1
		}
	}
	return b.String(), numbers
}

func bytesAt(frames [][]byte, at int) []byte {
	column := make([]byte, 0, len(frames))
	for _, f := range frames {
		column = append(column, f[at])
	}
	return column
}

// commonest gives the value that occurs most often, and its share.
func commonest(column []byte) (value byte, share float64) {
	var count [256]int
	for _, c := range column {
		if count[c]++; count[c] > count[value] {
			value = c
		}
	}
	return value, float64(count[value]) / float64(len(column))
}

// counts tells whether a byte counts the frames.
func counts(column []byte) bool {
	ones := 0
	for i := 1; i < len(column); i++ {
		if column[i]-column[i-1] == 1 {
			ones++
		}
	}
	return ones*100 >= 95*(len(column)-1)
}

// sumFrom gives the place from which on a byte sums the bytes before it, modulo 256: the whole frame, or its data; -1 if it does not.
func sumFrom(frames [][]byte, at int) int {
	for _, from := range []int{0, dataAt} {
		right := 0
		for _, f := range frames {
			sum := byte(0)
			for _, c := range f[min(from, at):at] {
				sum += c
			}
			if sum == f[at] {
				right++
			}
		}
		if at > from && right*100 >= 99*len(frames) {
			return from
		}
	}
	return -1
}

// lengthAt is where the length of a frame's data stands, and dataAt where they begin.
const lengthAt, dataAt = 4, 8

// disordered tells whether a byte takes nearly as many values as random ones would, and none depends on the one before.
func disordered(column []byte) bool {
	var seen [256]bool
	different, v := 0, []float64(nil)
	for _, c := range column {
		if !seen[c] {
			seen[c], different = true, different+1
		}
		v = append(v, float64(c))
	}
	n := float64(len(column))
	return !narrow(column) && float64(different) > 0.85*256*(1-math.Exp(-n/256)) && math.Abs(number0(realism.ACF(v, 1))) < 0.1+2/math.Sqrt(n)
}

// narrow tells whether values keep within so small a part of the range as random bytes would once in a thousand columns: a few frames of
// a number have as many different values as random bytes have.
func narrow(column []byte) bool {
	n, part := float64(len(column)), float64(int(slices.Max(column))-int(slices.Min(column))+1)/256
	return n*math.Pow(part, n-1)-(n-1)*math.Pow(part, n) < 0.001
}

// numberAt is the number that begins at a place: of two bytes if the higher one changes as one does that is carried to, or if
// both together have no more values than a table of steps holds; else of one.
func numberAt(frames [][]byte, at int, d detail) number {
	one := number{at: at, size: 1}
	if at+1 >= len(frames[0]) {
		return one
	}
	next := bytesAt(frames, at+1)
	if _, share := commonest(next); share >= d.still || counts(next) || sumFrom(frames, at+1) >= 0 {
		return one
	}
	best, most := one, 0.8
	for _, n := range []number{{at: at, size: 2}, {at: at, size: 2, signed: true}, {at: at, size: 2, little: true}, {at: at, size: 2, little: true, signed: true}} {
		if share := carried(frames, n); share > most+0.01 {
			best, most = n, share
		}
	}
	if two := (number{at: at, size: 2}); best == one && different(frames, two) <= d.steps {
		return two
	}
	return best
}

// carried is the share of the changes of a number's higher byte at which the number changes by less than 256.
func carried(frames [][]byte, n number) float64 {
	high := n.at
	if n.little {
		high++
	}
	all, small := 0, 0
	for i := 1; i < len(frames); i++ {
		if frames[i][high] == frames[i-1][high] {
			continue
		}
		all++
		if d := n.of(frames[i]) - n.of(frames[i-1]); d > -256 && d < 256 {
			small++
		}
	}
	return float64(small) / float64(max(all, 1))
}

func different(frames [][]byte, n number) int {
	seen := map[int]bool{}
	for _, f := range frames {
		seen[n.of(f)] = true
	}
	return len(seen)
}
