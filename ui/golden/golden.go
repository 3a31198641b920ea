// Package golden compares screens with the ones kept in testdata.
//
// A test draws a component and hands over what it drew; `go test -update`
// keeps it as the new truth, to be looked at in the diff. It is for tests only.
package golden

import (
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"
)

// update is the flag of every test binary that uses the package.
var update = flag.Bool("update", false, "keep what is drawn as the new golden screens")

// Screen compares the text of view, styles left out, with
// testdata/NAME.golden, and checks that it is height lines of at most width
// cells each.
func Screen(t *testing.T, name, view string, width, height int) {
	t.Helper()
	checkSize(t, name, view, width, height)
	lines := strings.Split(ansi.Strip(view), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	compare(t, name+".golden", strings.Join(lines, "\n")+"\n")
}

// Styled is Screen with the styles in it, as ⟨1;31⟩ before what they style and
// ⟨⟩ where they end, in testdata/NAME.styled.golden.
func Styled(t *testing.T, name, view string, width, height int) {
	t.Helper()
	checkSize(t, name, view, width, height)
	compare(t, name+".styled.golden", showStyles(view)+"\n")
}

func checkSize(t *testing.T, name, view string, width, height int) {
	t.Helper()
	lines := strings.Split(view, "\n")
	if len(lines) != height {
		t.Errorf("%s: %d lines, want %d", name, len(lines), height)
	}
	for i, line := range lines {
		if w := ansi.StringWidth(line); w > width {
			t.Errorf("%s: line %d is %d cells wide, want %d at most: %q", name, i+1, w, width, line)
		}
	}
}

// showStyles writes SGR sequences in a form that can be read in a diff.
func showStyles(view string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(view, "\x1b[")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		parameters, after, _ := strings.Cut(rest, "m")
		b.WriteString("⟨" + parameters + "⟩")
		view = after
	}
}

func compare(t *testing.T, file, got string) {
	t.Helper()
	path := filepath.Join("testdata", file)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("%s does not exist; -update makes it", path)
	}
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-golden +drawn):\n%s", path, diff)
	}
}
