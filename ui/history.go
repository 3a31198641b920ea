package ui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/dogwatch/dogwatch/state"
	"github.com/dogwatch/dogwatch/ui/prompt"
)

// historyMsg brings the lines of earlier sessions.
type historyMsg []state.Entry

func (a *App) loadHistory() tea.Cmd {
	if a.opts.History == nil {
		return nil
	}
	return func() tea.Msg { return historyMsg(a.opts.History.Load()) }
}

func (a *App) takeHistory(entries historyMsg) {
	lines := map[state.Kind][]string{}
	for _, e := range entries {
		lines[e.Kind] = append(lines[e.Kind], e.Line)
	}
	a.prompt.SetHistory(prompt.Command, lines[state.Command])
	a.prompt.SetHistory(prompt.Filter, lines[state.Filter])
}

// keep has a line that was accepted outlive the session. What is searched for in
// an object is not kept: it may be of a revealed Secret.
func (a *App) keep(kind prompt.Kind, line string) {
	line = strings.TrimSpace(line)
	if a.opts.History == nil || line == "" {
		return
	}
	switch kind {
	case prompt.Command:
		a.opts.History.Add(state.Command, line)
	case prompt.Filter:
		a.opts.History.Add(state.Filter, line)
	}
}
