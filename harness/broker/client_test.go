package broker

import (
	"testing"
	"time"

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

// A request may take as long for Go's clients as for those in Java: its size is what it takes long for.
func TestRequestsWithLargeRecordsGetTime(t *testing.T) {
	for largest, want := range map[int64]time.Duration{1 << 20: 10 * time.Second, LargeRecord: 10 * time.Second, 110_000_000: 5 * time.Minute} {
		opts, err := ClientOptions([]string{"127.0.0.1:1"}, "", largest)
		if err != nil {
			t.Fatal(err)
		}
		client, err := kgo.NewClient(opts...)
		if err != nil {
			t.Fatal(err)
		}
		if got := client.OptValue(kgo.RequestTimeoutOverhead); got != want {
			t.Errorf("with records of %d bytes a request may take %v, want %v", largest, got, want)
		}
		client.Close()
	}
}
