package conformance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/streamgauge/streamgauge/harness/job"
)

// node is a JSON object under construction: fields in the order in which they came, each a token or an object.
type node struct {
	name   string
	token  string
	fields []*node
}

func (n *node) set(path, token string) {
	for step := range strings.SplitSeq(path, ".") {
		i := slices.IndexFunc(n.fields, func(f *node) bool { return f.name == step })
		if i < 0 {
			i = len(n.fields)
			n.fields = append(n.fields, &node{name: step})
		}
		n = n.fields[i]
	}
	n.token = token
}

func (n *node) append(b *bytes.Buffer) {
	if n.fields == nil {
		b.WriteString(n.token)
		return
	}
	for i, f := range n.fields {
		b.WriteByte("{,"[min(i, 1)])
		b.WriteString(quote(f.name) + ":")
		f.append(b)
	}
	b.WriteByte('}')
}

// quote writes a JSON string without escaping what need not be.
func quote(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string always encodes
	return strings.TrimSuffix(b.String(), "\n")
}

// message writes a device's reading as the job's messages look: the device, its time, and the metrics given, each token
// as it stands.
func message(r job.Reading, key string, eventTime int64, readings []reading) []byte {
	root := &node{}
	root.set(r.Device, quote(key))
	token := fmt.Sprint(eventTime)
	if r.Time.Unit == "s" {
		token = job.Micros(eventTime % 1_000 * 1_000).String()
		token = fmt.Sprintf("%d", eventTime/1_000) + strings.TrimPrefix(strings.TrimPrefix(token, "-"), "0")
		if eventTime < 0 && eventTime > -1_000 {
			token = "-" + token
		}
	}
	root.set(r.Time.Path, token)
	for _, m := range readings {
		root.set(r.Metrics[m.metric].Path, m.token)
	}
	var b bytes.Buffer
	root.append(&b)
	return b.Bytes()
}

// generated makes n bytes that do not compress and are the same every time.
func generated(n int64, seq uint64) []byte {
	b := make([]byte, n)
	rand.NewChaCha8([32]byte{byte(seq), byte(n), byte(n >> 8), byte(n >> 16)}).Read(b)
	return b
}

// heartbeatMessage is what a heartbeat sends: a low reading of the job, or plain text where nothing is decoded.
func heartbeatMessage(j *job.Job, key string, eventTime int64) ([]byte, error) {
	if !j.Decodes() {
		return []byte("heartbeat"), nil
	}
	h, err := j.Heartbeat()
	if err != nil {
		return nil, err
	}
	var rs []reading
	for _, name := range j.Reading.Names() {
		rs = append(rs, reading{name, h.Low[name].String()})
	}
	return message(j.Reading, key, eventTime, rs), nil
}
