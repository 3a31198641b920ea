// Package noise tells changes that mean something from those that only say that all goes on: heartbeats, counters, times. What is noise
// is data: rules.yaml, and the user's own file before it.
package noise
