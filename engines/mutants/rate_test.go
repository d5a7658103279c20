//go:build !race

package mutants

// rate is how many events a second of intended time has.
const rate = 160
