package signal

import (
	"strings"
	"time"

	"github.com/dogwatch/dogwatch/model"
)

// Matches tells whether a filter takes a signal: words are looked for in all that is shown of it.
func (s *Signal) Matches(f *model.Filter) bool {
	return f.Match(&model.Object{Key: s.Subject.Key}, s.Type, string(s.Severity), s.Rule, s.Title, s.Message, s.Subject.Type.Resource, s.Workload.Name)
}

// Rank is the order of severities: the worst has the highest.
func (s Severity) Rank() int {
	switch s {
	case Critical:
		return 2
	case Warning:
		return 1
	default:
		return 0
	}
}

// OpenAt tells whether it goes on at a moment that is not before its beginning.
func (s *Signal) OpenAt(now time.Time) bool { return s.IsOpen() || s.Resolved.After(now) }

// Compare puts what is open at a moment first, the worst and the newest of it first, and then what was over last.
func Compare(a, b *Signal, now time.Time) int {
	x, y := a.OpenAt(now), b.OpenAt(now)
	switch {
	case x && !y:
		return -1
	case y && !x:
		return 1
	case !x:
		if c := b.Resolved.Compare(a.Resolved); c != 0 {
			return c
		}
	case a.Severity != b.Severity:
		return b.Severity.Rank() - a.Severity.Rank()
	}
	if c := b.Opened.Compare(a.Opened); c != 0 {
		return c
	}
	return strings.Compare(a.Fingerprint, b.Fingerprint)
}
