package lorawan

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"hash/crc32"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
)

// SessionKey is the network and the application session key of every device of a stream: the key of the AES standard's own
// example (FIPS 197), which is the default of much LoRaWAN software.
var SessionKey = [16]byte{0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6, 0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c}

// Layout of an uplink: MHDR, DevAddr, FCtrl, FCnt, FOpts, FPort, FRMPayload, MIC (LoRaWAN 1.0.4, section 4).
const (
	unconfirmed = 0x40
	confirmed   = 0x80
	headBytes   = 8
	micBytes    = 4
	port        = 1
)

// session ciphers and signs the messages of a pair of keys. Not safe for concurrent use.
type session struct {
	network, application cipher.Block
	sub                  [2][16]byte // subkeys of RFC 4493, section 2.3, for whole and for padded last blocks
	a, s                 [16]byte    // scratch
}

func newSession(network, application [16]byte) (*session, error) {
	n, err := aes.NewCipher(network[:])
	if err != nil {
		return nil, err
	}
	a, err := aes.NewCipher(application[:])
	if err != nil {
		return nil, err
	}
	s := &session{network: n, application: a}
	n.Encrypt(s.sub[0][:], make([]byte, 16))
	double(&s.sub[0])
	s.sub[1] = s.sub[0]
	double(&s.sub[1])
	return s, nil
}

// double multiplies by x in GF(2^128).
func double(b *[16]byte) {
	high, low := binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])
	carry := high >> 63
	binary.BigEndian.PutUint64(b[:8], high<<1|low>>63)
	binary.BigEndian.PutUint64(b[8:], low<<1^carry*0x87)
}

// block prepares the block of an uplink that begins with first and ends with last: B0 of the MIC, A1, A2, … of the cipher.
func (s *session) block(first byte, head []byte, last byte) {
	s.a = [16]byte{0: first, 15: last}
	copy(s.a[6:10], head[1:5])  // DevAddr
	copy(s.a[10:12], head[6:8]) // FCnt: the upper half is 0
}

// mic is the AES-CMAC (RFC 4493) of B0 and a message without its MIC, which is at least headBytes long.
func (s *session) mic(m []byte) uint32 {
	s.block(0x49, m, byte(len(m)))
	s.network.Encrypt(s.s[:], s.a[:])
	for len(m) > 16 {
		s.chain(m[:16])
		m = m[16:]
	}
	s.a = [16]byte{}
	copy(s.a[:], m)
	sub := &s.sub[0]
	if len(m) < 16 {
		s.a[len(m)] = 0x80
		sub = &s.sub[1]
	}
	for i := range s.a {
		s.a[i] ^= sub[i]
	}
	s.chain(s.a[:])
	return binary.LittleEndian.Uint32(s.s[:])
}

func (s *session) chain(b []byte) {
	for i := range s.s {
		s.s[i] ^= b[i]
	}
	s.network.Encrypt(s.s[:], s.s[:])
}

// crypt turns the application payload of a message with that head into its cipher, or back.
func (s *session) crypt(dst, payload, head []byte) []byte {
	for i := 0; i < len(payload); i += 16 {
		s.block(1, head, byte(i/16+1))
		s.application.Encrypt(s.s[:], s.a[:])
		for k := i; k < min(i+16, len(payload)); k++ {
			dst = append(dst, payload[k]^s.s[k-i])
		}
	}
	return dst
}

// open checks an uplink and deciphers its application payload, appending it to dst.
func (s *session) open(dst, m []byte) ([]byte, job.Reason) {
	if len(m) > 0 && m[0] != unconfirmed && m[0] != confirmed {
		return nil, job.ReasonBadFormat
	}
	if len(m) < headBytes+micBytes {
		return nil, job.ReasonTruncated
	}
	if len(m) > 255 {
		return nil, job.ReasonBadFormat
	}
	body := m[:len(m)-micBytes]
	if binary.LittleEndian.Uint32(m[len(body):]) != s.mic(body) {
		return nil, job.ReasonBadChecksum
	}
	options := headBytes + int(m[5]&15)
	switch {
	case len(body) < options:
		return nil, job.ReasonBadFormat
	case len(body) == options || body[options] == 0: // nothing, or commands to the network
		return dst, job.ReasonNone
	}
	return s.crypt(dst, body[options+1:], m), job.ReasonNone
}

// seal appends an uplink with a payload.
func (s *session) seal(dst []byte, address uint32, count uint16, payload []byte) []byte {
	start := len(dst)
	dst = binary.LittleEndian.AppendUint32(append(dst, unconfirmed), address)
	dst = binary.LittleEndian.AppendUint16(append(dst, 0), count)
	if len(payload) > 0 {
		dst = s.crypt(append(dst, port), payload, dst[start:])
	}
	return binary.LittleEndian.AppendUint32(dst, s.mic(dst[start:]))
}

// address is the DevAddr of a device: 25 bits of its id's checksum, in the network 0 of experiments.
func address(device []byte) uint32 { return crc32.ChecksumIEEE(device) & (1<<25 - 1) }

// count is the FCnt of a message: the quarter minutes of its time. An encoder does not count what each device sends.
func count(eventTime int64) uint16 { return uint16(eventTime / 15_000) }

type radioDecoder struct {
	session *session
	fields  *encoding.Fields
	slots   []slot
	payload []byte
}

// Decode implements encoding.Decoder.
func (d *radioDecoder) Decode(key, value []byte, r *encoding.Reading) job.Reason {
	payload, reason := d.session.open(d.payload[:0], value)
	if reason != job.ReasonNone {
		return reason
	}
	d.payload = payload
	d.fields.Reset(key)
	d.fields.Lay(encoding.Device, encoding.Scalar{Kind: encoding.Text, Text: key})
	d.fields.Lay(encoding.Time, encoding.Scalar{Kind: encoding.Number})
	if reason := readLPP(payload, d.slots, d.fields); reason != job.ReasonNone {
		return reason
	}
	return d.fields.Fill(r)
}

type radioEncoder struct {
	session *session
	slots   []slot
	payload []byte
	id      []byte // scratch for the device
}

// Append implements encoding.Encoder.
func (e *radioEncoder) Append(dst []byte, device string, eventTime int64, values []int64) []byte {
	e.payload = appendLPP(e.payload[:0], e.slots, values)
	e.id = append(e.id[:0], device...)
	return e.session.seal(dst, address(e.id), count(eventTime), e.payload)
}
