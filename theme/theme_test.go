package theme_test

import (
	"fmt"
	"reflect"
	"regexp"
	"testing"

	"github.com/dogwatch/dogwatch/theme"
)

func TestNoColorUsesAttributesOnly(t *testing.T) {
	attributesOnly := regexp.MustCompile(`^(\x1b\[[12479](;[12479])*m)?$`)
	for name, s := range styles(theme.New(theme.Options{Colors: theme.None})) {
		if !attributesOnly.MatchString(s.Open()) {
			t.Errorf("%s opens with %q", name, s.Open())
		}
	}
}

func TestANSI16LeavesColorsToTheTerminal(t *testing.T) {
	for _, dark := range []bool{true, false} {
		for name, s := range styles(theme.New(theme.Options{Dark: dark, Colors: theme.ANSI16})) {
			if regexp.MustCompile(`[34]8;`).MatchString(s.Open()) {
				t.Errorf("dark %v: %s opens with %q", dark, name, s.Open())
			}
		}
	}
}

// What must be told apart must stay so in every terminal.
func TestMeaningSurvivesEveryTerminal(t *testing.T) {
	for _, o := range []theme.Options{{Dark: true}, {}, {Colors: theme.ANSI16, Dark: true}, {Colors: theme.ANSI16}, {Colors: theme.None}} {
		th := theme.New(o)
		distinct := map[theme.Style]string{}
		for name, s := range map[string]theme.Style{
			"Text": th.Text, "Trouble": th.Trouble, "Warning": th.Warning, "Cursor": th.Cursor,
			"ChangedNow": th.ChangedNow, "ChangedLately": th.ChangedLately, "Deleted": th.Deleted,
		} {
			if other, taken := distinct[s]; taken {
				t.Errorf("%+v: %s looks like %s", o, name, other)
			}
			distinct[s] = name
		}
	}
}

func TestStyleRendersAndCombines(t *testing.T) {
	th := theme.New(theme.Options{Colors: theme.ANSI16})
	if got, want := th.Trouble.Render("x"), "\x1b[31mx\x1b[m"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := th.Cursor.With(th.Trouble).Open(), "\x1b[7;31m"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := th.Text.Render("x"); got != "x" {
		t.Errorf("plain text renders as %q", got)
	}
	if got := th.Trouble.Render(""); got != "" {
		t.Errorf("nothing renders as %q", got)
	}
}

// styles lists all styles of a theme by name.
func styles(t *theme.Theme) map[string]theme.Style {
	all := map[string]theme.Style{}
	var walk func(prefix string, v reflect.Value)
	walk = func(prefix string, v reflect.Value) {
		for i := range v.NumField() {
			name := fmt.Sprintf("%s%s", prefix, v.Type().Field(i).Name)
			if s, ok := v.Field(i).Interface().(theme.Style); ok {
				all[name] = s
				continue
			}
			walk(name+".", v.Field(i))
		}
	}
	walk("", reflect.ValueOf(t).Elem())
	return all
}
