package ui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/ui/text"
	"github.com/dogwatch/dogwatch/workspace"
)

// screenAction does what concerns the whole screen. done tells whether it was
// such an action.
func (a *App) screenAction(action keymap.Action, key string) (cmd tea.Cmd, done bool) {
	switch action {
	case keymap.Quit:
		return tea.Quit, true
	case keymap.ShowHelp:
		a.help.SetScope(a.scope())
		a.lay(overHelp)
	case keymap.ShowLogs:
		a.lay(overLogs)
	case keymap.ShowActivity:
		return a.toggleActivity(), true
	case keymap.ShowProblems:
		a.toggleProblems()
	case keymap.ShowSignals:
		return a.toggleSignals(), true
	case keymap.OpenPicker:
		return a.openPicker(), true
	case keymap.OpenCommand:
		return a.startCommand(""), true
	case keymap.PickNamespace:
		return a.startCommand("ns "), true
	case keymap.PickContext:
		return a.startCommand("ctx "), true
	case keymap.NextTab:
		return a.stepTab(1), true
	case keymap.PrevTab:
		return a.stepTab(-1), true
	case keymap.GoToTab:
		return a.goToTab(key), true
	case keymap.DropTab:
		return a.dropTab(a.current), true
	case keymap.AllNamespaces:
		return a.changeNamespace(a.opts.Backend.ToggleAllNamespaces), true
	case keymap.ToggleRecord:
		return a.toggleRecord(), true
	case keymap.SteerTime:
		return a.steerTime(), true
	case keymap.Suspend:
		return a.opts.Suspend, true
	case keymap.RetryNow:
		return func() tea.Msg { return retriedMsg(a.opts.Backend.RetryNow()) }, true
	default:
		return nil, false
	}
	return nil, true
}

// retriedMsg tells what a retry found to do.
type retriedMsg workspace.Retried

// words say what is being tried again; where nothing waited, that is said.
func (r retriedMsg) words() string {
	var parts []string
	if r.Watches > 0 {
		parts = append(parts, counted(r.Watches, "watch", "watches"))
	}
	if r.Clusters > 0 {
		parts = append(parts, "which types "+counted(r.Clusters, "cluster serves", "clusters serve"))
	}
	if parts == nil {
		return "nothing waits to be retried; the types are read anew"
	}
	return "trying again now: " + strings.Join(parts, ", ")
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// call runs a command of the backend off the program loop.
func (a *App) call(f func()) tea.Cmd {
	return func() tea.Msg { f(); return nil }
}

// failedMsg is a command of the user's that went wrong.
type failedMsg struct{ err error }

// try is call for what can fail; the error is shown as it is.
func (a *App) try(f func() error) tea.Cmd {
	return func() tea.Msg {
		if err := f(); err != nil {
			return failedMsg{err}
		}
		return nil
	}
}

// openedMsg brings the tab that a command opened, to be shown.
type openedMsg struct {
	id workspace.TabID
	// filter replaces the tab's own where it is not empty.
	filter string
}

func (a *App) openTab(target workspace.Target) tea.Cmd {
	return func() tea.Msg {
		id, err := a.opts.Backend.OpenKnown(target)
		if err != nil {
			return failedMsg{err}
		}
		return openedMsg{id, target.Filter}
	}
}

func (a *App) opened(open func() (workspace.TabID, error)) tea.Cmd {
	return func() tea.Msg {
		id, err := open()
		if err != nil {
			return failedMsg{err}
		}
		return openedMsg{id: id}
	}
}

func (a *App) stepTab(by int) tea.Cmd {
	n := len(a.snapshot.Tabs)
	if n == 0 {
		return nil
	}
	return a.show(a.snapshot.Tabs[(a.tabIndex(a.current)+by+n)%n].ID)
}

// goToTab goes to the tab whose number is the place of the key among those of the action.
func (a *App) goToTab(key string) tea.Cmd {
	number := a.keys.Place(keymap.Global, keymap.GoToTab, key)
	if number < 1 {
		return nil
	}
	if number > len(a.snapshot.Tabs) {
		a.status.Info(fmt.Sprintf("there is no tab %d", number))
		return nil
	}
	return a.show(a.snapshot.Tabs[number-1].ID)
}

// show makes a tab the current one.
func (a *App) show(id workspace.TabID) tea.Cmd {
	if id == a.current {
		return nil
	}
	if p := a.currentPage(); p != nil {
		p.look()
	}
	a.current = id
	return tea.Batch(
		a.followSelection(),
		a.call(func() { a.opts.Backend.Prioritize(id) }),
	)
}

func (a *App) dropTab(id workspace.TabID) tea.Cmd {
	if a.tabIndex(id) < 0 {
		return nil
	}
	return a.call(func() { a.opts.Backend.CloseTab(id) })
}

func (a *App) useRowNamespace() tea.Cmd {
	p := a.currentPage()
	if p == nil {
		return nil
	}
	row, _, ok := p.grid.Selected()
	if !ok || row.Object.Namespace == "" {
		return nil
	}
	namespace := row.Object.Namespace
	return a.changeNamespace(func() { a.opts.Backend.SetNamespace(namespace) })
}

// changeNamespace changes the namespace of all tabs that have none of their own,
// and says so where the tab in sight has one.
func (a *App) changeNamespace(change func()) tea.Cmd {
	if p := a.currentPage(); p != nil {
		switch target := p.tab.Target; {
		case target.AllNamespaces:
			a.status.Info("this tab stays with all namespaces, as it was opened; the others switch")
		case target.Namespace != "":
			a.status.Info("this tab stays in " + text.Clean(target.Namespace) + ", as it was opened; the others switch")
		}
	}
	return a.call(change)
}
