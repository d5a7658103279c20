package preset

// stride is how many bytes are moved at a time. Most texts of a message are shorter, and a move of fixed length costs less than to find
// out how many bytes to move.
const stride = 32

// padded is a text with stride bytes behind it.
type padded []byte

func pad(text string) padded { return append([]byte(text), make([]byte, stride)...) }

// append appends the text from one place to another. What b has room for behind it is overwritten.
func (p padded) append(b []byte, from, to int) []byte {
	n := len(b)
	if to-from > stride || cap(b)-n < stride {
		return append(b, p[from:to]...)
	}
	word := [stride]byte(p[from:]) // on its own, since what may overlap is moved by a call
	*(*[stride]byte)(b[n : n+stride]) = word
	return b[:n+to-from]
}
