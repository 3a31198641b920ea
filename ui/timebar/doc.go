// Package timebar is the line of a recording's time: how it is played, where in it one is, when much changed, and what the
// recording does not know.
package timebar
