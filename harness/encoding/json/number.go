package jsonenc

import "github.com/streamgauge/streamgauge/harness/encoding"

// micros turns a number token, at most job.MaxNumberBytes long, into millionths. False: the result is infinite or beyond
// job.MaxMicros.
func micros(s []byte) (int64, bool) { return encoding.Micros(encoding.ParseNumber(s)) }
