// Package changes holds the proof that what dogwatch tells of changes is what was done: on a real control plane, where
// kubectl, controllers and two managers at once act, and an independent client watches.
package changes
