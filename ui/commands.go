package ui

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/dogwatch/dogwatch/command"
	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/ui/pagehead"
)

// run carries out a line of the command prompt.
func (a *App) run(line string) tea.Cmd {
	parsed, err := command.Parse(line)
	if err != nil {
		a.prompt.Fail(err.Error())
		return nil
	}
	if cmd, doubted := a.doubt(line, parsed); doubted {
		return cmd
	}
	a.leavePageFor(parsed)
	backend := a.opts.Backend
	switch c := parsed.(type) {
	case command.Open:
		return a.openTab(c.Target)
	case command.Drop:
		return a.dropTypes(c.Types)
	case command.Namespace:
		namespace := c.Name
		if c.All {
			namespace = ""
		}
		return a.changeNamespace(func() { backend.SetNamespace(namespace) })
	case command.Context:
		return a.try(func() error { return backend.SetContext(c.Name) })
	case command.At:
		return a.ofPast(func() tea.Cmd { return a.jump(c.Moment) })
	case command.Speed:
		return a.ofPast(func() tea.Cmd { return a.setSpeed(c.Times) })
	case command.Pause:
		return a.ofPast(func() tea.Cmd { return a.setPaused(!c.Play) })
	case command.Record:
		if c.File == "" {
			return a.do(keymap.ToggleRecord, "")
		}
		return a.record(c.File)
	case command.History:
		return a.runNamed(pagehead.History, c.Of)
	case command.Why:
		return a.runNamed(pagehead.Why, c.Of)
	case command.Relations:
		return a.runNamed(pagehead.Relations, c.Of)
	case command.Retry:
		return a.do(keymap.RetryNow, "")
	case command.Activity:
		return a.runPage(overActivity, keymap.ShowActivity)
	case command.Problems:
		return a.runPage(overProblems, keymap.ShowProblems)
	case command.Signals:
		return a.runPage(overSignals, keymap.ShowSignals)
	case command.Heat:
		a.toggleRowHeat()
		return nil
	case command.Logs:
		return a.do(keymap.ShowLogs, "")
	case command.Help:
		return a.do(keymap.ShowHelp, "")
	case command.Quit:
		return tea.Quit
	default:
		a.status.Error(fmt.Sprintf("%q can't be done here", line))
		return nil
	}
}

// runPage shows a page; where it is shown already it stays, for a command is no switch.
func (a *App) runPage(page overlay, show keymap.Action) tea.Cmd {
	if a.over == page {
		return nil
	}
	return a.do(show, "")
}

// leavePageFor takes the page off the list for a command whose result is to be seen there.
func (a *App) leavePageFor(parsed command.Command) {
	switch parsed.(type) {
	case command.Open, command.Drop, command.History, command.Why, command.Relations, command.Heat:
		if isPage(a.scope()) {
			a.over = nothing
		}
	}
}

// dropTypes drops the tabs that show types, or the current one if there are
// none.
func (a *App) dropTypes(types []string) tea.Cmd {
	if len(types) == 0 {
		return a.dropTab(a.current)
	}
	joined := strings.Join(types, ",")
	for _, tab := range a.snapshot.Tabs {
		if strings.Join(tab.Target.Types, ",") == joined {
			return a.dropTab(tab.ID)
		}
	}
	return a.try(func() error {
		var missing []string
		for _, arg := range types {
			if !a.opts.Backend.DropType(arg) {
				missing = append(missing, arg)
			}
		}
		if missing != nil {
			return fmt.Errorf("no tab shows %s", strings.Join(missing, ", "))
		}
		return nil
	})
}

// doubt asks once whether a namespace that does not exist is meant: it may be
// about to be made. Where it is not known which there are, nothing is asked.
func (a *App) doubt(line string, parsed command.Command) (cmd tea.Cmd, doubted bool) {
	insisted := a.doubted == line
	a.doubted = ""
	names := a.candidates.Namespaces
	if insisted || names == nil || a.candidates.of != a.snapshot.Context {
		return nil, false
	}
	name, missing := command.Missing(parsed, a.snapshot.Context, names)
	if !missing {
		return nil, false
	}
	a.doubted = line
	a.prompt.Fail("no namespace " + name)
	return func() tea.Msg { return doubtMsg{line, command.Doubt(name, names)} }, true
}

// doubtMsg says what speaks against a line.
type doubtMsg struct{ line, words string }

// candidates are what the command line completes to. They are fetched when it
// opens, off the program loop, and may come late or not at all.
type candidates struct {
	command.Candidates
	of string // the context that they are of
}

// candidatesMsg brings a part of the candidates.
type candidatesMsg struct {
	of   string
	take func(*command.Candidates)
}

func (a *App) fetchCandidates() tea.Cmd {
	ctx, backend, of := a.opts.Context, a.opts.Backend, a.snapshot.Context
	if a.candidates.of != of {
		a.candidates = candidates{of: of}
	}
	types := func() tea.Msg {
		choices := backend.Choices()
		return candidatesMsg{of, func(c *command.Candidates) { c.Types = choices }}
	}
	namespaces := func() tea.Msg {
		names, err := backend.Namespaces(ctx)
		if err != nil {
			names = nil // not allowed, or no connection: completion does without
		}
		return candidatesMsg{of, func(c *command.Candidates) { c.Namespaces = names }}
	}
	contexts := func() tea.Msg {
		names, err := a.opts.Contexts()
		if err != nil {
			return nil
		}
		slices.Sort(names)
		return candidatesMsg{of, func(c *command.Candidates) { c.Contexts = names }}
	}
	return tea.Batch(types, namespaces, contexts)
}
