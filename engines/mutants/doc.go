// Package mutants proves, by experiment, that a wrong engine is noticed. Its tests run real engines under the contract
// against a Kafka in process, each with one bug put in on purpose: the bugs that engines, clients and operators of clusters
// are known for. The oracle judges what they wrote, and has to say wrong, to name the stage at fault and to name records of
// the mutated kind; where at least once allows what happened, it has to count it. The same engines without the bug, on the
// same input, have to be correct: that is the control.
//
// CLASSES.md lists every class of bug and what has to be noticed of it. The tests hold that list and their table of
// mutants against each other, so that none can be left out in silence.
//
// The package has tests only. Laws that hold between runs of right engines are tested in harness/laws.
package mutants
