package embedded

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime/debug"
	"strconv"
	"syscall"

	"github.com/streamgauge/streamgauge/harness/broker"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"
)

// anyPort lets the system choose.
const anyPort = "127.0.0.1:0"

// ServeConfig says how the child serves. It crosses to the child as JSON.
type ServeConfig struct {
	Dir            string    `json:"dir"`    // data folder; an existing one is continued
	Listen         string    `json:"listen"` // HOST:PORT, also what clients are told; port 0: any; empty: any on 127.0.0.1
	MaxRecordBytes int64     `json:"max_record_bytes"`
	Ready          io.Writer `json:"-"` // gets one line, a Ready as JSON, when the broker answers
}

// Ready is the line that says that the broker answers.
type Ready struct {
	Address string `json:"address"` // HOST:PORT
	Version string `json:"version"`
}

// ParseConfig reads the argument that Start adds to the command.
func ParseConfig(arg string) (ServeConfig, error) {
	var cfg ServeConfig
	if err := json.Unmarshal([]byte(arg), &cfg); err != nil {
		return ServeConfig{}, fmt.Errorf("reading the embedded broker's configuration: %w", err)
	}
	return cfg, nil
}

// Serve runs the broker until stdin or ctx ends, and then saves its state to the data folder. What comes on stdin is
// ignored. The goroutine that reads stdin ends with it, so stdin must end at last.
func Serve(ctx context.Context, cfg ServeConfig, stdin io.Reader) error {
	if cfg.Listen == "" {
		cfg.Listen = anyPort
	}
	c, err := kfake.NewCluster(options(cfg)...)
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("serving the embedded broker: %s is in use by another program; choose another port, or 0 for any", cfg.Listen)
	}
	if err != nil {
		return fmt.Errorf("serving the embedded broker at %s: %w", cfg.Listen, err)
	}
	defer c.Close()
	if err := json.NewEncoder(cfg.Ready).Encode(Ready{Address: c.ListenAddrs()[0], Version: version()}); err != nil {
		return fmt.Errorf("serving the embedded broker: saying ready: %w", err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = io.Copy(io.Discard, stdin)
	}()
	select {
	case <-ended:
	case <-ctx.Done():
	}
	return nil
}

func options(cfg ServeConfig) []kfake.Opt {
	return []kfake.Opt{
		kfake.NumBrokers(1),
		kfake.ListenFn(func(network, _ string) (net.Listener, error) { return net.Listen(network, cfg.Listen) }),
		kfake.DataDir(cfg.Dir),
		kfake.MaxVersions(javaProfile()),
		kfake.BrokerConfigs(map[string]string{
			"message.max.bytes":          strconv.FormatInt(broker.BatchBytes(cfg.MaxRecordBytes), 10),
			"default.replication.factor": "1",
		}),
	}
}

// javaProfile hides two requests that kfake answers with null where Kafka's Java client wants an empty list and fails with
// a NullPointerException: CreateTopics from version 5 and DescribeTopicPartitions.
func javaProfile() *kversion.Versions {
	v := kversion.Stable()
	v.SetMaxKeyVersion(int16(kmsg.CreateTopics), 4)
	v.SetMaxKeyVersion(int16(kmsg.DescribeTopicPartitions), -1)
	return v
}

// version is that of the kfake module in this binary.
func version() string {
	const module = "github.com/twmb/franz-go/pkg/kfake"
	if bi, ok := debug.ReadBuildInfo(); ok {
		for _, m := range bi.Deps {
			if m.Path == module {
				return "kfake " + m.Version
			}
		}
	}
	return "kfake"
}
