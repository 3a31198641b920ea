package detail

import (
	"context"
	"errors"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/dogwatch/dogwatch/keymap"
)

const secretOfA = `{"data":{"password":"value of a"}}`

// slowNext shows a; b is wanted next and comes, or fails with err, when the
// command is run.
func slowNext(err error) (m *Model, load tea.Cmd) {
	m = pane(plain, 60, 8)
	show(m, object("a", "1", `{"data":{"password":"(hidden)"}}`))
	b := object("b", "1", `{"data":{"token":"(hidden)"}}`)
	if err != nil {
		b.Load = func(context.Context, bool) ([]byte, error) { return nil, err }
	}
	return m, m.Show(context.Background(), b)
}

// mustShowB demands b's own title and words, and nothing of a's values.
func mustShowB(t *testing.T, m *Model, words string) {
	t.Helper()
	view := ansi.Strip(m.View(now))
	title, _, _ := strings.Cut(view, "\n")
	if !strings.Contains(title, "b") || !strings.Contains(view, words) || strings.Contains(view, "value of a") {
		t.Errorf("%q of b is to be there, and no value of a:\n%s", words, view)
	}
}

var nextLoads = map[string]struct {
	err  error
	says string
}{
	"comes": {nil, "token: (hidden)"},
	"fails": {errors.New("timeout"), "timeout"},
}

func TestRevealWaitsForTheObjectThatIsWanted(t *testing.T) {
	for name, next := range nextLoads {
		t.Run(name, func(t *testing.T) {
			m, load := slowNext(next.err)
			if ask := m.Do(keymap.Reveal); ask != nil {
				m.Update(ShowRevealed(ask().(RevealMsg), []byte(secretOfA), nil, nil))
			}
			if strings.Contains(m.View(now), "value of a") {
				t.Error("the values of an object that the cursor has left are shown")
			}
			settle(m, load)
			mustShowB(t, m, next.says)
			do(m, keymap.Down)
			mustShowB(t, m, next.says)
		})
	}
}

// Whatever let a reveal in: it does not outlast its object.
func TestRevealEndsWhenAnotherObjectComes(t *testing.T) {
	for name, next := range nextLoads {
		t.Run(name, func(t *testing.T) {
			m, load := slowNext(next.err)
			m.reveal.asked = true
			ask := RevealMsg{ID: id("a")}
			m.revealed(ShowRevealed(ask, []byte(secretOfA), nil, nil).(revealedMsg))
			settle(m, load)
			mustShowB(t, m, next.says)
			m.ForgetRevealed()
			mustShowB(t, m, next.says)
		})
	}
}

func TestRevealIsForgottenWhereNothingIsShown(t *testing.T) {
	m := pane(plain, 60, 8)
	show(m, object("a", "1", `{"data":{"password":"(hidden)"}}`))
	ask := m.Do(keymap.Reveal)().(RevealMsg)
	m.Update(ShowRevealed(ask, []byte(secretOfA), nil, nil))
	m.shown.doc = nil
	m.ForgetRevealed()
	if view := m.View(now); strings.Contains(view, "value of a") {
		t.Errorf("the value is still there:\n%s", view)
	}
}
