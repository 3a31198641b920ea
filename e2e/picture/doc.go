// Package picture draws what a terminal shows, cell by cell, the way a good terminal does: with a monospaced font, lines
// that join, and the colours of a dark or a light palette. The same cells give the same pixels on every machine.
package picture
