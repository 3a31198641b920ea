// Package metrics tells monitoring how dogwatch itself does: what it watches, by type and in numbers, and what becomes of it. All is read when it is asked
// for, from counters that are there anyway. Nothing of it names an object, a namespace or a cluster.
//
// A Source gives families of samples; package metrics/prom makes a collector of Prometheus' library of it, for the programs that have the time to load that.
// The others write the text form themselves (text.go), the same to the byte.
package metrics
