package playback

import (
	"fmt"
	"strings"
	"time"
)

// Moment is how a user names a place in a recording. It becomes a time once it is known of which recording.
type Moment struct {
	kind   momentKind
	offset time.Duration
	at     time.Time
	clock  clockTime
}

type momentKind uint8

const (
	fromBegin momentKind = iota
	fromEnd
	fromNow
	absolute
	onTheClock
)

type clockTime struct{ hour, minute, second int }

// ParseMoment reads "1m20s" (from the beginning), "+30s" and "-30s" (from where the player is), "14:02" and "14:02:31" (a
// time of day), RFC 3339, "begin" and "end".
func ParseMoment(text string) (Moment, error) {
	switch text {
	case "begin":
		return Moment{kind: fromBegin}, nil
	case "end":
		return Moment{kind: fromEnd}, nil
	}
	if at, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return Moment{kind: absolute, at: at}, nil
	}
	for _, layout := range []string{time.TimeOnly, "15:04"} {
		if at, err := time.Parse(layout, text); err == nil {
			return Moment{kind: onTheClock, clock: clockTime{at.Hour(), at.Minute(), at.Second()}}, nil
		}
	}
	if offset, err := time.ParseDuration(text); err == nil {
		if strings.HasPrefix(text, "+") || strings.HasPrefix(text, "-") {
			return Moment{kind: fromNow, offset: offset}, nil
		}
		return Moment{kind: fromBegin, offset: offset}, nil
	}
	return Moment{}, fmt.Errorf("%q is no moment: give 1m20s (from the beginning), +30s, -30s, 14:02:31, 2006-01-02T15:04:05Z, begin or end", text)
}

// In is the moment in a recording that is at s. A time of day is the first one after the recording's beginning, in the
// zone of loc.
func (m Moment) In(s State, loc *time.Location) time.Time {
	switch m.kind {
	case fromEnd:
		return s.End
	case fromNow:
		return s.Now.Add(m.offset)
	case absolute:
		return m.at
	case onTheClock:
		begin := s.Begin.In(loc)
		at := time.Date(begin.Year(), begin.Month(), begin.Day(), m.clock.hour, m.clock.minute, m.clock.second, 0, loc)
		if at.Before(begin.Truncate(time.Second)) {
			at = at.AddDate(0, 0, 1)
		}
		return at
	default:
		return s.Begin.Add(m.offset)
	}
}
