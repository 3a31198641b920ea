// Package causes holds the proof that dogwatch names the cause of trouble of the usual kinds, on a real control plane:
// docs/problems.md says what it says.
package causes
