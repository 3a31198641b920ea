// Package signals turns changes of objects into what they mean: "its image cannot be pulled", "it is scaled", "the node is not ready". What means
// what is data: rules in YAML, with conditions in CEL, Kubernetes' own environment of it. docs/signals.md explains the form of a rule.
//
// An Engine takes the versions of objects in the order of their times and tells Signals. It has no clock, no goroutine and no network: time
// comes with what it is given, so it does the same on a recording as on a live cluster.
package signals
