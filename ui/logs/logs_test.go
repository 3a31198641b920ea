package logs_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/logbuffer"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/golden"
	"github.com/dogwatch/dogwatch/ui/logs"
)

func log(b io.Writer, from, to int) {
	for i := from; i <= to; i++ {
		fmt.Fprintf(b, "I1124 05:31:02.000001 1 watch.go:10] line %d\n", i)
	}
}

// shown gives the numbers of the first and last line on screen.
func shown(t *testing.T, m *logs.Model) (first, last int) {
	t.Helper()
	lines := strings.Split(strings.TrimRight(ansi.Strip(m.View()), " \n"), "\n")
	number := func(line string) (n int) {
		if _, err := fmt.Sscanf(line[strings.LastIndex(line, "line "):], "line %d", &n); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		return n
	}
	return number(lines[1]), number(lines[len(lines)-1])
}

func TestFollowsUntilScrolledBack(t *testing.T) {
	b := logbuffer.New(100, 1<<20, nil)
	m := logs.New(theme.New(theme.Options{Colors: theme.None}), b)
	m.SetSize(80, 11)
	expect := func(when string, first, last int) {
		t.Helper()
		if f, l := shown(t, m); f != first || l != last {
			t.Errorf("%s: lines %d to %d, want %d to %d", when, f, l, first, last)
		}
	}
	log(b, 1, 5)
	expect("few", 1, 5)
	m.Do(keymap.Up)
	log(b, 6, 50)
	expect("following", 41, 50)
	m.Do(keymap.PageUp)
	log(b, 51, 60)
	expect("scrolled back", 32, 41)
	log(b, 61, 120)
	expect("as lines go at the start", 32, 41)
	log(b, 121, 135)
	expect("when its lines have gone", 36, 45)
	m.Do(keymap.Bottom)
	log(b, 136, 140)
	expect("following again", 131, 140)
	m.Scroll(-3)
	m.Do(keymap.Down)
	expect("near the end", 129, 138)
	m.Do(keymap.HalfDown)
	log(b, 141, 141)
	expect("scrolled to the end", 132, 141)
	m.Do(keymap.Top)
	m.Do(keymap.Up)
	expect("top", 42, 51)
}

func TestScreens(t *testing.T) {
	for _, size := range []struct{ width, height int }{{60, 10}, {80, 19}, {120, 19}} {
		t.Run(fmt.Sprintf("%dx%d", size.width, size.height), func(t *testing.T) {
			b := logbuffer.New(100, 1<<20, nil)
			m := logs.New(theme.New(theme.Options{Dark: true}), b)
			m.SetSize(size.width, size.height)
			golden.Screen(t, t.Name()+"-empty", m.View(), size.width, size.height)
			log(b, 1, 3)
			fmt.Fprintln(b, "W1124 05:31:02.000001 1 warnings.go:70] v1 Endpoints is deprecated")
			fmt.Fprintln(b, "E1124 05:31:03.000001 1 reflector.go:200] \"Failed to watch\" err=\"x\x1b[2J\u202e\xff\" "+strings.Repeat("long ", 100))
			golden.Screen(t, t.Name(), m.View(), size.width, size.height)
			golden.Styled(t, t.Name(), m.View(), size.width, size.height)
			log(b, 4, 40)
			m.Do(keymap.HalfUp)
			golden.Screen(t, t.Name()+"-back", m.View(), size.width, size.height)
		})
	}
}

// A line that is longer than the screen is wide can be read to its end, and so can all lines around it, wherever one scrolls to.
func TestLongLinesAreWrapped(t *testing.T) {
	b := logbuffer.New(100, 1<<20, nil)
	m := logs.New(theme.New(theme.Options{Colors: theme.None}), b)
	m.SetSize(80, 11)
	log(b, 1, 9)
	fmt.Fprintln(b, "W1124 05:31:02.000001 1 a.go:1] "+strings.Repeat("word ", 40)+"line 10")
	expect := func(when string, first, last int) {
		t.Helper()
		if f, l := shown(t, m); f != first || l != last {
			t.Errorf("%s: lines %d to %d, want %d to %d", when, f, l, first, last)
		}
	}
	expect("following", 4, 10)
	log(b, 11, 12)
	expect("following a short one", 6, 12)
	m.Do(keymap.Top)
	m.Do(keymap.PageDown)
	expect("to the end again", 6, 12)
	fmt.Fprintln(b, strings.Repeat("word ", 400)+"line 13")
	m.View()
	if lines := strings.Split(ansi.Strip(m.View()), "\n"); !strings.HasPrefix(lines[1], " word") || !strings.HasSuffix(strings.TrimRight(lines[10], " "), "…") {
		t.Errorf("one that is longer than the page is shown as\n%s", strings.Join(lines, "\n"))
	}
}
