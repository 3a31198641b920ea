package detail

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/dogwatch/dogwatch/keymap"
)

// secretPaths are where a Secret has base64.
func secretPaths() [][]string { return [][]string{{"data", "*"}} }

func TestRevealEndsWithTheNextKey(t *testing.T) {
	secret := base64.StdEncoding.EncodeToString([]byte("hunter2"))
	m := pane(plain, 60, 8)
	show(m, object("db", "1", `{"data":{"password":"(hidden)"},"kind":"Secret"}`))
	goTo(t, m, "password: (hidden)")
	ask, ok := m.Do(keymap.Reveal)().(RevealMsg)
	if want := (RevealMsg{ID: id("db")}); !ok || ask != want {
		t.Fatalf("asks %+v", ask)
	}
	raw := []byte(`{"data":{"password":"` + secret + `"},"kind":"Secret"}`)
	m.Update(ShowRevealed(ask, raw, secretPaths(), nil))
	if got := lineUnderCursor(m); got != "password: hunter2  # decoded, 7 bytes" {
		t.Errorf("the cursor is on %q", got)
	}
	if title := ansi.Strip(m.View(now)); !strings.Contains(title, "decoded until the next key") {
		t.Errorf("title %q", title)
	}
	if bytes.ContainsFunc(raw, func(r rune) bool { return r != 0 }) {
		t.Errorf("the bytes are not wiped: %q", raw)
	}
	show(m, object("db", "2", `{"data":{"password":"(hidden)"},"kind":"Secret","x":1}`))
	if !strings.Contains(m.View(now), "hunter2") {
		t.Error("a change of the object ends the look")
	}
	do(m, keymap.Down)
	if strings.Contains(m.View(now), "hunter2") || m.reveal.doc != nil {
		t.Error("still there after a key")
	}
}

func TestRevealKeepsManagedFieldsAsTheyWere(t *testing.T) {
	const secret = `{"data":{"a":"(hidden)"},"metadata":{"managedFields":[{"manager":"kubectl"}],"name":"db"}}`
	m := pane(plain, 60, 12)
	show(m, object("db", "1", secret))
	for _, managed := range []bool{true, false} {
		do(m, keymap.ManagedFields)
		ask := m.Do(keymap.Reveal)().(RevealMsg)
		m.Update(ShowRevealed(ask, []byte(strings.Replace(secret, "(hidden)", "aGk=", 1)), secretPaths(), nil))
		view := ansi.Strip(m.View(now))
		if got := strings.Contains(view, "manager: kubectl"); got != managed || !strings.Contains(view, "a: hi") {
			t.Errorf("with managedFields %v:\n%s", managed, view)
		}
	}
}

func TestLateRevealIsDropped(t *testing.T) {
	m := pane(plain, 60, 8)
	show(m, object("db", "1", `{"a":"(hidden)"}`))
	m.Do(keymap.Reveal)
	m.ForgetRevealed() // a key was pressed
	m.Update(ShowRevealed(RevealMsg{ID: id("db")}, []byte(`{"a":"secret"}`), nil, nil))
	if m.reveal.doc != nil {
		t.Error("shown after a key press")
	}
	m.Do(keymap.Reveal)
	m.Update(ShowRevealed(RevealMsg{ID: id("other")}, []byte(`{"a":"secret"}`), nil, nil))
	if m.reveal.doc != nil {
		t.Error("another object's value is shown")
	}
	m.Do(keymap.Reveal)
	m.Update(ShowRevealed(RevealMsg{ID: id("db")}, nil, nil, errors.New("may not get secrets")))
	if view := ansi.Strip(m.View(now)); !strings.Contains(view, "may not get secrets") {
		t.Errorf("does not say why:\n%s", view)
	}
}
