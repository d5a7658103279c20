package preset

import (
	"runtime"
	"testing"

	"github.com/streamgauge/streamgauge/scenarios"
)

// Of every preset in the binary, mixtures included.
func TestMillionDevicesFitIn200MB(t *testing.T) {
	for _, name := range Names(scenarios.Files) {
		p, err := Open(scenarios.Files, name)
		if err != nil {
			t.Fatal(err)
		}
		before := heap()
		s, err := Config{Preset: p, Devices: 1_000_000, Seed: 1, Format: formats}.Open()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		bytes := int64(heap()) - int64(before)
		if bytes > 200e6 {
			t.Errorf("%s: %d bytes for a million devices, want at most 200 MB", name, bytes)
		}
		runtime.KeepAlive(s)
	}
}

// heap is how much is in use, what is garbage taken away.
func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
