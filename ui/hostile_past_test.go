package ui_test

import (
	"context"
	"errors"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/model/problems"
	"github.com/dogwatch/dogwatch/replay/playback"
	"github.com/dogwatch/dogwatch/ui"
)

// hostileRewinder has a past in which all that is said is one text.
type hostileRewinder struct {
	text     string
	problems *problems.List
	player   *fakePlayer
}

func (r *hostileRewinder) Begin(context.Context) (ui.Playback, *problems.List, error) {
	r.player = newFakePlayer()
	s := &r.player.state
	s.Begin, s.End, s.Now = now.Add(-10*time.Minute), now, now.Add(-3*time.Second)
	s.Gaps = []playback.Gap{
		{From: s.Begin, To: s.Begin.Add(time.Minute), Type: r.text, Reason: r.text},
		{From: s.Now.Add(-time.Second), To: s.End, Reason: r.text},
	}
	r.player.err = errors.New(r.text) // whatever move is asked for
	return r.player, r.problems, nil
}

func (r *hostileRewinder) End() { r.player = nil }

// becomePast has the first tab be of a past moment, in a state.
func (h *hostile) becomePast(state informers.State) {
	state.Verb, state.Reason, state.Err = h.text, h.text, errors.New(h.text)
	h.snapshot.IsPast = true
	h.snapshot.Tabs[0].Sources[0].State = state
	h.send(ui.FrameMsg{Snapshot: h.snapshot})
}

// inThePast are the screens of the past of a live cluster.
func (h *hostile) inThePast() []hostileStep {
	live := informers.State{Phase: informers.Live, Synced: true}
	unknown := informers.State{Phase: informers.Stale}
	gap := informers.State{Phase: informers.Stale, Synced: true, Since: now.Add(-time.Minute), LastHeard: now.Add(-time.Minute)}
	enter, esc := tea.KeyPressMsg{Code: tea.KeyEnter}, tea.KeyPressMsg{Code: tea.KeyEscape}
	return []hostileStep{
		{"past", func() { h.pages.err = nil; h.press(esc, key('t')); h.becomePast(live) }},
		{"refused step", func() { h.press(tea.KeyPressMsg{Code: tea.KeyLeft}) }},
		{"past pane", func() { h.press(key('y')) }},
		{"past events", func() { h.press(key('e')) }},
		{"past history", func() { h.press(key('H')) }},
		{"past difference", func() { h.press(enter) }},
		{"past relations", func() { h.press(esc, key('r')) }},
		{"past why", func() { h.press(key('W')) }},
		{"past activity", func() { h.press(key('A')) }},
		{"past problems", func() { h.press(esc, key('P')) }},
		{"no signals", func() { h.press(esc, key('S')) }},
		{"past signals", func() { h.press(key('v')) }},
		{"unknown", func() { h.press(esc, esc); h.becomePast(gap) }},
		{"left out", func() { h.faults(h.text, h.text); h.becomePast(unknown) }},
		{"not in the past", func() { h.becomePast(live); h.press(key('2')) }},
	}
}

// faults have the past say what is wrong with it.
func (h *hostile) faults(words ...string) {
	p := h.rewinder.player
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state.Problems = words
}
