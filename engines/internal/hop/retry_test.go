package hop

import (
	"errors"
	"fmt"
	"net"
	"syscall"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// A broker that is started again refuses connections for a while, and then has its coordinators to load.
func TestRequestsOutliveABrokerThatIsStartedAgain(t *testing.T) {
	client, err := kgo.NewClient()
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	refused := fmt.Errorf("unable to dial: %w", &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED})
	answers := []error{refused, refused, kerr.CoordinatorLoadInProgress, nil}
	n := 0
	if err := retry(t.Context(), client, func() error { n++; return answers[n-1] }); err != nil || n != 4 {
		t.Errorf("retry = %v after %d requests, want none after 4", err, n)
	}
	final := errors.New("not allowed")
	if err := retry(t.Context(), client, func() error { return final }); !errors.Is(err, final) {
		t.Errorf("retry = %v, want %v at once", err, final)
	}
}
