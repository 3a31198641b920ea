package theme

import (
	"fmt"
	"slices"
	"strings"
)

// Skin is the user's word on the theme, over what the terminal says of itself. The zero Skin leaves it to the terminal.
type Skin string

// The skins.
const (
	SkinDark  Skin = "dark"  // for a dark background
	SkinLight Skin = "light" // for a light one
	Skin16    Skin = "16"    // the terminal's own sixteen colours
	SkinNone  Skin = "none"  // attributes only
)

// SkinNames are the names of all skins.
func SkinNames() []string {
	return []string{string(SkinDark), string(SkinLight), string(Skin16), string(SkinNone)}
}

// ParseSkin reads the name of a skin.
func ParseSkin(name string) (Skin, error) {
	if !slices.Contains(SkinNames(), name) {
		return "", fmt.Errorf("%q is none of %s", name, strings.Join(SkinNames(), ", "))
	}
	return Skin(name), nil
}

// Over is what the terminal is taken for. A skin never gives a terminal colours that it lacks, or that NO_COLOR forbids.
func (s Skin) Over(terminal Options) Options {
	switch s {
	case SkinDark:
		terminal.Dark = true
	case SkinLight:
		terminal.Dark = false
	case Skin16:
		terminal.Colors = max(terminal.Colors, ANSI16)
	case SkinNone:
		terminal.Colors = None
	}
	return terminal
}
