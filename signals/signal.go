package signals

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/dogwatch/dogwatch/model/relation"
	"github.com/dogwatch/dogwatch/model/signal"
)

// What rules tell is known to programs that have no rules, too.
type (
	// Signal is something that a rule has found.
	Signal = signal.Signal
	// Severity says how much a signal matters.
	Severity = signal.Severity
	// Subject is the object that a signal is of.
	Subject = signal.Subject
	// Edit is one field that changed.
	Edit = signal.Edit
	// Unwell is a related object that is not well.
	Unwell = signal.Unwell
)

// How much a signal matters.
const (
	Info     = signal.Info
	Warning  = signal.Warning
	Critical = signal.Critical
)

// fingerprint names what a rule finds of an object. A policy of the cluster's own may be called as a rule of the user's.
func fingerprint(r *Rule, of relation.ID) string {
	h := sha256.New()
	parts := []string{r.Name, of.Type.String(), of.Namespace, of.Name}
	if r.admission != nil {
		parts = append(parts, "policy")
	}
	for _, part := range parts {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// opened counts what opened at a moment, by fingerprints.
type opened struct {
	at    time.Time
	times map[string]int
}

// next gives the moment at which a signal opens: by that and its fingerprint others know it, and several of one rule and object may open at the same time.
func (o *opened) next(fingerprint string, at time.Time) time.Time {
	if !at.Equal(o.at) {
		o.at = at
		clear(o.times)
	}
	n := o.times[fingerprint]
	o.times[fingerprint]++
	return at.Add(time.Duration(n)) // nanoseconds
}
