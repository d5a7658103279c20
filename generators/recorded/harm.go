package recorded

import "math/rand/v2"

const (
	fillerHead = `,"pad":"`
	fillerTail = `"}`
)

// letters are 64 that need no escape in JSON. The filler is a random choice of them: six bits of each byte are news, so it
// compresses to three quarters, as packed measurements in base64 do.
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-"

// poolBytes is how many letters are drawn once, for all fillers to be cut from in turn: drawing each anew was most of the
// cost of a large message. The same letters come again after 16 MiB, beyond what compression in Kafka can see: it works on
// one batch at a time, and only messages of more than that have more in a batch.
const poolBytes = 16 << 20

// newPool draws letters, ten of one random number.
func newPool(rng *rand.PCG) []byte {
	pool := make([]byte, poolBytes)
	for rest := pool; len(rest) > 0; {
		u := rng.Uint64()
		n := min(10, len(rest))
		for i := range n {
			rest[i] = letters[u&63]
			u >>= 6
		}
		rest = rest[n:]
	}
	return pool
}

// pad puts a filler field before the closing brace so that the message grows by so many bytes; by the field's own size if
// that is more.
func (s *stream) pad(b []byte, missing int) []byte {
	b = append(b[:len(b)-1], fillerHead...)
	for n := missing - len(fillerHead) - len(fillerTail) + 1; n > 0; {
		if len(s.filler) == 0 {
			s.filler = s.pool
		}
		k := min(n, len(s.filler))
		b = append(b, s.filler[:k]...)
		s.filler = s.filler[k:]
		n -= k
	}
	return append(b, fillerTail...)
}

// damaged harms a value that was just written, as a link does: half of them are cut off, half have one bit flipped in each
// of one to three bytes in a row.
func (s *stream) damaged(v []byte) []byte {
	rng := s.rng[forDamage]
	u := rng.Uint64()
	if u&1 == 0 {
		n := below(rng, uint64(len(v)))
		return v[:n:n]
	}
	at := int(below(rng, uint64(len(v))))
	for k := range int(u>>1%3) + 1 {
		if at+k < len(v) {
			v[at+k] ^= 1 << (u >> (8 + 3*k) & 7)
		}
	}
	return v
}
