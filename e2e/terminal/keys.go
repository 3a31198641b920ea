package terminal

import (
	"fmt"
	"strings"
	"unicode/utf8"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/vt"
)

// Type sends text as if it were typed.
func (t *Terminal) Type(text string) { t.screen.SendText(text) }

// Press sends keys one after the other. A key is a single character, or one of enter, esc, tab, backspace, space,
// up, down, left, right, home, end, pgup, pgdown, insert, delete, f1 to f12; before it may stand ctrl+, alt+ or
// shift+ (shift+tab only). It returns an error, and sends nothing, if it does not know a key.
func (t *Terminal) Press(keys ...string) error {
	events := make([]uv.KeyEvent, len(keys))
	for i, key := range keys {
		event, err := parseKey(key)
		if err != nil {
			return err
		}
		events[i] = event
	}
	for _, event := range events {
		t.screen.SendKey(event)
	}
	return nil
}

// Click presses and releases the left mouse button over a cell; the top left one is 0, 0.
// Nothing is sent while the program has not asked for the mouse.
func (t *Terminal) Click(x, y int) {
	t.screen.SendMouse(vt.MouseClick{X: x, Y: y, Button: vt.MouseLeft})
	t.screen.SendMouse(vt.MouseRelease{X: x, Y: y, Button: vt.MouseLeft})
}

// Scroll turns the mouse wheel over a cell by so many notches: down if positive, up if negative.
// Nothing is sent while the program has not asked for the mouse.
func (t *Terminal) Scroll(x, y, notches int) {
	button := vt.MouseWheelDown
	if notches < 0 {
		button, notches = vt.MouseWheelUp, -notches
	}
	for range notches {
		t.screen.SendMouse(vt.MouseWheel{X: x, Y: y, Button: button})
	}
}

// namedKeys are the keys that have a name instead of a character.
func namedKeys() map[string]rune {
	return map[string]rune{
		"enter": vt.KeyEnter, "esc": vt.KeyEscape, "tab": vt.KeyTab, "backspace": vt.KeyBackspace, "space": ' ',
		"up": vt.KeyUp, "down": vt.KeyDown, "left": vt.KeyLeft, "right": vt.KeyRight,
		"home": vt.KeyHome, "end": vt.KeyEnd, "pgup": vt.KeyPgUp, "pgdown": vt.KeyPgDown,
		"insert": vt.KeyInsert, "delete": vt.KeyDelete,
		"f1": vt.KeyF1, "f2": vt.KeyF2, "f3": vt.KeyF3, "f4": vt.KeyF4, "f5": vt.KeyF5, "f6": vt.KeyF6,
		"f7": vt.KeyF7, "f8": vt.KeyF8, "f9": vt.KeyF9, "f10": vt.KeyF10, "f11": vt.KeyF11, "f12": vt.KeyF12,
	}
}

// parseKey reads a key as [Terminal.Press] describes it.
func parseKey(key string) (uv.KeyPressEvent, error) {
	var event uv.KeyPressEvent
	name := key
	for prefix, mod := range map[string]uv.KeyMod{"ctrl+": vt.ModCtrl, "alt+": vt.ModAlt, "shift+": vt.ModShift} {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			event.Mod, name = mod, rest
			break
		}
	}
	if code, ok := namedKeys()[name]; ok {
		event.Code = code
	} else if r, size := utf8.DecodeRuneInString(name); size == len(name) && size > 0 && r != utf8.RuneError {
		event.Code = r
	} else {
		return event, fmt.Errorf("there is no key %q", key)
	}
	return event, nil
}
