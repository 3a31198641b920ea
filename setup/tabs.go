package setup

import (
	"errors"
	"reflect"
	"slices"

	"github.com/dogwatch/dogwatch/config"
	"github.com/dogwatch/dogwatch/workspace"
)

// Tabs keeps the tabs of a workspace as a configuration names them. Those that others have opened it leaves alone.
type Tabs struct {
	ws *workspace.Workspace
	// label and field are the command line's word, where it has said one.
	label, field    string
	namespacesGiven bool
	showsAll        bool
	open            []openTab
	// own are those that were not there before a configuration named them.
	own map[workspace.TabID]bool
}

// openTab is a tab that a configuration has named.
type openTab struct {
	target workspace.Target
	id     workspace.TabID
}

// NewTabs makes a Tabs, under which a workspace has none yet. namespacesGiven has it leave alone which namespaces are shown.
func (o *Options) NewTabs(ws *workspace.Workspace, namespacesGiven bool) *Tabs {
	return &Tabs{
		ws: ws, label: o.LabelSelector, field: o.FieldSelector, namespacesGiven: namespacesGiven, showsAll: o.AllNamespaces,
		own: map[workspace.TabID]bool{},
	}
}

// Apply opens the tabs that are new in a configuration, limits those that it has other selectors for, and closes those that are not in it any more. What both
// need is watched all the time. The only error is of a workspace that is closed: whether types can be watched is shown by their tabs.
func (t *Tabs) Apply(c config.Config) error {
	if !t.namespacesGiven && c.AllNamespaces != t.showsAll {
		t.showsAll = c.AllNamespaces
		t.ws.ShowAllNamespaces(c.AllNamespaces)
	}
	var next, rest []openTab
	for _, tab := range c.Types {
		target := t.target(tab)
		if i := slices.IndexFunc(t.open, func(o openTab) bool { return reflect.DeepEqual(o.target, target) }); i >= 0 {
			next = append(next, t.open[i]) // one that the user has closed stays closed
		} else {
			rest = append(rest, openTab{target: target})
		}
	}
	var errs []error
	for _, tab := range rest {
		var err error
		if tab.id, err = t.take(tab.target, next); err != nil {
			errs = append(errs, err)
			continue
		}
		next = append(next, tab)
	}
	for id := range t.own {
		if !has(next, id) {
			t.ws.CloseTab(id)
			delete(t.own, id)
		}
	}
	t.open = next
	return errors.Join(errs...)
}

func has(tabs []openTab, id workspace.TabID) bool {
	return slices.ContainsFunc(tabs, func(tab openTab) bool { return tab.id == id })
}

// target is what a configuration asks for with one of its types, which were checked when they were read.
func (t *Tabs) target(tab config.Tab) workspace.Target {
	parts, _ := config.SplitTypes(tab.Types)
	target := workspace.Target{Types: parts}
	if t.label == "" {
		target.LabelSelector = tab.Selector
	}
	if t.field == "" {
		target.FieldSelector = tab.FieldSelector
	}
	return target
}

// take gives the tab of a target that is new: one of the same types that is not among those that are kept, limited otherwise, or else another.
func (t *Tabs) take(target workspace.Target, kept []openTab) (workspace.TabID, error) {
	for _, tab := range t.open {
		if t.own[tab.id] && !has(kept, tab.id) && slices.Equal(tab.target.Types, target.Types) &&
			t.ws.Limit(tab.id, target.LabelSelector, target.FieldSelector) {
			return tab.id, nil
		}
	}
	id, isNew, err := t.ws.OpenNew(target)
	if isNew {
		t.own[id] = true
	}
	return id, err
}
