package screen

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
)

// A first frame is written without cells where it can be, and the terminal shows the same as with them, whatever its colours; so it does
// after the next one, of which only what differs is written.
func TestFirstFrameIsWrittenAsItIs(t *testing.T) {
	whole := 0
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 0))
		to := plain(40, 10)
		to.profile = []colorprofile.Profile{
			colorprofile.TrueColor, colorprofile.ANSI256, colorprofile.ANSI, colorprofile.ASCII, colorprofile.NoTTY,
		}[seed%5]
		first := randomView(r, nil, to)
		next := randomView(r, first, to)
		quick, slow := newTTY(to.width, to.height), newTTY(to.width, to.height)
		q, s := New(quick, env()), New(slow, env())
		s.anew(to)
		for i, lines := range [][]string{first, next} {
			content := strings.Join(lines, "\n")
			draw(q, content, to)
			draw(s, content, to)
			if i == 0 && q.whole {
				whole++
			}
			if r.IntN(2) == 0 {
				q.prepare()
			}
			compare(t, quick, slow, content)
		}
	}
	if whole < 20 || whole == 200 {
		t.Errorf("%d of 200 first frames were written as they are", whole)
	}
}

// compare fails where two terminals do not show the same.
func compare(t *testing.T, got, want *tty, content string) {
	t.Helper()
	for y := range want.Height() {
		for x := range want.Width() {
			g, w := got.CellAt(x, y), want.CellAt(x, y)
			if g.Content != w.Content || !g.Style.Equal(&w.Style) {
				t.Fatalf("cell %d,%d is %+v, with cells %+v\nof %q", x, y, g, w, content)
			}
		}
	}
}

func TestSecondFrameWritesWhatDiffers(t *testing.T) {
	to := plain(40, 3)
	terminal := newTTY(to.width, to.height)
	s := New(terminal, env())
	draw(s, "first\n\x1b[31mred", to)
	terminal.wrote.Reset()
	draw(s, "first\n\x1b[31mread", to)
	check(t, terminal, "first\n\x1b[31mread", to)
	if got := terminal.wrote.String(); len(got) > 25 || strings.Contains(got, "first") || strings.Contains(got, ansi.EraseEntireScreen) {
		t.Errorf("two letters were written as %q", got)
	}
}

func TestColumnsOfPlainLines(t *testing.T) {
	for line, want := range map[string]int{
		"": 0, "pods": 4, "\x1b[1;38:2::1:2:3mpo\x1b[mds │ …": 8,
		"日本": -1, "a\tb": -1, "\x1b]8;;x\x1b\\link": -1, "\x1b[2J": -1, "\x1b[31": -1, "\x1b": -1, "e\u0301": -1, "\u009b2J": -1, "\x7f": -1,
	} {
		n, ok := columns(line)
		if !ok {
			n = -1
		}
		if n != want {
			t.Errorf("columns(%q) = %d, want %d", line, n, want)
		}
	}
}
