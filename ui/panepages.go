package ui

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/dogwatch/dogwatch/command"
	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/versions"
	cause "github.com/dogwatch/dogwatch/model/why"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/detail"
	"github.com/dogwatch/dogwatch/ui/events"
	"github.com/dogwatch/dogwatch/ui/history"
	"github.com/dogwatch/dogwatch/ui/live"
	"github.com/dogwatch/dogwatch/ui/pagehead"
	"github.com/dogwatch/dogwatch/ui/relations"
	"github.com/dogwatch/dogwatch/ui/why"
	"github.com/dogwatch/dogwatch/workspace"
)

// PaneBackend is what the pages of the pane ask of the workspace, in commands.
type PaneBackend interface {
	WatchVersions(of versions.Object) (workspace.ObjectVersions, error)
	WatchRelations(of versions.Object, kind string) (workspace.Relations, error)
	WatchReasons(of versions.Object, kind string) (workspace.Reasons, error)
	WatchEvents(of versions.Object, kind string) (workspace.ObjectEvents, error)
	FindObject(arg, namespace, name string) (of versions.Object, kind string, err error)
}

// panePage is one of the pages that the pane shows.
type panePage interface {
	SetTheme(t *theme.Theme)
	SetSize(width, height int)
	SetFocused(focused bool)
	View(now time.Time) string
	NeedsTick(now time.Time) (time.Duration, bool)
	Scroll(lines int)
	Click(x, y int)
}

// pane is the pages, and the object that they are of.
type pane struct {
	page    pagehead.Page
	events  *events.Model
	history *history.Model
	// relations is what the object relates to.
	relations *relations.Model
	// why is why it is not well.
	why *why.Model
	// named is the object that was asked for by name, until another is selected; nil for the selected one.
	named *paneObject
}

// paneObject is an object that the pages tell of.
type paneObject struct {
	of   versions.Object
	kind string
}

func newPane(ctx context.Context, t *theme.Theme, keys *keymap.Keymap) pane {
	return pane{events: events.New(t), history: history.New(ctx, t), relations: relations.New(t, keys), why: why.New(t, keys)}
}

// panePage is the page that is to be seen while the pane is open.
func (a *App) panePage() panePage {
	switch a.pane.page {
	case pagehead.Events:
		return a.pane.events
	case pagehead.Relations:
		return a.pane.relations
	case pagehead.History:
		return a.pane.history
	case pagehead.Why:
		return a.pane.why
	default:
		return a.detail
	}
}

func (a *App) panePages() []panePage {
	return []panePage{a.detail, a.pane.events, a.pane.relations, a.pane.history, a.pane.why}
}

// pageScope is the scope of the page's keys.
func (a *App) pageScope() keymap.Scope {
	switch a.pane.page {
	case pagehead.Events:
		return keymap.Events
	case pagehead.Relations:
		return keymap.Relations
	case pagehead.History:
		return keymap.History
	case pagehead.Why:
		return keymap.Why
	default:
		return keymap.Detail
	}
}

// pageAction opens a page, or closes the pane where it is open. done tells whether it was such an action.
func (a *App) pageAction(action keymap.Action) (cmd tea.Cmd, done bool) {
	var page pagehead.Page
	switch action {
	case keymap.ToggleDetail:
		page = pagehead.YAML
	case keymap.ToggleEvents:
		page = pagehead.Events
	case keymap.ToggleRelations:
		page = pagehead.Relations
	case keymap.ToggleHistory:
		page = pagehead.History
	case keymap.ToggleWhy:
		page = pagehead.Why
	case keymap.NextPage, keymap.PrevPage:
		return a.turnPage(action), true
	default:
		return nil, false
	}
	if a.paneOpen && a.pane.page == page {
		return a.openPane(false, false), true
	}
	// Of versions, of what relates and of causes one is to be chosen, so their pages take the keys.
	return a.openPage(page, a.paneFocused || page == pagehead.History || page == pagehead.Relations || page == pagehead.Why), true
}

// turnPage goes to the page beside the one that is open, with the focus where it is; a pane that is shut is opened where it was.
func (a *App) turnPage(action keymap.Action) tea.Cmd {
	by := 1
	if action == keymap.PrevPage {
		by = -1
	}
	if !a.paneOpen {
		by = 0
	}
	return a.openPage(a.pane.page.Step(by), a.paneFocused)
}

// openPage opens the pane at a page.
func (a *App) openPage(page pagehead.Page, focused bool) tea.Cmd {
	leave := a.leavePages()
	a.pane.page = page
	return tea.Batch(leave, a.openPane(true, focused))
}

// leavePages lets the pages follow nothing: they are not to be seen.
func (a *App) leavePages() tea.Cmd {
	return tea.Batch(a.pane.events.Hide(), a.pane.relations.Hide(), a.pane.history.Hide(), a.pane.why.Hide())
}

