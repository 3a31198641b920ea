// Package streams holds the tests of streams of a real control plane, by the program itself.
package streams
