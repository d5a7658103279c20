package broker

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Sizes that kgo refuses would be found when a run has begun: its clients could not be made.
func TestClientsCanBeMadeForRecordsOfAllSizes(t *testing.T) {
	for _, n := range []int64{0, 1 << 20, 110_000_000, 450 << 20, 500 << 20, 900 << 20, 1 << 30, 2 << 30} {
		opts, err := ClientOptions([]string{"127.0.0.1:1"}, "", n)
		if err != nil {
			t.Fatal(err)
		}
		client, err := kgo.NewClient(opts...)
		if err != nil {
			t.Errorf("records of %d bytes: %v", n, err)
			continue
		}
		client.Close()
	}
}
