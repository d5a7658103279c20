// Package laws tests what must hold between experiments, whatever their outcome: relations between runs of real engines
// (how a run is cut, spread and interleaved changes no answer) and the harness's own laws (the same seed gives the same
// input; phases share no event; every expected answer is matched, missing or wrong, and only one of them).
//
// The package has tests only. That a wrong engine is noticed is tested in engines/mutants.
package laws
