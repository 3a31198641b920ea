package gallery

import (
	"errors"
	"fmt"
	"os"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/dogwatch/dogwatch/e2e/picture"
)

// Script says which pictures there are.
type Script struct {
	Pictures []Picture `json:"pictures"`
}

// Picture is one screen, or an animation of several.
type Picture struct {
	// Name is that of the files, without theme and ending.
	Name string `json:"name"`
	// Columns and Rows are the terminal's size.
	Columns int `json:"columns"`
	Rows    int `json:"rows"`
	// Themes are the terminals that it is taken in, dark and light. An animation has one.
	Themes []string `json:"themes"`
	// CellWidth is in pixels.
	CellWidth int `json:"cellWidth"`
	// Args are the program's arguments.
	Args  []string `json:"args"`
	Steps []Step   `json:"steps"`
}

// Step is something to do, to wait for and to show, in this order.
type Step struct {
	// Press are keys by their names, Type is text. After each key the screen has to change.
	Press []string `json:"press,omitempty"`
	Type  string   `json:"type,omitempty"`
	// Times has the keys of Press pressed so often, each whether or not the one before has changed the screen.
	Times int `json:"times,omitempty"`
	// Until are texts that have to be on the screen, Gone those that must not.
	Until []string `json:"until,omitempty"`
	Gone  []string `json:"gone,omitempty"`
	// Calm is how long nothing may change before the screen counts as come to rest: some frames of the program, unless
	// more is said. Marks of what changed take seconds to fade.
	Calm metav1.Duration `json:"calm,omitzero"`
	// Show makes the screen after each key, or after the wait, a frame of an animation that is shown so long.
	Show metav1.Duration `json:"show,omitzero"`
}

// ReadScript reads a script from a YAML file.
func ReadScript(path string) (*Script, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the script of the pictures: %w", err)
	}
	script := &Script{}
	if err := yaml.UnmarshalStrict(content, script); err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	for i := range script.Pictures {
		if err := script.Pictures[i].complete(); err != nil {
			return nil, fmt.Errorf("reading %s: picture %q: %w", path, script.Pictures[i].Name, err)
		}
	}
	return script, nil
}

// complete sets what the script left out.
func (p *Picture) complete() error {
	if p.Columns == 0 && p.Rows == 0 {
		p.Columns, p.Rows = 120, 34
	}
	if p.CellWidth == 0 {
		p.CellWidth = 17
	}
	if p.Themes == nil {
		p.Themes = []string{"dark", "light"}
	}
	for _, theme := range p.Themes {
		if _, err := paletteOf(theme); err != nil {
			return err
		}
	}
	switch {
	case p.Name == "":
		return errors.New("it needs a name")
	case p.Animated() && len(p.Themes) != 1:
		return errors.New("an animation has one theme")
	}
	return nil
}

// Animated says whether the picture has more than one frame.
func (p *Picture) Animated() bool {
	return slices.ContainsFunc(p.Steps, func(s Step) bool { return s.Show.Duration > 0 })
}

// File is the name of the picture's file in a theme.
func (p *Picture) File(theme string) string {
	if p.Animated() {
		return p.Name + ".gif"
	}
	return p.Name + "-" + theme + ".png"
}

// paletteOf is the terminal of a theme.
func paletteOf(theme string) (picture.Palette, error) {
	switch theme {
	case "dark":
		return picture.Dark(), nil
	case "light":
		return picture.Light(), nil
	}
	return picture.Palette{}, fmt.Errorf("there is no theme %q: dark and light are", theme)
}