// showInPage has the page tell of the selected object, or of the one that was asked for by name.
func (a *App) showInPage(tab workspace.Tab, row model.Row, id model.RowID) tea.Cmd {
	if a.pane.page == pagehead.YAML {
		return a.detail.Show(a.opts.Context, a.paneObject(tab, row, id))
	}
	return a.tellOf(rowObject(tab, row))
}

// tellOf has the page tell of an object.
func (a *App) tellOf(o paneObject) tea.Cmd {
	now, backend := a.opts.Now(), a.opts.Backend
	switch a.pane.page {
	case pagehead.Events:
		return a.pane.events.Show(now, events.Object{Of: o.of, Kind: o.kind, Open: func() (events.Source, error) {
			return backend.WatchEvents(o.of, o.kind)
		}})
	case pagehead.Relations:
		return a.pane.relations.Show(now, relations.Object{Of: o.of, Kind: o.kind, IsPast: a.past.isRewind, Open: func() (live.Source[[]workspace.Related], error) {
			return backend.WatchRelations(o.of, o.kind)
		}})
	case pagehead.History:
		a.pane.history.SetMoment(a.moment())
		return a.pane.history.Show(now, history.Object{Of: o.of, Kind: o.kind, Open: func() (live.Source[*versions.List], error) {
			return backend.WatchVersions(o.of)
		}})
	case pagehead.Why:
		return a.pane.why.Show(now, why.Object{Of: o.of, Kind: o.kind, Open: func() (live.Source[*cause.Answer], error) {
			return backend.WatchReasons(o.of, o.kind)
		}})
	}
	return a.detail.Show(a.opts.Context, a.namedObject(o))
}

// namedObject is how the YAML page reads an object that is in no list: in the newest version that is known, or that of the moment
// that is shown.
func (a *App) namedObject(o paneObject) detail.Object {
	backend, moment := a.opts.Backend, a.moment()
	return detail.Object{
		ID: model.RowID{Source: -1, Key: o.of.Key, UID: o.of.UID}, Kind: o.kind, ResourceVersion: "named " + moment.String(),
		Load: func(ctx context.Context, _ bool) ([]byte, error) {
			source, err := backend.WatchVersions(o.of)
			if err != nil {
				return nil, err
			}
			defer source.Close()
			list, err := source.Read()
			if err != nil {
				return nil, err
			}
			at, ok := 0, len(list.Versions) > 0
			if ok && !moment.IsZero() {
				at, ok = list.At(moment)
			}
			if !ok {
				return nil, versions.ErrUnknown
			}
			return list.JSON(ctx, at)
		},
	}
}

// clearPage empties the page: nothing is selected.
func (a *App) clearPage() tea.Cmd {
	a.detail.Clear()
	return a.leavePages()
}

// pollPage looks whether the page's source has something else by now.
func (a *App) pollPage(now time.Time) tea.Cmd {
	if !a.paneOpen {
		return nil
	}
	return tea.Batch(a.pane.events.Poll(now), a.pane.relations.Poll(now), a.pane.history.Poll(now), a.pane.why.Poll(now))
}

// pageResult takes what came of a page's work.
func (a *App) pageResult(msg tea.Msg) tea.Cmd {
	now := a.opts.Now()
	if msg, ok := msg.(namedMsg); ok {
		return a.takeNamed(msg)
	}
	return tea.Batch(a.detail.Update(msg), a.pane.events.Update(now, msg), a.pane.relations.Update(now, msg), a.pane.history.Update(now, msg),
		a.pane.why.Update(now, msg))
}

// doInPage carries out an action of the page that has the focus.
func (a *App) doInPage(action keymap.Action) tea.Cmd {
	var cmd tea.Cmd
	var done bool
	switch a.pane.page {
	case pagehead.Events:
		cmd, done = a.pane.events.Do(action)
	case pagehead.Relations:
		cmd, done = a.pane.relations.Do(action)
	case pagehead.History:
		cmd, done = a.pane.history.Do(action)
	case pagehead.Why:
		cmd, done = a.pane.why.Do(action)
	default:
		return a.detail.Do(action)
	}
	if !done && action == keymap.Back {
		return a.openPane(true, false)
	}
	return cmd
}

// namedMsg brings an object that was asked for by name, and the page that is to tell of it.
type namedMsg struct {
	object paneObject
	page   pagehead.Page
}

// runNamed shows a page of an object that is asked for by name, or of the selected one.
func (a *App) runNamed(page pagehead.Page, of command.Object) tea.Cmd {
	if of.Type == "" {
		return a.openPage(page, true)
	}
	backend := a.opts.Backend
	return func() tea.Msg {
		object, kind, err := backend.FindObject(of.Type, of.Namespace, of.Name)
		if err != nil {
			return failedMsg{err}
		}
		return namedMsg{paneObject{object, kind}, page}
	}
}

// takeNamed shows a page of an object that was asked for by name. It stays until the cursor of the list is moved.
func (a *App) takeNamed(msg namedMsg) tea.Cmd {
	leave := a.leavePages()
	a.pane.page, a.pane.named = msg.page, &msg.object
	return tea.Batch(leave, a.openPane(true, true))
}
