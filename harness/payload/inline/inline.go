// Package inline is the carrier that puts a message into one record, whatever its size: every limit between the driver and
// the last stage must let it through.
package inline

import (
	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/payload"
)

// Carrier is the carrier. It has no settings.
type Carrier struct{}

// Name is the carrier's name.
func (Carrier) Name() string { return payload.Inline }

// Carry gives one record, due when the last byte has come.
func (Carrier) Carry(dst []event.Due, m *payload.Message) ([]event.Due, error) {
	d := m.Due
	d.Stamp.Intended = m.At(len(m.Value))
	return append(dst, d), nil
}
