// Package phase says in glyphs and words how a watch is, in one way for all
// parts of the screen.
package phase

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/text"
)

// Glyph is the sign of a phase, one cell wide.
func Glyph(p informers.Phase) string {
	switch p {
	case informers.Live:
		return "●"
	case informers.WaitingForDiscovery, informers.Listing:
		return "◐"
	case informers.Stale:
		return "◌"
	case informers.Retrying:
		return "↻"
	case informers.Forbidden:
		return "⊘"
	case informers.Gone:
		return "∅"
	default:
		return "■"
	}
}

// Word is the phase in a word or two.
func Word(p informers.Phase) string {
	if p == informers.WaitingForDiscovery {
		return "waiting"
	}
	return p.String()
}

// Brief is the state in a few words: "stale 41s", "retry in 8s".
func Brief(s informers.State, now time.Time) string {
	switch s.Phase {
	case informers.Listing:
		if s.Listed > 0 {
			return "listing " + Listed(s)
		}
	case informers.Stale:
		if !s.LastHeard.IsZero() {
			return "stale " + text.Age(now.Sub(s.LastHeard))
		}
	case informers.Retrying:
		return "retry " + Countdown(s.NextTry, now)
	}
	return Word(s.Phase)
}

// barWidth is how many cells a bar of progress takes.
const barWidth = 10

// Listed is how far a list has come: "12,400", and "12,400 of 49,600 ━━────────" where the server says how many there are.
func Listed(s informers.State) string {
	if s.Remaining <= 0 {
		return Count(s.Listed)
	}
	all := s.Listed + int(s.Remaining)
	done := barWidth * s.Listed / all
	return Count(s.Listed) + " of " + Count(all) + " " + strings.Repeat("━", done) + strings.Repeat("─", barWidth-done)
}

// Style is how a phase is shown: quiet while all is well.
func Style(t *theme.Theme, p informers.Phase) theme.Style {
	switch p {
	case informers.Live, informers.WaitingForDiscovery, informers.Listing, informers.Stopped:
		return t.Dim
	case informers.Stale:
		return t.Warning
	default:
		return t.Trouble
	}
}

// Worst is the state that wants most attention of several, Live of none.
func Worst(states []informers.State) informers.State {
	worst := informers.State{Phase: informers.Live}
	for _, s := range states {
		if gravity(s.Phase) > gravity(worst.Phase) {
			worst = s
		}
	}
	return worst
}

// gravity orders phases by how far a watch is from showing the present.
func gravity(p informers.Phase) int {
	switch p {
	case informers.Live:
		return 0
	case informers.Listing:
		return 1
	case informers.WaitingForDiscovery:
		return 2
	case informers.Stale:
		return 3
	case informers.Stopped:
		return 4
	case informers.Retrying:
		return 5
	case informers.Gone:
		return 6
	default:
		return 7
	}
}

// Ticks reports whether a state has another text each second.
func Ticks(s informers.State) bool {
	return s.Phase == informers.Stale || s.Phase == informers.Retrying || s.Phase == informers.Forbidden && !s.NextTry.IsZero()
}

// Countdown is the time to the next try: "in 8s", or "now" where it is under
// way.
func Countdown(next, now time.Time) string {
	left := next.Sub(now)
	if next.IsZero() || left <= 0 {
		return "now"
	}
	return "in " + text.Age((left + time.Second - 1).Truncate(time.Second))
}

// Count writes a number of objects with its thousands apart: "12,400".
func Count(n int) string {
	if n < 0 {
		return "-" + Count(-n)
	}
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%s,%03d", Count(n/1000), n%1000)
}
