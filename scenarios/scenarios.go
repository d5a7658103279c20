// Package scenarios embeds the scenario files, the standard jobs and the recorded excerpts, so that the binary runs from
// any folder. Reading them is harness/scenario's.
package scenarios

import "embed"

// Files holds *.yaml (scenarios), jobs/*.yaml, presets/*.yaml and recorded/ (gzipped excerpts with their notices).
//
//go:embed *.yaml jobs recorded presets
var Files embed.FS
