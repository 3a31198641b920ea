package ui

import (
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/model/heat"
	"github.com/dogwatch/dogwatch/model/versions"
	"github.com/dogwatch/dogwatch/ui/activity"
	"github.com/dogwatch/dogwatch/ui/prompt"
	"github.com/dogwatch/dogwatch/ui/tabs"
	"github.com/dogwatch/dogwatch/workspace"
)

// aliasesMsg brings the short names and kinds that a filter of the activity may have for types.
type aliasesMsg map[string]string

// toggleActivity shows what went on, or the list again.
func (a *App) toggleActivity() tea.Cmd {
	a.under = nothing
	if a.over == overActivity {
		a.over = nothing
		return nil
	}
	a.over = overActivity
	a.activity.SetMoment(a.moment())
	if a.paneOpen && a.pane.named != nil { // what was opened from there is still to be seen
		a.activity.OpenAgain()
	} else {
		a.activity.Open()
	}
	backend := a.opts.Backend
	return func() tea.Msg { return aliasesOf(backend.Choices()) }
}

func aliasesOf(choices []workspace.TypeChoice) aliasesMsg {
	aliases := aliasesMsg{}
	for _, c := range choices {
		for _, name := range append(c.ShortNames, c.Kind, c.Name) {
			if name = strings.ToLower(name); aliases[name] == "" {
				aliases[name] = c.Arg()
			}
		}
	}
	return aliases
}

// activityAction does what is done on the page.
func (a *App) activityAction(action keymap.Action) tea.Cmd {
	if action == keymap.OpenFilter {
		if a.activity.ShowsChange() {
			return nil // it filters the lines, which are not seen
		}
		a.prompt.Start(prompt.Activity, a.activity.Filter(), nil)
		return nil
	}
	cmd, closed := a.activity.Do(action)
	if closed {
		a.over = nothing
	}
	return cmd
}

// showHistory shows a change of the activity among the versions of its object, beside the list that was left for the activity.
func (a *App) showHistory(msg activity.HistoryMsg) tea.Cmd {
	if msg.Of == (versions.Object{}) {
		a.status.Info("the line is of several objects: " + a.keys.KeyOf(keymap.Activity, keymap.Accept) + " shows which")
		return nil
	}
	if a.over != overActivity {
		return nil // left meanwhile
	}
	a.over = nothing
	return a.showVersion(msg.Of, a.kindOf(msg.Of), msg.Seq)
}

// kindOf is the kind of an object, as far as a tab has its type; else the type's name stands for it.
func (a *App) kindOf(of versions.Object) string {
	for _, tab := range a.snapshot.Tabs {
		for _, s := range tab.Sources {
			if s.Watch.Cluster == of.Cluster && s.Watch.GVR.GroupResource() == of.GVR.GroupResource() {
				return s.Kind
			}
		}
	}
	return of.GVR.Resource
}

// version gives a version of an object, off the program loop.
func (a *App) version(of versions.Object, version string) ([]byte, error) {
	source, err := a.opts.Backend.WatchVersions(of)
	if err != nil {
		return nil, err
	}
	defer source.Close()
	list, err := source.Read()
	if err != nil {
		return nil, err
	}
	for i := range list.Versions {
		if v := &list.Versions[i]; v.UID == of.UID && v.ResourceVersion == version && v.Kind() != versions.Deleted {
			return list.JSON(a.opts.Context, i)
		}
	}
	return nil, versions.ErrUnknown
}

// leaveActivity has the page do nothing while something else is shown.
func (a *App) leaveActivity() {
	if a.over != overActivity && a.under != overActivity {
		a.activity.Leave()
	}
}

// activityView draws the page; its times are told as the clock's is.
func (a *App) activityView(now time.Time) []string {
	a.activity.SetHistory(a.snapshot.History)
	a.activity.SetMoment(a.moment())
	a.activity.SetClock(a.changesAhead())
	return strings.Split(a.activity.View(now.Location()), "\n")
}

// warm has a tab show how much changed lately. Changes are dated by the clock here or, in a recording, by its own.
func (a *App) warm(item *tabs.Tab, tab workspace.Tab, now time.Time) {
	if a.opts.Activity == nil || a.opts.HideHeat {
		return
	}
	if a.past.player != nil {
		now = a.past.player.State().Now
	}
	item.Heat, item.IsWarm = heat.Lately{}.At(now), true
	for i, s := range tab.Sources {
		if minutes := s.Heat.At(now); i > 0 {
			item.Heat = item.Heat.Plus(minutes)
		} else {
			item.Heat = minutes
		}
	}
}
