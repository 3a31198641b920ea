package screen

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
)

const tmuxVariable = "TMUX="

func isTmuxVariable(v string) bool { return strings.HasPrefix(v, tmuxVariable) && v != tmuxVariable }

// Profile is which colours the terminal has, as far as it and the environment tell at once.
func (s *Screen) Profile() colorprofile.Profile {
	profile := colorprofile.Detect(s.file, slices.DeleteFunc(slices.Clone(s.env), isTmuxVariable))
	if s.mayHaveMore(profile) {
		return max(profile, colorprofile.ANSI256) // as every tmux
	}
	return profile
}

// mayHaveMore tells whether tmux may know of more colours than these. To ask it takes a process and its server's answer, for which the
// first frame is not to wait; and a ctrl+z meanwhile stops that process only.
func (s *Screen) mayHaveMore(than colorprofile.Profile) bool {
	return than > colorprofile.ASCII && than < colorprofile.TrueColor && slices.ContainsFunc(s.env, isTmuxVariable)
}

// askTmux tells which colours the terminal has around tmux, where that is more than was thought.
func (s *Screen) askTmux() tea.Msg {
	if profile := colorprofile.Tmux(s.env); profile > colorprofile.ANSI256 {
		return tea.ColorProfileMsg{Profile: profile}
	}
	return nil
}
