package ui

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"github.com/dogwatch/dogwatch/command"
	"github.com/dogwatch/dogwatch/ui/activity"
	"github.com/dogwatch/dogwatch/ui/clip"
	"github.com/dogwatch/dogwatch/ui/detail"
	"github.com/dogwatch/dogwatch/ui/grid"
	"github.com/dogwatch/dogwatch/ui/picker"
	"github.com/dogwatch/dogwatch/ui/prompt"
	"github.com/dogwatch/dogwatch/ui/relations"
	"github.com/dogwatch/dogwatch/ui/why"
	"github.com/dogwatch/dogwatch/workspace"
)

func (a *App) startCommand(text string) tea.Cmd {
	a.prompt.Start(prompt.Command, text, func(line string, cursor int) command.Completion {
		return command.Complete(line, cursor, a.candidates.Candidates)
	})
	return a.fetchCandidates()
}

func (a *App) startFilter() tea.Cmd {
	if p := a.currentPage(); p != nil {
		a.prompt.Start(prompt.Filter, p.filter, nil)
	}
	return nil
}

func (a *App) startSearch() tea.Cmd {
	a.prompt.Start(prompt.Search, "", nil)
	return nil
}

func (a *App) openPicker() tea.Cmd {
	a.over = overPicker
	a.picker.Open()
	return a.fetchChoices()
}

// choicesMsg brings the picker's lines.
type choicesMsg struct {
	choices []workspace.TypeChoice
	problem string
}

func (a *App) fetchChoices() tea.Cmd {
	backend := a.opts.Backend
	problem := a.snapshot.Problem.Summary
	return func() tea.Msg { return choicesMsg{backend.Choices(), problem} }
}

// refreshChoices keeps an open picker up to date.
func (a *App) refreshChoices() tea.Cmd {
	if a.over != overPicker || a.snapshot.Generation == a.choicesOf {
		return nil
	}
	a.choicesOf = a.snapshot.Generation
	return a.fetchChoices()
}

// result takes what came of a command or of a component's work.
func (a *App) result(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case failedMsg:
		a.status.Error(msg.err.Error())
	case hintsMsg:
		a.hints = bool(msg) && !a.keyPressed
	case historyMsg:
		a.takeHistory(msg)
	case retriedMsg:
		a.status.Info(msg.words())
	case saidMsg:
		a.status.Info(string(msg))
	case findingMsg:
		a.found(msg)
	case rewoundMsg:
		return a.rewound(msg)
	case presentMsg: // which shows when a frame brings it
	case steeredMsg:
		return a.steered(msg)
	case openedMsg:
		a.awaited = msg.id
		if p := a.pages[msg.id]; p != nil && msg.filter != "" {
			p.setFilter(msg.filter)
		}
		return tea.Batch(a.chooseTab(), a.followSelection())
	case candidatesMsg:
		if msg.of == a.candidates.of {
			msg.take(&a.candidates.Candidates)
			a.prompt.Refresh()
		}
	case doubtMsg:
		if a.prompt.Says(prompt.Command, msg.line) {
			a.prompt.Fail(msg.words)
		}
	case aliasesMsg:
		a.activity.SetAliases(msg)
	case activity.ReadMsg:
		if err := a.activity.Take(msg); err != nil {
			a.status.Error(err.Error())
		}
	case activity.HistoryMsg:
		return a.showHistory(msg)
	case relations.GoMsg:
		return a.goToRelated(msg)
	case why.GoMsg:
		return a.goToRelated(relations.GoMsg(msg))
	case why.ChangeMsg:
		return a.showChange(msg)
	case soughtMsg:
		a.awaited, a.sought = msg.tab, (*sought)(&msg)
		return tea.Batch(a.chooseTab(), a.seekRow())
	case choicesMsg:
		a.picker.SetChoices(msg.choices, msg.problem)
	case picker.AppliedMsg:
		a.over = nothing
		return a.applied(msg)
	case prompt.ChangedMsg:
		if !a.prompt.Says(msg.Kind, msg.Text) {
			return nil
		}
		return a.typed(msg.Kind, msg.Text)
	case detail.RevealMsg:
		return a.reveal(msg)
	case clip.CopiedMsg:
		a.sayCopied(msg.What, msg.Problem)
	case grid.CopiedMsg:
		a.sayCopied(msg.Name, "")
	case grid.FoundMsg:
		return a.foundRow(msg)
	default:
		return a.pageResult(msg)
	}
	return nil
}

func (a *App) applied(msg picker.AppliedMsg) tea.Cmd {
	if len(msg.Add)+len(msg.Drop) == 0 {
		return nil
	}
	return a.opened(func() (workspace.TabID, error) {
		return a.opts.Backend.Apply(msg.Add, msg.Drop, msg.OneTab)
	})
}

// typed acts on a line while it is typed.
func (a *App) typed(kind prompt.Kind, text string) tea.Cmd {
	switch kind {
	case prompt.Filter:
		if p := a.currentPage(); p != nil {
			p.setFilter(text)
		}
	case prompt.Activity:
		a.activity.SetFilter(text)
	case prompt.Problems:
		a.problems.SetFilter(text)
	case prompt.Signals:
		a.signals.SetFilter(text)
	case prompt.Search:
		return a.detail.Search(a.opts.Context, text)
	}
	return nil
}

// entered acts on a line that is done with.
func (a *App) entered(done *prompt.Done) tea.Cmd {
	line := done.Text
	if done.Cancelled {
		line = done.Before
	} else {
		a.keep(done.Kind, line)
	}
	if done.Kind != prompt.Command {
		return a.typed(done.Kind, line)
	}
	if done.Cancelled || line == "" {
		return nil
	}
	return a.run(line)
}

func (a *App) sayCopied(what, problem string) {
	if problem != "" {
		a.status.Error(what + ": " + problem)
		return
	}
	a.status.Info("copied " + what)
}

func (a *App) foundRow(msg grid.FoundMsg) tea.Cmd {
	p := a.pages[msg.Tab]
	if p == nil {
		return nil
	}
	switch {
	case !msg.OK && msg.Hidden > 0:
		a.status.Info(fmt.Sprintf("none of these is unhealthy; the filter hides %d", msg.Hidden))
		return nil
	case !msg.OK:
		a.status.Info("nothing here is unhealthy, as far as one can tell")
		return nil
	}
	p.grid.Found(msg)
	return a.followSelection()
}
