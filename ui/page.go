package ui

import (
	"slices"

	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/grid"
	"github.com/dogwatch/dogwatch/workspace"
)

// page is what the screen remembers of a tab while another is shown: the list
// with its cursor, order and scroll, the filter, and what was seen of it.
type page struct {
	grid   *grid.Model
	tab    workspace.Tab
	filter string
	// unhealthyOnly leaves out what is healthy.
	unhealthyOnly bool
	seen          uint64 // the view's changes when the tab was last looked at
	view          *model.View
}

func newPage(t *theme.Theme, keys *keymap.Keymap, filter string) *page {
	p := &page{grid: grid.New(t, keys)}
	p.setFilter(filter)
	return p
}

// page finds a tab's page, or makes it.
func (a *App) page(id workspace.TabID) *page {
	if p, ok := a.pages[id]; ok {
		return p
	}
	filter := ""
	if i := a.tabIndex(id); i >= 0 {
		filter = a.snapshot.Tabs[i].Target.Filter
	}
	p := newPage(a.theme, a.keys, filter)
	p.grid.SetSize(a.layout.gridWidth, a.layout.gridHeight)
	p.grid.SetFocused(!a.paneFocused)
	p.grid.SetHeat(a.heatOfRows())
	a.pages[id] = p
	return p
}

// update takes in the tab's newer state.
func (p *page) update(tab workspace.Tab) {
	if tab.View != p.view {
		p.view, p.seen = tab.View, 0
		p.look() // of another view nothing can be told that was not seen
	}
	p.tab = tab
	p.grid.SetTab(tab)
}

// setFilter shows only what a filter takes. One that cannot be read, as while it
// is typed, leaves the rows as they are.
func (p *page) setFilter(text string) {
	filter := model.ParseFilter(text)
	if filter.Err() != nil {
		return
	}
	p.filter = text
	p.grid.SetFilter(filter)
}

// look notes that the tab's changes have been seen.
func (p *page) look() {
	if p.view != nil {
		p.seen = p.view.Changes()
	}
}

// isListing tells that rows come that were there before.
func (p *page) isListing() bool {
	return slices.ContainsFunc(p.tab.Sources, func(s workspace.Source) bool { return !s.State.Synced })
}

// unseen counts the changes since the tab was last looked at.
func (p *page) unseen() int {
	if p.view == nil {
		return 0
	}
	return int(p.view.Changes() - p.seen)
}

// narrowed says what the list leaves out, as tab and bottom line show it.
func (p *page) narrowed() string {
	switch {
	case !p.unhealthyOnly:
		return p.filter
	case p.filter == "":
		return "not healthy"
	default:
		return p.filter + ", not healthy"
	}
}
