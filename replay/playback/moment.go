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

// In is the moment in a recording that is at s; it may be outside. A time of day is in the zone of loc. The second in which
// the recording begins is its beginning: so it is written.
func (m Moment) In(s State, loc *time.Location) time.Time {
	switch m.kind {
	case fromEnd:
		return s.End
	case fromNow:
		return s.Now.Add(m.offset)
	case absolute:
		return notBefore(s.Begin, m.at)
	case onTheClock:
		return m.clock.in(s.Begin.In(loc), s.End)
	default:
		return s.Begin.Add(m.offset)
	}
}

// in is the first such time of day in a recording. Where it has none, it is that of the day on which the recording begins.
func (c clockTime) in(begin, end time.Time) time.Time {
	at := time.Date(begin.Year(), begin.Month(), begin.Day(), c.hour, c.minute, c.second, 0, begin.Location())
	at = notBefore(begin, at)
	if next := at.AddDate(0, 0, 1); at.Before(begin) && !next.After(end) {
		return next
	}
	return at
}

// notBefore is the beginning for the second in which it lies, else at.
func notBefore(begin, at time.Time) time.Time {
	if at.Equal(begin.Truncate(time.Second)) {
		return begin
	}
	return at
}
