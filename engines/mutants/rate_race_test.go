//go:build race

package mutants

// rate is how many events a second of intended time has: fewer, for the race detector makes judging many times as slow, and
// what goes wrong by one goes wrong at the probing events.
const rate = 30
