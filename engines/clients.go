package engines

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ClientOptions says where a plan's options have settings by Kafka's own names: in an object, behind a prefix. The zero value:
// nowhere.
type ClientOptions struct {
	Option string // of the engine, such as producer
	Prefix string // before Kafka's name, such as kafka.
}

// Bytes is the value of a setting that is a number, such as max.request.size. False: the options do not have it, or not as a whole
// number, which is the engine's to refuse.
func (c ClientOptions) Bytes(options json.RawMessage, name string) (int64, bool) {
	var all map[string]json.RawMessage
	var of map[string]any
	if c.Option == "" || json.Unmarshal(options, &all) != nil {
		return 0, false
	}
	d := json.NewDecoder(bytes.NewReader(all[c.Option]))
	d.UseNumber() // a float would write 110004096 as 1.10004096e+08
	if d.Decode(&of) != nil {
		return 0, false
	}
	n, err := strconv.ParseInt(strings.TrimSpace(fmt.Sprint(of[c.Prefix+name])), 10, 64)
	return n, err == nil
}

// Write is how a scenario sets a setting, below an engine.
func (c ClientOptions) Write(name string, value int64) string {
	return fmt.Sprintf("options: {%s: {%s%s: %d}}", c.Option, c.Prefix, name, value)
}

// TransactionTimeout is max(10 s, 3 × the longer of commit and batch interval), as SEMANTICS.md says, and no less than least.
func TransactionTimeout(p Plan, least time.Duration) time.Duration {
	return max(10*time.Second, least, 3*time.Duration(max(p.CommitIntervalMS, p.BatchIntervalMS))*time.Millisecond)
}
