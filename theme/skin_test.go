package theme_test

import (
	"testing"

	"github.com/dogwatch/dogwatch/theme"
)

func TestSkinsWinOverTheTerminalButGiveItNoColours(t *testing.T) {
	lightTrue, darkNone := theme.Options{}, theme.Options{Dark: true, Colors: theme.None}
	for _, c := range []struct {
		skin     theme.Skin
		on, want theme.Options
	}{
		{"", lightTrue, lightTrue},
		{theme.SkinDark, lightTrue, theme.Options{Dark: true}},
		{theme.SkinLight, darkNone, theme.Options{Colors: theme.None}},
		{theme.Skin16, lightTrue, theme.Options{Colors: theme.ANSI16}},
		{theme.Skin16, darkNone, darkNone},
		{theme.SkinNone, lightTrue, theme.Options{Colors: theme.None}},
	} {
		if got := c.skin.Over(c.on); got != c.want {
			t.Errorf("%q over %+v is %+v, want %+v", c.skin, c.on, got, c.want)
		}
	}
}

func TestSkinsAreReadByName(t *testing.T) {
	for _, name := range theme.SkinNames() {
		if skin, err := theme.ParseSkin(name); err != nil || string(skin) != name {
			t.Errorf("%q is read as %q (%v)", name, skin, err)
		}
	}
	for _, name := range []string{"", "drak", "Dark"} {
		if _, err := theme.ParseSkin(name); err == nil {
			t.Errorf("%q is read", name)
		}
	}
}
