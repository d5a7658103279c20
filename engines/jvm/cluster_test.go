package jvm

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/streamgauge/streamgauge/engines"
)

func TestCluster(t *testing.T) {
	b := setUp(t, map[string]string{"java": java17, "mvn": mavenBuilds})
	if err := b.Install(t.Context(), toy(), false); err != nil {
		t.Fatal(err)
	}
	e := toy()
	plan := engines.Plan{JVMFlags: []string{"-Dx=1"}, LogDir: "/l", Deploy: &engines.Deploy{Kind: engines.DeployCluster}}
	if _, err := b.Cluster(t.Context(), e, plan, "/h", "/t"); err == nil || !strings.Contains(err.Error(), "it has none") {
		t.Errorf("Cluster of an engine without = %v", err)
	}
	e.Cluster = func(s engines.Site) (engines.Cluster, error) {
		start := func(works bool) []string {
			return s.Command(engines.Program{Heap: s.Heap, ClassPath: s.Without("toy-[0-9].jar", "joblib-*.jar"), Main: "M", Works: works,
				Flags: []string{"-Da=b"}, Args: []string{strconv.Itoa(s.Port("x"))}})
		}
		return engines.Cluster{Addresses: map[string]string{"x": strconv.Itoa(s.Port("x")), "y": strconv.Itoa(s.Port("y"))},
			Daemons: []engines.Daemon{{Role: "master", Command: start(false)}, {Role: "worker", Command: start(true)}}}, nil
	}
	c, err := b.Cluster(t.Context(), e, plan, "/h", "/t")
	if err != nil {
		t.Fatal(err)
	}
	lib := filepath.Join(b.home(t), "lib") + "/"
	want := []string{"-cp", lib + "slf4j-1.jar:" + lib + "toy-client-2.8.jar", "M", c.Addresses["x"]}
	for _, d := range c.Daemons {
		if got := d.Command[len(d.Command)-len(want):]; !slices.Equal(got, want) || d.Command[1] != "-Xmx1024m" || !slices.Contains(d.Command, "-Da=b") {
			t.Errorf("%s is started with %q; want a heap of 1024m, -Da=b and at the end %q", d.Role, d.Command, want)
		}
		if got, want := slices.Contains(d.Command, "-Dx=1"), d.Role == "worker"; got != want {
			t.Errorf("%s gets the user's flag: %t; want %t", d.Role, got, want)
		}
	}
	if x, y := c.Addresses["x"], c.Addresses["y"]; x == y || c.Home != "/h" {
		t.Errorf("ports %s and %s, home %s; want different ports, and /h", x, y, c.Home)
	}
}

func TestTheHeapOfAClient(t *testing.T) {
	j := engines.Java{Heap: 1 << 30, Copies: 2, Client: 256 << 20}
	for _, c := range []struct {
		l    Launch
		want int64
	}{
		{Launch{MaxRecordBytes: 1 << 20}, 1<<30 + 2<<20},
		{Launch{HeapBytes: 5 << 30}, 5 << 30},
		{Launch{HeapBytes: 5 << 30, Client: true}, 256 << 20},
	} {
		if got := heap(j, c.l); got != c.want {
			t.Errorf("heap(%+v) = %d, want %d", c.l, got, c.want)
		}
	}
}
