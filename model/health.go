package model

// Level says how an object is.
type Level uint8

// Levels from the one that wants no attention to the one that wants most.
const (
	// Unknown is an object without any sign of health (a ConfigMap): plain.
	Unknown Level = iota
	// Healthy is as it should be (kstatus: Current).
	Healthy
	// Progressing is on its way, or on its way out (kstatus: InProgress, Terminating).
	Progressing
	// Unhealthy has failed or cannot get on (kstatus: Failed; a crash loop).
	Unhealthy
)

// Health is how an object is and, in a word, why ("CrashLoopBackOff").
type Health struct {
	Level Level
	// Due is when the object is to be judged anew although it stays the same, in Unix seconds; where that is past, time made it
	// what it is. 0 is never.
	Due    uint32
	Reason string
}
