package ui

import (
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"k8s.io/apimachinery/pkg/types"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/model"
	list "github.com/dogwatch/dogwatch/model/problems"
	"github.com/dogwatch/dogwatch/ui/prompt"
	"github.com/dogwatch/dogwatch/ui/relations"
	"github.com/dogwatch/dogwatch/ui/text"
	"github.com/dogwatch/dogwatch/workspace"
)

// toggleProblems shows all that is unhealthy, or the list again.
func (a *App) toggleProblems() {
	a.under = nothing
	if a.over == overProblems {
		a.over = nothing
		return
	}
	a.over = overProblems
}

// problemsAction does what is done on the page.
func (a *App) problemsAction(action keymap.Action) tea.Cmd {
	switch action {
	case keymap.OpenFilter:
		a.prompt.Start(prompt.Problems, a.problems.Filter(), nil)
		return nil
	case keymap.ToggleWhy:
		return a.whyProblem()
	case keymap.Accept:
		p, ok := a.problems.Selected()
		if !ok {
			return nil
		}
		a.over = nothing
		cmd, done := a.goTo(p.ID, p.UID)
		if !done {
			a.status.Info("no tab shows " + p.Type.String() + " of " + text.Clean(p.String()) + " any more")
		}
		return cmd
	}
	if a.problems.Do(action) {
		a.over = nothing
	}
	return nil
}

// problemsView draws the page at a moment of the local clock.
func (a *App) problemsView(now time.Time) []string {
	unread := map[informers.Identity]bool{}
	unwatched := 0
	for _, tab := range a.dated(now).Tabs {
		if len(tab.Sources) == 0 && tab.Problem != "" {
			unwatched++
		}
		for _, s := range tab.Sources {
			if s.State.Phase != informers.Live {
				unread[s.Watch] = true
			}
		}
	}
	a.problems.SetWatching(a.snapshot.Context, len(unread)+unwatched, a.past.isRewind)
	ahead := a.ahead(now)
	a.problems.SetClock(ahead, a.receivedAhead(now, ahead))
	return strings.Split(a.problems.View(now), "\n")
}

// sought is an object that the cursor is to go to as soon as its tab shows it.
type sought struct {
	tab workspace.TabID
	row model.RowID
}

// goTo shows an object in a tab that has its type: in one that shows it now, else in the first without its filter. done is false where no tab
// has the type.
func (a *App) goTo(id list.ID, uid types.UID) (cmd tea.Cmd, done bool) {
	var first *sought
	for _, tab := range a.snapshot.Tabs {
		at, shows := a.rowIn(tab, id, uid)
		if shows {
			a.sought = at
			return tea.Batch(a.show(tab.ID), a.seekRow()), true
		}
		if first == nil {
			first = at
		}
	}
	if first == nil {
		return nil, false
	}
	a.sought = first
	p := a.page(first.tab)
	p.setFilter("")
	if p.unhealthyOnly {
		p.unhealthyOnly = false
		p.grid.SetUnhealthyOnly(false)
	}
	return tea.Batch(a.show(first.tab), a.seekRow()), true
}

// rowIn is the row that a tab has for an object, nil where it has none of the type; shows tells whether it is among those in its list now.
func (a *App) rowIn(tab workspace.Tab, id list.ID, uid types.UID) (at *sought, shows bool) {
	for i, source := range tab.Sources {
		w := source.Watch
		if w.Cluster != id.Cluster || w.GVR.GroupResource() != id.Type || w.Namespace != "" && w.Namespace != id.Namespace {
			continue
		}
		at = &sought{tab.ID, model.RowID{Source: i, Key: id.Key, UID: uid}}
		if tab.View != nil {
			if _, shows = tab.View.Find(at.row); shows {
				return at, true
			}
		}
	}
	return at, false
}

// soughtMsg brings a tab that was opened for an object.
type soughtMsg sought

// goToRelated shows an object of the page of relations, in a new tab where no other has its type. Without a name it is all of the type.
func (a *App) goToRelated(msg relations.GoMsg) tea.Cmd {
	it := msg.Item
	if it.ID.Name == "" {
		target := workspace.Target{Types: []string{it.ID.Type.String()}, Namespace: it.ID.Namespace, AllNamespaces: it.ID.Namespace == ""}
		if msg.Cluster != a.snapshot.Context {
			target.Context = msg.Cluster
		}
		return a.openTab(target)
	}
	if cmd, done := a.goTo(list.ID{Cluster: msg.Cluster, Type: it.ID.Type, Key: it.ID.Key}, it.Object.UID); done {
		return cmd
	}
	return a.openFor(list.ID{Cluster: msg.Cluster, Type: it.ID.Type, Key: it.ID.Key}, it.Object.UID, it.ID.Namespace)
}

// openFor opens a tab for an object, limited to a namespace if it is given one, and shows the object there.
func (a *App) openFor(id list.ID, uid types.UID, namespace string) tea.Cmd {
	target := workspace.Target{Types: []string{id.Type.String()}, Namespace: namespace}
	if id.Cluster != a.snapshot.Context {
		target.Context = id.Cluster
	}
	row := model.RowID{Key: id.Key, UID: uid}
	return func() tea.Msg {
		id, err := a.opts.Backend.OpenKnown(target)
		if err != nil {
			return failedMsg{err}
		}
		return soughtMsg{id, row}
	}
}

// seekRow puts the cursor on the object that is sought, if its tab shows it by now.
func (a *App) seekRow() tea.Cmd {
	if a.sought == nil || a.awaited == a.sought.tab {
		return nil
	}
	p := a.pages[a.sought.tab]
	if p == nil || a.sought.tab != a.current {
		a.sought = nil
		return nil
	}
	if !p.grid.Select(a.sought.row) {
		return nil
	}
	a.sought = nil
	return a.followSelection()
}
