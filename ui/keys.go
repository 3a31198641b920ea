package ui

import (
	tea "charm.land/bubbletea/v2"

	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/ui/pagehead"
)

// scope is the part of the screen that hears a key first.
func (a *App) scope() keymap.Scope {
	switch {
	case a.prompt.Active():
		return keymap.Prompt
	case a.over == overPicker:
		return keymap.Picker
	case a.over == overHelp:
		return keymap.Help
	case a.over == overLogs:
		return keymap.Logs
	case a.over == overActivity:
		return keymap.Activity
	case a.over == overProblems:
		return keymap.Problems
	case a.over == overSignals:
		return keymap.Signals
	case a.past.steering:
		return keymap.Time
	default:
		return a.focus()
	}
}

// focus is the part that has the cursor.
func (a *App) focus() keymap.Scope {
	if a.paneOpen && a.paneFocused {
		return a.pageScope()
	}
	return keymap.Grid
}

// key turns a key into an action of the part that hears it. Where text is
// being typed, what has no action is text. On a screen too small to show any
// part, only what ends or stops the program is heard.
func (a *App) key(msg tea.KeyPressMsg) tea.Cmd {
	a.detail.ForgetRevealed()
	key := msg.String()
	if a.layout.tooSmall {
		if action, ok := a.keys.Lookup(key, keymap.Global); ok && (action == keymap.Quit || action == keymap.Suspend) {
			return a.do(action, key)
		}
		return nil
	}
	if _, ok := a.lookup(key, a.scope()); !ok && key == "alt+esc" {
		key = "esc" // so two presses are read that came at once, as of a key that is held
	}
	if after, ok := a.afterEscape(msg, key); ok {
		return tea.Sequence(a.key(tea.KeyPressMsg{Code: tea.KeyEscape}), a.key(after))
	}
	a.status.ClearMessage()
	a.sought = nil
	switch scope := a.scope(); scope {
	case keymap.Prompt:
		if action, ok := a.keys.Lookup(key, scope); ok {
			done, cmd := a.prompt.Do(action)
			if done != nil {
				return a.entered(done)
			}
			return cmd
		}
		return a.prompt.Type(msg)
	case keymap.Picker:
		if action, ok := a.keys.Lookup(key, scope); ok {
			return a.pickerAction(action)
		}
		return a.picker.Type(msg)
	default:
		if action, ok := a.lookup(key, scope); ok {
			return a.do(action, key)
		}
		a.status.Info(a.unheard(key))
		return nil
	}
}

// afterEscape gives the key that was pressed so soon after esc that both were read as one with alt, which means nothing here: over a slow line they
// come together. Where text is typed, keys with alt move in it.
func (a *App) afterEscape(msg tea.KeyPressMsg, key string) (after tea.KeyPressMsg, ok bool) {
	scope := a.scope()
	if !msg.Mod.Contains(tea.ModAlt) || scope == keymap.Prompt || scope == keymap.Picker {
		return after, false
	}
	if _, bound := a.lookup(key, scope); bound {
		return after, false
	}
	msg.Mod &^= tea.ModAlt
	return msg, true
}

// lookup finds what a key means in a scope, or else on the whole screen. Help
// and log hide the tabs, so what acts on those is not heard there.
func (a *App) lookup(key string, scope keymap.Scope) (keymap.Action, bool) {
	if action, ok := a.keys.Lookup(key, a.focus()); ok && scope == keymap.Time && a.isStep(action) {
		return action, true
	}
	if action, ok := a.keys.Lookup(key, scope); ok {
		return action, true
	}
	if scope == keymap.Time {
		// What does not steer the time still moves in what it is shown in.
		return a.keys.Lookup(key, a.focus(), keymap.Global)
	}
	if a.isSteeredFrom(scope) {
		if action, ok := a.keys.Lookup(key, keymap.Time); ok && !isOfCursor(action) {
			return action, true
		}
	}
	action, ok := a.keys.Lookup(key, keymap.Global)
	if !ok || !a.covered() {
		return action, ok
	}
	switch action {
	case keymap.ShowHelp, keymap.ShowLogs, keymap.ShowActivity, keymap.ShowProblems, keymap.ShowSignals, keymap.Suspend, keymap.Quit:
		return action, true
	case keymap.SteerTime, keymap.OpenCommand:
		return action, isPage(scope)
	default:
		return "", false
	}
}

// isPage tells whether a part is a page of what the clusters tell, which lies over the list and shows the same moment.
func isPage(scope keymap.Scope) bool {
	return scope == keymap.Activity || scope == keymap.Problems || scope == keymap.Signals
}

// isSteeredFrom tells whether a part is a page whose keys steer the time where the page itself has no use for them.
func (a *App) isSteeredFrom(scope keymap.Scope) bool { return a.past.steering && isPage(scope) }

// isOfCursor tells whether an action of the time is for the object under the list's cursor, which a page hides.
func isOfCursor(action keymap.Action) bool {
	return action == keymap.ObjectForward || action == keymap.ObjectBack
}

