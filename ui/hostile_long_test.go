package ui_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/dogwatch/dogwatch/informers"
	sig "github.com/dogwatch/dogwatch/model/signal"
	"github.com/dogwatch/dogwatch/model/why"
	"github.com/dogwatch/dogwatch/ui"
)

// A text is given the room that it takes as it is shown: the end of one with control characters is to be seen, too, wherever there is room.
func TestTextTakesTheRoomThatItIsShownIn(t *testing.T) {
	hidden := strings.Repeat("\x1b[31m ", 20) // 20 cells, if it were taken for styles
	name := strings.Repeat("long-", 20)
	for where, test := range map[string]struct {
		put func(h *hostile, end string)
		key rune
	}{
		"message of an Event": {func(h *hostile, end string) { h.pages.events[0].Message = hidden + end }, 'e'},
		"no Events":           {func(h *hostile, end string) { h.pages.err = errors.New(hidden + end) }, 'e'},
		"no history":          {func(h *hostile, end string) { h.pages.err = errors.New(hidden + end) }, 'H'},
		"no relations":        {func(h *hostile, end string) { h.pages.err = errors.New(hidden + end) }, 'r'},
		"no reasons":          {func(h *hostile, end string) { h.pages.err = errors.New(hidden + end) }, 'W'},
		"message of a step":   {func(h *hostile, end string) { h.pages.answer.Steps[0].Finding.Message = hidden + end }, 'W'},
		"Event of a step":     {func(h *hostile, end string) { h.pages.answer.Event.Message = hidden + end }, 'W'},
		"state of a step": {func(h *hostile, end string) {
			s := &h.pages.answer.Steps[0]
			s.ID.Name, s.Finding.Reason, s.Others, s.Finding.Since = name, "\x1b[31m\x1b[31m"+end, 0, now.Add(-4*time.Minute)
		}, 'W'},
		"who made a change": {func(h *hostile, end string) {
			c := &h.pages.answer.Changes[0]
			c.Item.ID.Name, c.By.Name = name, "\x1b[31m\x1b[31m"+end
		}, 'W'},
		"kind of what changed": {func(h *hostile, end string) {
			c := &h.pages.answer.Changes[0]
			c.Item.ID.Name, c.Item.Of.Kind, c.By.Name = name, "\x1b[31m\x1b[31m", end
		}, 'W'},
		"path of what changed": {func(h *hostile, end string) {
			h.pages.answer.Changes = []why.Change{{At: now, Path: `a["` + "\x1b[31m\x1b[31m\x1b[31m\x1b[31m" + `"]`, Old: quoted("from"), New: quoted("to-somewhere-" + end)}}
		}, 'W'},
		"field that changed": {func(h *hostile, end string) {
			h.pages.answer.Changes = []why.Change{{At: now, Path: "spec", Old: quoted("\x1b[31m\x1b[31m\x1b[31m\x1b[31m"), New: quoted(end)}}
		}, 'W'},
		"why there are no rows": {func(h *hostile, end string) {
			state := &h.snapshot.Tabs[0].Sources[0].State
			state.Phase, state.Synced, state.Reason, state.Err = informers.Forbidden, false, hidden+end, errors.New(hidden+end)
			h.snapshot.Tabs[0].View = nil
			h.send(ui.FrameMsg{Snapshot: h.snapshot})
		}, 'j'},
		"signal": {func(h *hostile, end string) {
			s := &sig.Signal{Opened: now, Since: now, Message: hidden + end}
			fill(reflect.ValueOf(s), h.text)
			h.rules.list.Take(s)
		}, 'S'},
	} {
		t.Run(where, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const end = "the-end"
				h := newHostile(t, "plain", informers.Live, 120, 40)
				test.put(h, end)
				time.Sleep(time.Minute) // by the test's own clock
				h.press(tea.KeyPressMsg{Code: test.key, Text: string(test.key)})
				h.settle(where, func(screen string) bool { return strings.Contains(screen, end) })
				h.check(where)
			})
		})
	}
}
