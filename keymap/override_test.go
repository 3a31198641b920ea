package keymap

import (
	"strings"
	"testing"
)

func TestKeysAreReadAsTheTerminalReportsThem(t *testing.T) {
	for written, want := range map[string]string{
		"a": "a", "G": "G", "?": "?", "+": "+", "ä": "ä", " ": "space", "space": "space", "pgdown": "pgdown", "f12": "f12",
		"ctrl+x": "ctrl+x", "shift+tab": "shift+tab", "alt+ctrl+x": "ctrl+alt+x", "ctrl++": "ctrl++",
	} {
		if got, err := ParseKey(written); err != nil || got != want {
			t.Errorf("%q is %q (%v), want %q", written, got, err, want)
		}
	}
	for _, written := range []string{"", "ab", "ctrl+", "hyper+x", "ctrl+ctrl+x", "shift+a", "ctrl+A", "f25", "\x1b", "\u202e", strings.Repeat("x", 999)} {
		if got, err := ParseKey(written); err == nil {
			t.Errorf("%q is taken as %q", written, got)
		} else if len(err.Error()) > 300 {
			t.Errorf("the error has %d bytes", len(err.Error()))
		}
	}
}

// with is the default keymap with one override, which must fit.
func with(t *testing.T, overrides ...Override) *Keymap {
	t.Helper()
	k, errs := Default().With(overrides)
	for i, err := range errs {
		if err != nil {
			t.Errorf("%+v: %v", overrides[i], err)
		}
	}
	return k
}

func TestOverridesAreHeardWhereTheirActionIs(t *testing.T) {
	k := with(t,
		Override{Action: DropTab, Keys: []string{"ctrl+w", "X"}},
		Override{Action: Up, Keys: []string{"up", "o"}},
		Override{Scope: Picker, Action: Up, Keys: []string{"ctrl+e"}},
		Override{Scope: Help, Action: Up, Keys: []string{"i"}},
	)
	for _, c := range []struct {
		scope Scope
		key   string
		want  Action
	}{
		{Global, "ctrl+w", DropTab},
		{Global, "X", DropTab},
		{Global, "x", ""},
		{Grid, "o", Up},
		{Grid, "k", ""},
		{Detail, "o", Up},
		{Picker, "o", ""},
		{Picker, "ctrl+e", Up},
		{Picker, "ctrl+p", ""},
		{Help, "i", Up},
		{Help, "o", ""},
		{Logs, "o", Up},
	} {
		if got, _ := k.Lookup(c.key, c.scope); got != c.want {
			t.Errorf("%q in the %s is %q, want %q", c.key, c.scope, got, c.want)
		}
	}
	if got := k.KeyOf(Global, DropTab); got != "ctrl+w" {
		t.Errorf("the key that is shown is %q", got)
	}
	if got, _ := Default().Lookup("x", Global); got != DropTab {
		t.Error("the default keymap was changed")
	}
}

func TestKeysMayChangePlaces(t *testing.T) {
	k := with(t, Override{Action: DropTab, Keys: []string{"q"}}, Override{Action: Quit, Keys: []string{"x"}},
		Override{Scope: Help, Action: Back, Keys: []string{"esc"}}, Override{Scope: Logs, Action: Back, Keys: []string{"esc"}})
	if got, _ := k.Lookup("q", Global); got != DropTab {
		t.Errorf("q is %q", got)
	}
}

func TestWhatCannotBeIsLeftOutAndSaid(t *testing.T) {
	for want, o := range map[string]Override{
		`"q" is the key of "quit" already`:        {Action: DropTab, Keys: []string{"q"}},
		`"c" is the key of "copy name" already`:   {Action: DropTab, Keys: []string{"c"}},
		`"a" is the key of "open picker" already`: {Scope: Grid, Action: CopyName, Keys: []string{"a"}},
		`no action "fly"`:                         {Action: "fly", Keys: []string{"f"}},
		`no part "cellar"`:                        {Scope: "cellar", Action: Up, Keys: []string{"f"}},
		`the picker has no action "quit"`:         {Scope: Picker, Action: Quit, Keys: []string{"f"}},
		`"mark" is an action of the picker`:       {Action: Mark, Keys: []string{"ctrl+s"}},
		`"m" is text in the picker`:               {Scope: Picker, Action: Mark, Keys: []string{"m"}},
		`"quit" needs a key`:                      {Action: Quit},
		`"blah" is no key`:                        {Action: Quit, Keys: []string{"blah"}},
		`"alt+ctrl+x" is there twice`:             {Action: Quit, Keys: []string{"ctrl+alt+x", "alt+ctrl+x"}},
	} {
		k, errs := Default().With([]Override{{Action: ToggleWide, Keys: []string{"Z"}}, o})
		if errs[0] != nil || errs[1] == nil || !strings.Contains(errs[1].Error(), want) {
			t.Errorf("%+v: %v, want %s", o, errs, want)
		}
		if got, _ := k.Lookup("q", Global); got != Quit {
			t.Errorf("%+v: q is %q", o, got)
		}
		if got, _ := k.Lookup("Z", Grid); got != ToggleWide {
			t.Errorf("%+v: the one beside it is left out, too", o)
		}
	}
}

func TestOfTwoThatClaimAKeyTheLaterIsLeftOut(t *testing.T) {
	k, errs := Default().With([]Override{{Action: SortReverse, Keys: []string{"z"}}, {Action: CopyName, Keys: []string{"z"}}})
	if errs[0] != nil || errs[1] == nil {
		t.Errorf("%v", errs)
	}
	if got, _ := k.Lookup("c", Grid); got != CopyName {
		t.Errorf("c is %q", got)
	}
}

func TestDefaultKeysAreWrittenAsTheyAreRead(t *testing.T) {
	for _, scope := range Scopes() {
		for _, b := range Default().Bindings(scope) {
			for _, key := range b.Keys {
				if got, err := ParseKey(key); err != nil || got != key {
					t.Errorf("%s: %q is read as %q (%v)", scope, key, got, err)
				}
			}
		}
	}
}