// unheardOn are the actions of the whole screen and of the time that a page does not hear, or needs no hint for, as they lead to it.
func (a *App) unheardOn(scope keymap.Scope) []keymap.Action {
	if !isPage(scope) {
		return nil
	}
	return []keymap.Action{keymap.OpenPicker, keymap.ObjectForward, keymap.ObjectBack, map[keymap.Scope]keymap.Action{
		keymap.Activity: keymap.ShowActivity, keymap.Problems: keymap.ShowProblems, keymap.Signals: keymap.ShowSignals,
	}[scope]}
}

// isStep tells whether an action goes on in what the pane has found or compares, which comes before steering the time.
func (a *App) isStep(action keymap.Action) bool {
	if action != keymap.NextMatch && action != keymap.PrevMatch {
		return false
	}
	switch a.focus() {
	case keymap.Detail:
		return a.detail.Searching()
	case keymap.History:
		return a.pane.history.IsComparing()
	}
	return false
}

func (a *App) paste(text string) tea.Cmd {
	if a.layout.tooSmall {
		return nil
	}
	switch a.scope() {
	case keymap.Prompt:
		return a.prompt.Paste(text)
	case keymap.Picker:
		return a.picker.Paste(text)
	default:
		return nil
	}
}

// do carries out an action: the root's own, or that of the part with the focus.
func (a *App) do(action keymap.Action, key string) tea.Cmd {
	if cmd, done := a.screenAction(action, key); done {
		return cmd
	}
	scope := a.scope()
	if scope == keymap.Time || a.isSteeredFrom(scope) && action != keymap.Back {
		if cmd, done := a.timeAction(action); done {
			return cmd
		}
	}
	if scope == keymap.Time {
		scope = a.focus()
	}
	if words := a.refuses(scope, action); words != "" {
		a.status.Info(words)
		return nil
	}
	switch scope {
	case keymap.Help:
		if action == keymap.Back {
			a.uncover()
		}
		a.help.Do(action)
		return nil
	case keymap.Logs:
		if action == keymap.Back {
			a.uncover()
		}
		a.logs.Do(action)
		return nil
	case keymap.Activity:
		return a.activityAction(action)
	case keymap.Problems:
		return a.problemsAction(action)
	case keymap.Signals:
		return a.signalsAction(action)
	case keymap.Detail, keymap.Events, keymap.Relations, keymap.History, keymap.Why:
		return a.paneAction(action)
	default:
		return a.gridAction(action)
	}
}

// lay lays what is only read over a page, which is shown again behind it.
func (a *App) lay(over overlay) {
	if a.over == overActivity || a.over == overProblems || a.over == overSignals {
		a.under = a.over
	}
	a.over = over
}

func (a *App) uncover() { a.over, a.under = a.under, nothing }

func (a *App) pickerAction(action keymap.Action) tea.Cmd {
	if action == keymap.Back {
		a.over = nothing
		return nil
	}
	return a.picker.Do(action)
}

// gridAction does what is done in the list.
func (a *App) gridAction(action keymap.Action) tea.Cmd {
	if cmd, done := a.pageAction(action); done {
		return cmd
	}
	switch action {
	case keymap.FocusDetail:
		return a.openPane(true, true)
	case keymap.OpenFilter:
		return a.startFilter()
	case keymap.UnhealthyOnly:
		return a.toggleUnhealthy()
	case keymap.ToggleHeat:
		a.toggleRowHeat()
		return nil
	case keymap.UseNamespace:
		return a.useRowNamespace()
	case keymap.Back:
		return a.goBack()
	}
	p := a.currentPage()
	if p == nil {
		return nil
	}
	return tea.Batch(p.grid.Do(action), a.followSelection())
}

// paneAction does what is done in the pane.
func (a *App) paneAction(action keymap.Action) tea.Cmd {
	if cmd, done := a.pageAction(action); done {
		return cmd
	}
	switch action {
	case keymap.Back:
		if a.pane.page == pagehead.YAML && a.detail.Searching() {
			return a.detail.Search(a.opts.Context, "")
		}
		if a.pane.page == pagehead.YAML {
			return a.openPane(true, false)
		}
		return a.doInPage(action)
	case keymap.Search:
		return a.startSearch()
	default:
		return a.doInPage(action)
	}
}

// goBack undoes what narrows the view, then closes the pane.
func (a *App) goBack() tea.Cmd {
	p := a.currentPage()
	switch {
	case p != nil && p.filter != "":
		p.setFilter("")
		return nil
	case p != nil && p.unhealthyOnly:
		return a.toggleUnhealthy()
	}
	return a.openPane(false, false)
}

// toggleUnhealthy shows only what is not healthy, or all again.
func (a *App) toggleUnhealthy() tea.Cmd {
	p := a.currentPage()
	if p == nil {
		return nil
	}
	p.unhealthyOnly = !p.unhealthyOnly
	p.grid.SetUnhealthyOnly(p.unhealthyOnly)
	return a.followSelection()
}

// openPane opens, focuses or closes the pane, and gives all parts their size.
func (a *App) openPane(open, focused bool) tea.Cmd {
	a.paneOpen, a.paneFocused = open, open && focused
	a.layout = a.newLayout(a.layout.width, a.layout.height)
	a.place()
	for _, page := range a.panePages() {
		page.SetFocused(a.paneFocused)
	}
	for _, p := range a.pages {
		p.grid.SetFocused(!a.paneFocused)
	}
	if !open {
		a.pane.named = nil
		return a.leavePages()
	}
	return a.followChange()
}
