package detail

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/golden"
)

func TestScreens(t *testing.T) {
	for _, size := range []struct{ width, height int }{{60, 6}, {54, 18}, {120, 30}} {
		t.Run(fmt.Sprintf("%dx%d", size.width, size.height), func(t *testing.T) {
			m := pane(plain, size.width, size.height)
			show(m, podAt("1048", "True", 6))
			show(m, podAt("1052", "False", 7))
			goTo(t, m, "restartCount: 7")
			golden.Screen(t, t.Name(), m.View(now), size.width, size.height)
		})
	}
}

func TestStyledScreens(t *testing.T) {
	dark := theme.New(theme.Options{Dark: true})
	for name, prepare := range map[string]func(m *Model){
		"changed":   func(m *Model) { show(m, podAt("1052", "False", 7)) },
		"searched":  func(m *Model) { settle(m, m.Search(context.Background(), "api")) },
		"unfocused": func(m *Model) { m.SetFocused(false) },
		"scrolled":  func(m *Model) { m.SetSize(30, 24); do(m, keymap.ScrollRight) },
		"deleted":   func(m *Model) { m.SetDeleted(m.want.ID, now, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			m := pane(dark, 60, 24)
			show(m, podAt("1048", "True", 6))
			prepare(m)
			golden.Styled(t, t.Name(), m.View(now), m.width, m.height)
		})
	}
}

func TestEmptyScreens(t *testing.T) {
	m := pane(plain, 40, 5)
	golden.Screen(t, t.Name()+"/nothing", m.View(now), 40, 5)
	m.Show(context.Background(), podAt("1", "True", 0))
	golden.Screen(t, t.Name()+"/reading", m.View(now), 40, 5)
}

func TestHostileScreen(t *testing.T) {
	m := pane(plain, 60, 14)
	show(m, object("evil\x1b[2J\u202egnp", "1", `{"\u001b[31mkey":"\u001b]52;c;aGk=\u0007","bidi":"a\u202eb","c1":"\u009b31m","wide":"日本語版日本語版日本語版日本語版日本語版日本語版",
		"block":"one\n\u200btwo\tthree\n","zalgo":"e`+strings.Repeat(`\u0301`, 300)+`","long":"`+strings.Repeat("x", 100_000)+`"}`))
	view := m.View(now)
	golden.Screen(t, t.Name(), view, 60, 14)
	do(m, keymap.ScrollRight, keymap.ScrollRight)
	golden.Screen(t, t.Name()+"/scrolled", m.View(now), 60, 14)
}

func TestRevealedScreen(t *testing.T) {
	encode := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	masked := `{"kind":"Secret","metadata":{"name":"db"},"data":{"bin":"•","conf":"•","empty":"•","evil":"•","odd":"•","pass":"•","tricky":"•"}}`
	revealed := fmt.Sprintf(`{"kind":"Secret","metadata":{"name":"db"},"data":{"bin":%q,"conf":%q,"empty":"","evil":%q,"odd":"no base64!","pass":%q,"tricky":%q}}`,
		encode("\x00\x01\xff"), encode("user: me\npass: \u202eyou\n"), encode("a\x1b[2Jb\x07"), encode("hunter2"), encode("x  # decoded, 1 bytes"))
	for _, width := range []int{44, 80} {
		m := pane(plain, width, 16)
		show(m, object("db", "1", masked))
		ask := m.Do(keymap.Reveal)().(RevealMsg)
		m.Update(ShowRevealed(ask, []byte(revealed), secretPaths(), nil))
		golden.Screen(t, fmt.Sprintf("%s/%d", t.Name(), width), m.View(now), width, 16)
	}
	m := pane(theme.New(theme.Options{Dark: true}), 80, 16)
	show(m, object("db", "1", masked))
	m.Update(ShowRevealed(m.Do(keymap.Reveal)().(RevealMsg), []byte(revealed), secretPaths(), nil))
	golden.Styled(t, t.Name()+"/dark", m.View(now), 80, 16)
}
