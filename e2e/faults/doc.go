// Package faults proves that dogwatch says the truth while everything around it breaks. A [Dogwatch] is the program
// without its screen, wired as the program wires itself; it keeps a log of the states that its watches have shown. An
// [Oracle] compares what it holds with what the real server lists. The tests break the network or the server in
// between, look at the states meanwhile, and ask the oracle afterwards.
//
// docs/reliability.md lists the faults, and what was measured of each.
package faults
