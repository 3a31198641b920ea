package ui

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/ui/detail"
	"github.com/dogwatch/dogwatch/ui/pagehead"
	"github.com/dogwatch/dogwatch/ui/status"
	"github.com/dogwatch/dogwatch/ui/tabs"
	"github.com/dogwatch/dogwatch/workspace"
)

// followChange is followSelection for what the user did not ask for: an object
// that was deleted stays in the pane until the cursor is moved.
func (a *App) followChange() tea.Cmd {
	switch {
	case a.pane.named != nil && a.paneOpen:
		return a.tellOf(*a.pane.named)
	case a.holdsDeleted && a.pane.page == pagehead.YAML:
		return nil
	}
	return a.followSelection()
}

// isElsewhere tells that the pane shows another object than the list's cursor is on: one that was asked for by name, or that was deleted and whose
// row is gone.
func (a *App) isElsewhere() bool {
	p := a.currentPage()
	if !a.paneOpen || p == nil {
		return false
	}
	row, id, ok := p.grid.Selected()
	switch {
	case a.pane.named != nil:
		return !ok || rowObject(p.tab, row).of != a.pane.named.of
	case a.holdsDeleted && a.pane.page == pagehead.YAML:
		return !ok || id != a.held
	}
	return false
}

// followSelection has the pane show the object under the cursor, in its newest
// version. What is shown already costs nothing.
func (a *App) followSelection() tea.Cmd {
	p := a.currentPage()
	if !a.paneOpen || p == nil {
		return nil
	}
	a.pane.named = nil
	row, id, ok := p.grid.Selected()
	if !ok || a.past.isRewind && row.Mark == model.Gone { // a step back does not delete what was not there yet
		a.holdsDeleted = false
		return a.clearPage()
	}
	show := a.showInPage(p.tab, row, id)
	a.holdsDeleted, a.held = row.Mark == model.Gone, id
	if a.holdsDeleted {
		a.detail.SetDeleted(id, row.MarkedAt, a.ahead(a.opts.Now()))
	}
	return show
}

// paneObject is how the pane reads a row: from memory, or with managedFields,
// which are not kept, afresh from the server.
func (a *App) paneObject(tab workspace.Tab, row model.Row, id model.RowID) detail.Object {
	kind := ""
	if row.Source < len(tab.Sources) {
		kind = tab.Sources[row.Source].Kind
	}
	object, backend := row.Object, a.opts.Backend
	return detail.Object{
		ID:              id,
		Kind:            kind,
		ResourceVersion: object.ResourceVersion,
		Load: func(ctx context.Context, managedFields bool) ([]byte, error) {
			if managedFields {
				return backend.Fetch(ctx, tab.ID, id)
			}
			return object.JSON()
		},
	}
}

// reveal reads one object afresh, with its secret values, for one look.
func (a *App) reveal(ask detail.RevealMsg) tea.Cmd {
	ctx, backend, tab := a.opts.Context, a.opts.Backend, a.current
	return func() tea.Msg {
		object, err := backend.Reveal(ctx, tab, ask.ID)
		return detail.ShowRevealed(ask, object.JSON, object.Encoded, err)
	}
}

// refreshChrome gives tabs and status what they show.
func (a *App) refreshChrome(now time.Time) {
	snapshot := a.dated(now)
	items := make([]tabs.Tab, len(snapshot.Tabs))
	for i, tab := range snapshot.Tabs {
		items[i] = a.tabOf(tab)
		a.warm(&items[i], tab, now)
	}
	a.tabs.SetTabs(items, a.current, now)
	ahead := a.ahead(now)
	watching := status.WatchingOf(snapshot)
	watching.Recording = a.recordMark(now)
	watching.Ahead, watching.Past, watching.Rewind = ahead, a.past.player != nil, a.past.isRewind
	if i := a.tabIndex(a.current); i >= 0 {
		watching.Context, watching.Namespace = a.snapshot.Tabs[i].Context, a.snapshot.Tabs[i].Namespace
	}
	a.status.SetWatching(watching)
	a.pane.events.SetClock(ahead)
	a.pane.history.SetClock(a.changesAhead())
	a.pane.why.SetClock(ahead, a.changesAhead())
	place := status.Place{Scopes: a.scopes(), Without: append(a.idle(), a.unheardOn(a.scope())...)}
	if p := a.currentPage(); p != nil {
		p.grid.SetClock(ahead, a.receivedAhead(now, ahead))
		if i := a.tabIndex(a.current); i >= 0 {
			p.grid.SetTab(snapshot.Tabs[i])
		}
		if !a.covered() {
			place.At, place.Of = p.grid.Position()
			place.Filter = p.narrowed()
		}
		if !a.covered() && p.view != nil {
			place.Total = p.view.Window(0, 0).Total
		}
	}
	a.status.SetPlace(place)
	if a.past.player != nil {
		a.refreshTime(now)
	}
}

// idle are the actions that there is nothing for on the page that has the keys.
func (a *App) idle() []keymap.Action {
	var page any
	switch scope := a.scope(); {
	case scope == keymap.Activity && a.activity.ShowsChange(): // what these are for lies behind it, and enter closes it
		return []keymap.Action{keymap.Accept, keymap.ToggleNoise, keymap.OpenFilter}
	case scope == keymap.Activity:
		page = a.activity
	case scope == keymap.History && a.pane.history.ShowsDifference():
		return []keymap.Action{keymap.Accept, keymap.MarkVersion}
	case scope == keymap.Problems:
		page = a.problems
	case scope == keymap.Signals:
		page = a.signals
	case scope == a.pageScope():
		page = a.panePage()
	}
	var idle []keymap.Action
	if a.scope() == keymap.History { // in the list one goes through versions with the cursor
		idle = []keymap.Action{keymap.Older, keymap.Newer, keymap.NextMatch}
	}
	if p, ok := page.(interface{ IsEmpty() bool }); !ok || !p.IsEmpty() {
		return idle
	}
	idle = append(idle, keymap.Mute, keymap.MuteRule, keymap.Accept, keymap.MarkVersion, keymap.DiffView, keymap.CopyPatch)
	if a.over == overProblems {
		idle = append(idle, keymap.ToggleWhy)
	}
	return idle
}

// tabOf is a tab as the line of tabs shows it. The current tab is being looked
// at, so it has no changes that were not seen.
func (a *App) tabOf(tab workspace.Tab) tabs.Tab {
	p := a.pages[tab.ID]
	switch {
	case p == nil:
		return tabs.Of(tab, 0, "")
	case tab.ID == a.current:
		return tabs.Of(tab, 0, p.narrowed())
	default:
		return tabs.Of(tab, p.unseen(), p.narrowed())
	}
}

// needsTick tells how soon the screen looks different by itself.
func (a *App) needsTick(now time.Time) (time.Duration, bool) {
	wait := a.status.NeedsTick(now)
	if a.past.player != nil {
		wait = time.Second // the line of its time knows better
	}
	soonest := func(d time.Duration, ok bool) {
		if ok {
			wait = min(wait, max(d, frameInterval))
		}
	}
	if a.past.player != nil {
		soonest(a.timeNeedsTick(now))
	}
	if p := a.currentPage(); p != nil && !a.covered() {
		soonest(p.grid.NeedsTick(now))
	}
	if a.paneOpen {
		soonest(a.panePage().NeedsTick(now))
	}
	return wait, a.layout.width > 0
}
