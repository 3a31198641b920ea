// Package clip puts texts on the clipboard, through the terminal (OSC 52).
package clip

import (
	"fmt"

	tea "charm.land/bubbletea/v2"
)

// MaxBytes bounds what is sent to the clipboard: terminals drop or choke on
// more.
const MaxBytes = 1 << 20

// CopiedMsg tells that something was put on the clipboard, or in Problem why it
// was not.
type CopiedMsg struct {
	What    string
	Problem string
}

// Copy puts a text on the clipboard. It is made off the program loop: it may be as big as an object, and take as long.
func Copy(what string, text func() (string, error)) tea.Cmd {
	return func() tea.Msg {
		s, err := text()
		if err != nil {
			return CopiedMsg{What: what, Problem: err.Error()}
		}
		if len(s) > MaxBytes {
			problem := fmt.Sprintf("%s is too big for the clipboard: %.1f MB", what, float64(len(s))/(1<<20))
			return CopiedMsg{What: what, Problem: problem}
		}
		done := func() tea.Msg { return CopiedMsg{What: what} }
		return tea.BatchMsg{tea.SetClipboard(s), done}
	}
}
