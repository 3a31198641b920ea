package model

import "github.com/dogwatch/dogwatch/model/jsonscan"

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
	// Lasting tells that nothing but time is, or was, between what was written in the status and a rule that asks how long it is so.
	Lasting bool
	// Due is when the object is to be judged anew although it stays the same, in Unix seconds; where that is past, time made it
	// what it is. 0 is never.
	Due    uint32
	Reason string
}

// Judge tells how the objects of one type are. It is safe for concurrent use.
type Judge interface {
	// Of judges an object by its JSON, and by when its status was written, as Object.Written is.
	Of(object jsonscan.Object, written uint32) Health
	// Written reads in managedFields, which are in the object where there are none beside it, when the status was written last; 0
	// where they do not tell, or no rule asks.
	Written(object jsonscan.Object, managed []byte) uint32
}
