package signals

import (
	"crypto/sha256"
	"encoding/hex"

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

// fingerprint names what a rule finds of an object.
func fingerprint(rule string, of relation.ID) string {
	h := sha256.New()
	for _, part := range []string{rule, of.Type.String(), of.Namespace, of.Name} {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}
