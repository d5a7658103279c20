package scenario

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/streamgauge/streamgauge/harness/broker"
)

// Where tells the kind of broker and, for one that runs already, its addresses: none if its config file has them.
func (b Broker) Where() (broker.Kind, []string) {
	switch b.Kind {
	case "embedded":
		return broker.Embedded, nil
	case "local":
		return broker.Local, nil
	case "remote":
		return broker.Remote, nil
	}
	return broker.Remote, strings.Split(b.Kind, ",")
}

// ComparableKey is a hash over everything that two runs must share for their figures to be held side by side: job, stream,
// load, seed, placement, guarantee, limits, partitions and kind of broker. Engines, the floor, names, deadlines, the number
// of repetitions and where a broker, a recording or a store is found are left out. 16 hexadecimal digits.
func (s *Scenario) ComparableKey() string {
	c := *s
	c.Name, c.Title, c.JobName = "", "", ""
	c.Engines, c.Floor, c.Repetitions = nil, false, 0
	c.Deadlines = Deadlines{}
	kind, _ := c.Broker.Where()
	c.Broker.Kind, c.Broker.ConfigFile = string(kind), ""
	c.Stream.Recording = baseOf(c.Stream.Recording)
	c.Stream.Preset = baseOf(c.Stream.Preset)
	c.Stream.Schema.File = baseOf(c.Stream.Schema.File)
	c.Stream.Payload.Store = Store{Kind: kindOf(c.Stream.Payload.Store)}
	b, err := json.Marshal(c)
	if err != nil {
		panic("BUG: a scenario is always JSON: " + err.Error())
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}

// kindOf is the kind of a store that a comparison has to know of; "": the default.
func kindOf(s Store) string {
	if s.Kind == Folder {
		return ""
	}
	return s.Kind
}

// baseOf is the last part of a path; "" stays what it is.
func baseOf(path string) string {
	if path == "" {
		return ""
	}
	return filepath.Base(path)
}

// redacted stands where a secret stood.
const redacted = "[redacted]"

var secretName = regexp.MustCompile(`(?i)(pass(word|wd|phrase)?|secret|token|credential|api[-_.]?key|jaas|private[-_.]?key|access[-_.]?key|key[-_.]?store[-_.]?key)`)

// userInfo is the part of a URL that may hold a password.
var userInfo = regexp.MustCompile(`://[^/@]*@`)

// Redacted is the resolved scenario as JSON, without secrets: values of options and command arguments whose names speak of
// passwords, tokens or keys are replaced, so are users in URLs, and of the broker's config file the name alone is told. It can be mailed.
func (s *Scenario) Redacted() (json.RawMessage, error) {
	c := *s
	if c.Broker.ConfigFile != "" {
		c.Broker.ConfigFile = filepath.Base(c.Broker.ConfigFile)
	}
	c.Stream.Payload.Store.Endpoint = userInfo.ReplaceAllString(c.Stream.Payload.Store.Endpoint, "://"+redacted+"@")
	c.Engines = make(map[string]Engine, len(s.Engines))
	for label, e := range s.Engines {
		if e.Options != nil {
			e.Options, _ = redact(e.Options).(map[string]any)
		}
		e.Addresses = maps.Clone(e.Addresses)
		for name, address := range e.Addresses {
			e.Addresses[name] = userInfo.ReplaceAllString(address, "://"+redacted+"@")
		}
		e.Command, e.JVMFlags = RedactArguments(e.Command), RedactArguments(e.JVMFlags)
		c.Engines[label] = e
	}
	b, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("writing scenario %q as JSON: %w", s.Name, err)
	}
	return b, nil
}

// RedactSettings copies what an engine says of its settings, with the values of secret names replaced as in Redacted: some say
// all that their clients have, what the file of a broker's security has too.
func RedactSettings(settings map[string]any) map[string]any {
	clean, _ := redact(settings).(map[string]any)
	return clean
}

// redact copies v with the values of secret names replaced.
func redact(v any) any {
	switch v := v.(type) {
	case map[string]any:
		m := make(map[string]any, len(v))
		for name, x := range v {
			if m[name] = redact(x); secretName.MatchString(name) {
				m[name] = redacted
			}
		}
		return m
	case []any:
		list := make([]any, len(v))
		for i, x := range v {
			list[i] = redact(x)
		}
		return list
	}
	return v
}

// RedactArguments copies a command line with the values of secret flags replaced, both --password=x and --password x.
func RedactArguments(args []string) []string {
	if args == nil {
		return nil
	}
	clean := make([]string, len(args))
	hide := false
	for i, arg := range args {
		name, _, hasValue := strings.Cut(arg, "=")
		secret := secretName.MatchString(name)
		switch {
		case hide && !strings.HasPrefix(arg, "-"):
			clean[i] = redacted
		case secret && hasValue:
			clean[i] = name + "=" + redacted
		default:
			clean[i] = arg
		}
		hide = secret && !hasValue && strings.HasPrefix(arg, "-")
	}
	return clean
}
