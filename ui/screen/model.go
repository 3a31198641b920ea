package screen

import (
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
)

// model shows its views on a Screen, and Bubble Tea all of them but the content.
type model struct {
	inner  tea.Model
	screen *Screen
	settings
}

// Wrap gives a model whose Views' contents are drawn by the Screen, which must be the program's output.
func (s *Screen) Wrap(inner tea.Model) tea.Model { return model{inner: inner, screen: s} }

func (m model) Init() tea.Cmd {
	return tea.Batch(m.inner.Init(), m.screen.measure, m.screen.awaitResize)
}

// resizedMsg says that the terminal may have another size.
type resizedMsg struct{}

// measure tells how large the terminal is.
func (s *Screen) measure() tea.Msg {
	width, height := s.size()
	return tea.WindowSizeMsg{Width: width, Height: height}
}

// awaitResize waits for another size of the terminal. It ends with Run.
func (s *Screen) awaitResize() tea.Msg {
	select {
	case <-s.resized:
		return resizedMsg{}
	case <-s.ended:
		return nil
	}
}

// Update learns what the terminal is like, as Bubble Tea's renderer does.
func (m model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	var ask tea.Cmd
	switch msg := msg.(type) {
	case resizedMsg:
		return m, tea.Batch(m.screen.measure, m.screen.awaitResize)
	case tea.WindowSizeMsg:
		if msg.Width <= 0 || msg.Height <= 0 {
			return m, nil // of Bubble Tea, which does not know that it writes to a terminal
		}
		m.width, m.height = msg.Width, msg.Height
	case tea.ColorProfileMsg:
		if m.profile == colorprofile.Unknown && m.screen.mayHaveMore(msg.Profile) {
			ask = m.screen.askTmux
		}
		m.profile = msg.Profile
	case tea.ModeReportMsg:
		m.learn(msg)
	}
	var cmd tea.Cmd
	m.inner, cmd = m.inner.Update(msg)
	if _, ok := msg.(tea.ResumeMsg); ok {
		cmd = tea.Batch(cmd, m.screen.measure) // who had the terminal meanwhile may have changed it
	}
	return m, tea.Batch(cmd, ask)
}

// learn takes what the terminal says of a mode. Bubble Tea asks, and switches on what it measures widths by.
func (m *model) learn(report tea.ModeReportMsg) {
	switch report.Mode {
	case ansi.ModeSynchronizedOutput:
		m.synchronized = report.Value == ansi.ModeReset
	case ansi.ModeUnicodeCore:
		if report.Value == ansi.ModeReset || report.Value == ansi.ModeSet || report.Value == ansi.ModePermanentlySet {
			m.method = ansi.GraphemeWidth
		}
	}
}

// blank is what Bubble Tea believes to be on the screen. Without any content it would not take its own screen for as large as
// the terminal, and write each time it looks.
const blank = " "

// View hands the content over.
func (m model) View() tea.View {
	v := m.inner.View()
	m.screen.show(frame{v.Content, m.settings})
	v.Content = blank
	return v
}
