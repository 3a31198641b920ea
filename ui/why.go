package ui

import (
	tea "charm.land/bubbletea/v2"

	"github.com/dogwatch/dogwatch/model/versions"
	"github.com/dogwatch/dogwatch/ui/pagehead"
	"github.com/dogwatch/dogwatch/ui/text"
	"github.com/dogwatch/dogwatch/ui/why"
)

// whyProblem tells why the problem under the cursor is one, beside the list that was left for the page of problems.
func (a *App) whyProblem() tea.Cmd {
	p, ok := a.problems.Selected()
	if !ok {
		return nil
	}
	for _, tab := range a.snapshot.Tabs {
		at, _ := a.rowIn(tab, p.ID, p.UID)
		if at == nil {
			continue
		}
		source := tab.Sources[at.row.Source]
		a.over = nothing
		of := versions.Object{Cluster: p.Cluster, GVR: source.Watch.GVR, Key: p.Key, UID: p.UID}
		return a.takeNamed(namedMsg{paneObject{of, source.Kind}, pagehead.Why})
	}
	a.status.Info("no tab shows " + p.Type.String() + " of " + text.Clean(p.String()) + " any more")
	return nil
}

// showChange shows what a change was, among the versions of its object.
func (a *App) showChange(msg why.ChangeMsg) tea.Cmd {
	c := msg.Change
	of := versions.Object{Cluster: msg.Cluster, GVR: c.Item.Of.GVR, Key: c.Item.ID.Key, UID: c.UID}
	return a.showVersion(of, c.Item.Of.Kind, c.Seq)
}

// showVersion shows what a change made of its object.
func (a *App) showVersion(of versions.Object, kind string, seq uint64) tea.Cmd {
	cmd := a.takeNamed(namedMsg{paneObject{of, kind}, pagehead.History})
	a.pane.history.Aim(seq)
	return cmd
}
