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
}

// openTab is a tab that a configuration has named.
type openTab struct {
	target workspace.Target
	id     workspace.TabID
	// own tells that it was not there before a configuration named it.
	own bool
}

// NewTabs makes a Tabs, under which a workspace has none yet. namespacesGiven has it leave alone which namespaces are shown.
func (o *Options) NewTabs(ws *workspace.Workspace, namespacesGiven bool) *Tabs {
	return &Tabs{ws: ws, label: o.LabelSelector, field: o.FieldSelector, namespacesGiven: namespacesGiven, showsAll: o.AllNamespaces}
}

// Apply opens the tabs that are new in a configuration, and closes those that are not in it any more. What both need is watched all the time.
func (t *Tabs) Apply(c config.Config) error {
	if !t.namespacesGiven && c.AllNamespaces != t.showsAll {
		t.showsAll = c.AllNamespaces
		t.ws.ShowAllNamespaces(c.AllNamespaces)
	}
	var next []openTab
	var errs []error
	for _, types := range c.Types {
		tab, err := t.take(t.target(c, types))
		errs = append(errs, err)
		if err == nil {
			next = append(next, tab)
		}
	}
	for _, tab := range t.open {
		isKept := slices.ContainsFunc(next, func(n openTab) bool { return n.id == tab.id })
		if tab.own && !isKept {
			t.ws.CloseTab(tab.id)
		}
	}
	t.open = next
	return errors.Join(errs...)
}

// target is what a configuration asks for with one of its types. It was checked when that was read.
func (t *Tabs) target(c config.Config, types string) workspace.Target {
	parts, _ := config.SplitTypes(types)
	target := workspace.Target{Types: parts}
	if t.label == "" {
		target.LabelSelector = c.Selector
	}
	if t.field == "" {
		target.FieldSelector = c.FieldSelector
	}
	return target
}

// take finds the tab of a target among those that are open, or opens it. One that the user has closed stays closed.
func (t *Tabs) take(target workspace.Target) (openTab, error) {
	for _, tab := range t.open {
		if reflect.DeepEqual(tab.target, target) {
			return tab, nil
		}
	}
	id, isNew, err := t.ws.OpenNew(target)
	isOurs := slices.ContainsFunc(t.open, func(tab openTab) bool { return tab.id == id && tab.own }) // under another spelling
	return openTab{target, id, isNew || isOurs}, err
}
