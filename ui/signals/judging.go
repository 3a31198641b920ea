package signals

import (
	"fmt"
	"strings"
	"time"

	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/ui/text"
)

// mostNotices is how many lines are taken from signals to say what is not right.
const mostNotices = 3

// Judging is how it goes with applying rules.
type Judging struct {
	// Since is when rules began to be applied, zero before.
	Since time.Time
	// Trouble is why they are not applied, and when that is tried again; empty where they are.
	Trouble string
	// Behind is for how long nothing more has been judged; 0 where that goes on.
	Behind time.Duration
	// Faults say which rules are left out, or cannot be applied to some objects.
	Faults []string
	// Unwatched are types that rules are about and nobody watches, Refused those that may not be watched, Unserved those that the server does not have.
	Unwatched, Refused, Unserved []string
	// SeesNothing tells that there is nothing to apply rules to.
	SeesNothing bool
}

// SetJudging says how it goes.
func (m *Model) SetJudging(j Judging) { m.judging = j }

// notices are the lines that say what is not right: all of them where there are no signals, else a few.
func (m *Model) notices() []string {
	var lines []string
	for _, words := range m.judging.words(m.keys.KeyOf(keymap.Global, keymap.ShowLogs)) {
		lines = append(lines, text.Wrap(words, max(m.width-2, 1))...)
	}
	most := mostNotices
	switch {
	case m.height < wholeFrom:
		most = 1
	case m.list == nil || m.list.Shown() == 0:
		most = m.height - headLines - wholeLines - 3 // and the words in place of signals
	}
	if len(lines) > most {
		lines = append(lines[:most-1:most-1], text.Truncate(strings.Join(lines[most-1:], " "), m.width-2))
	}
	return lines
}

// words say what is not right, the worst first. log is the key that shows the log.
func (j *Judging) words(log string) []string {
	var words []string
	if j.Trouble != "" {
		words = append(words, "rules are not applied: "+j.Trouble)
	}
	if j.Behind > 0 {
		words = append(words, "nothing more is judged for "+text.Age(j.Behind)+": what is new is missing, and what is open here may be over")
	}
	if n := len(j.Faults); n > 0 {
		last := j.Faults[n-1]
		if n > 1 {
			last += fmt.Sprintf("   and %d more, in the log (%s)", n-1, log)
		}
		words = append(words, last)
	}
	if len(j.Refused) > 0 {
		words = append(words, "you may not watch "+strings.Join(j.Refused, ", ")+": rules tell nothing of that")
	}
	if len(j.Unserved) > 0 {
		words = append(words, "there is no type "+strings.Join(j.Unserved, ", "))
	}
	return words
}
