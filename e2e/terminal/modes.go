package terminal

import (
	"fmt"
	"slices"
	"sync"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"
)

// modes remembers which of the terminal's modes the program has switched away from how it found them.
type modes struct {
	mu      sync.Mutex
	changed map[ansi.Mode]bool // to on (true) or off
}

// callbacks let the emulator report to m.
func (m *modes) callbacks() vt.Callbacks {
	return vt.Callbacks{
		EnableMode:  func(mode ansi.Mode) { m.set(mode, true) },
		DisableMode: func(mode ansi.Mode) { m.set(mode, false) },
	}
}

// set notes a switch. A terminal starts with everything off but the cursor and the wrapping of long lines.
func (m *modes) set(mode ansi.Mode, on bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if on == (mode == ansi.ModeTextCursorEnable || mode == ansi.ModeAutoWrap) {
		delete(m.changed, mode)
		return
	}
	m.changed[mode] = on
}

func (m *modes) list() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var names []string
	for mode, on := range m.changed {
		names = append(names, fmt.Sprintf("mode %d is on: %v", mode.Mode(), on))
	}
	slices.Sort(names)
	return names
}

// ChangedModes says which modes of the terminal are not as a program finds them: the alternate screen (1049), a
// hidden cursor (25), mouse reporting (1000 to 1006), bracketed paste (2004) and whatever else was switched.
// It is empty when the program has left the screen as it was.
func (t *Terminal) ChangedModes() []string { return t.modes.list() }
