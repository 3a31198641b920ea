package ui

import (
	"slices"

	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/ui/text"
)

// refuser is a part that tells why an action of its own would do nothing now; nothing where it does something.
type refuser interface {
	Refuses(action keymap.Action) string
}

// refuses says why an action does nothing in a part, in a line.
func (a *App) refuses(scope keymap.Scope, action keymap.Action) string {
	var part any
	switch {
	case slices.Contains(a.idle(), action) && (scope == keymap.Problems || scope == keymap.Signals):
		return "no line is under the cursor"
	case scope == keymap.Activity:
		part = a.activity
	case scope == keymap.Signals:
		part = a.signals
	case scope == keymap.Grid && action == keymap.UseNamespace:
		return a.noNamespace()
	case scope == keymap.Grid && a.currentPage() != nil:
		part = a.currentPage().grid
	case scope == a.pageScope() && a.paneOpen:
		part = a.panePage()
	}
	if r, ok := part.(refuser); ok {
		return r.Refuses(action)
	}
	return ""
}

// noNamespace says why there is no namespace to use.
func (a *App) noNamespace() string {
	p := a.currentPage()
	if p == nil {
		return ""
	}
	switch row, _, ok := p.grid.Selected(); {
	case !ok:
		return "no object is under the cursor"
	case row.Object.Namespace == "":
		return text.Clean(row.Object.Name) + " is in no namespace"
	}
	return ""
}

// unheard says that a key means nothing in the part that hears it, and where it does.
func (a *App) unheard(key string) string {
	name := text.Clean(keymap.KeyName(key))
	scope, back := a.scope(), ""
	if scope == keymap.Time {
		scope = a.focus()
	}
	if scope != keymap.Grid {
		back = a.keys.KeyOf(scope, keymap.Back)
	}
	switch _, ofList := a.keys.Lookup(key, keymap.Grid, keymap.Global); {
	case ofList && back != "":
		return name + " is a key of the list: " + back + " goes back there"
	case scope == keymap.Help || scope == keymap.Logs:
		return name + " does nothing here: " + back + " goes back"
	}
	return name + " does nothing here: " + a.globalKey(keymap.ShowHelp) + " shows all keys"
}
