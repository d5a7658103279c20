package harness

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/streamgauge/streamgauge/harness/result"
)

// A line that never falls is no memory over time, and one at 0 is no broker that nobody sees.
func TestSeriesHoldWhatIsKnownOverTime(t *testing.T) {
	start := time.Unix(100, 0)
	seen := sample{at: start.Add(time.Second), cpu: map[string]float64{"b1-1-tuple": 0.5, roleBroker: 0.2, roleHarness: 0.1},
		rss: map[string]int64{"b1-1-tuple": 7, roleBroker: 9, roleHarness: 8}, pressure: -1}
	names := func() []string {
		var all []string
		for _, s := range series("b1-1-tuple", "b1-1-tuple", start, []sample{seen}) {
			all = append(all, s.Name+" of "+s.Role)
		}
		return all
	}
	if diff := cmp.Diff([]string{"cpu of engine", "rss of engine", "cpu of broker", "cpu of harness", "rss of harness"}, names()); diff != "" {
		t.Errorf("series (-want +got):\n%s", diff)
	}
	delete(seen.cpu, roleBroker)
	if diff := cmp.Diff([]string{"cpu of engine", "rss of engine", "cpu of harness", "rss of harness"}, names()); diff != "" {
		t.Errorf("series beside a remote broker (-want +got):\n%s", diff)
	}
}

func TestOfARemoteBrokerNothingIsKnown(t *testing.T) {
	r := &run{shared: &shared{res: &result.Run{Broker: result.Broker{Kind: "remote"}}}}
	s := startSampler(r)
	s.stop()
	if _, ok := s.mu.roles[roleBroker]; ok {
		t.Error("the processes of a remote broker are sampled")
	}
	if c, ok := r.costs()[roleBroker]; ok {
		t.Errorf("a remote broker is said to have used %+v", c)
	}
}
