package screen

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// tty is a terminal emulator that a Screen can write to, and what was written last.
type tty struct {
	*vt.Emulator
	wrote bytes.Buffer
}

func newTTY(width, height int) *tty { return &tty{Emulator: vt.NewEmulator(width, height)} }

func (t *tty) Write(b []byte) (int, error) {
	t.wrote.Write(b)
	// To a question the emulator would wait for somebody who reads the answer.
	shown := slices.Clone(b)
	for _, asked := range []string{question, ansi.RequestBackgroundColor} {
		shown = bytes.ReplaceAll(shown, []byte(asked), nil)
	}
	if _, err := t.Emulator.Write(shown); err != nil {
		return 0, err
	}
	return len(b), nil
}

func (t *tty) Close() error { return nil }
func (t *tty) Fd() uintptr  { return os.Stdout.Fd() }

func env() []string { return []string{"TERM=xterm-256color"} }

func plain(width, height int) settings {
	return settings{width: width, height: height, profile: colorprofile.TrueColor}
}

// draw shows content and draws it.
func draw(s *Screen, content string, to settings) {
	s.show(frame{content, to})
	s.Draw()
}

// whole is what the cells are when a View is read as a whole.
func whole(content string, to settings) uv.ScreenBuffer {
	cells := uv.NewScreenBuffer(to.width, to.height)
	uv.NewStyledString(content).Draw(cells, cells.Bounds())
	return cells
}

// check compares what the terminal shows with the plain way to read a View.
func check(t *testing.T, got *tty, content string, to settings) {
	t.Helper()
	want := whole(content, to)
	for y := range to.height {
		for x := range to.width {
			g, w := got.CellAt(x, y), want.CellAt(x, y)
			if g == nil || w == nil || g.Content != w.Content || !g.Style.Equal(&w.Style) {
				t.Fatalf("cell %d,%d is %+v, want %+v\n%s\nof\n%q", x, y, g, w, got.String(), content)
			}
		}
	}
}

// randomView makes a View that has much in common with the one before it, or is a part of it that has moved.
func randomView(r *rand.Rand, before []string, to settings) []string {
	if by := 1 + r.IntN(4); r.IntN(3) == 0 && len(before) > by {
		moved := slices.Clone(before)
		if r.IntN(2) == 0 {
			copy(moved, before[by:])
		} else {
			copy(moved[by:], before)
		}
		moved[r.IntN(len(moved))] = fmt.Sprint("line ", r.IntN(1000))
		return moved
	}
	words := []string{
		"pod", "web-7f", "\x1b[1mbold\x1b[m", "\x1b[38;5;9mred\x1b[m", "日本", "é", "  ", "─│┬", "\x1b[48;2;1;2;3m bar \x1b[m", "",
	}
	lines := make([]string, r.IntN(to.height+3))
	for i := range lines {
		if i < len(before) && r.IntN(3) > 0 {
			lines[i] = before[i]
			continue
		}
		for range r.IntN(20) {
			lines[i] += words[r.IntN(len(words))] + " "
		}
		lines[i] = ansi.Truncate(lines[i], to.width, "…")
	}
	return lines
}

// Until a terminal says that it is light, it has the colours of a dark one: it is asked with the first frame, and once.
func TestBackgroundIsAskedForWithTheFirstFrame(t *testing.T) {
	to := plain(40, 10)
	terminal := newTTY(to.width, to.height)
	s := New(terminal, env())
	draw(s, "one", to)
	if !strings.HasSuffix(terminal.wrote.String(), ansi.RequestBackgroundColor) {
		t.Errorf("the first frame is %q, without the question behind it", terminal.wrote.String())
	}
	draw(s, "two", to)
	if n := strings.Count(terminal.wrote.String(), ansi.RequestBackgroundColor); n != 1 {
		t.Errorf("it is asked %d times", n)
	}
}

// Whatever was shown before, however often the terminal changed its size and whatever Bubble Tea did in between, what a View says
// is on the screen.
func TestScreenShowsTheView(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 0))
		to := plain(40, 10)
		terminal := newTTY(to.width, to.height)
		s := New(terminal, env())
		var lines []string
		for range 30 {
			switch r.IntN(8) {
			case 0:
				to.width, to.height = 10+r.IntN(60), 3+r.IntN(20)
				terminal.Resize(to.width, to.height)
			case 1: // a Bubble Tea that clears, as after a resize
				if _, err := s.Write([]byte(ansi.SetModeAltScreenSaveCursor + ansi.EraseEntireScreen + ansi.CursorHomePosition)); err != nil {
					t.Fatal(err)
				}
			case 2:
				to.synchronized = !to.synchronized
			case 3: // a moment of calm
				s.prepare()
			}
			lines = randomView(r, lines, to)
			content := strings.Join(lines, "\n")
			draw(s, content, to)
			check(t, terminal, content, to)
		}
	}
}

func TestOnlyCellsThatChangedAreWritten(t *testing.T) {
	to := plain(200, 50)
	terminal := newTTY(to.width, to.height)
	s := New(terminal, env())
	lines := make([]string, to.height)
	for y := range lines {
		lines[y] = strings.Repeat(fmt.Sprintf("cell-%02d ", y), 20)
	}
	draw(s, strings.Join(lines, "\n"), to)
	if n := terminal.wrote.Len(); n < 5000 {
		t.Fatalf("a whole screen took %d bytes", n)
	}
	terminal.wrote.Reset()
	lines[20] = strings.Replace(lines[20], "cell-20", "cell-2X", 1)
	draw(s, strings.Join(lines, "\n"), to)
	if got := terminal.wrote.String(); strings.Contains(got, "cell") || !strings.Contains(got, "X") || len(got) > 40 {
		t.Errorf("one cell was written as %q", got)
	}
	terminal.wrote.Reset()
	draw(s, strings.Join(lines, "\n"), to)
	if got := terminal.wrote.String(); got != "" {
		t.Errorf("a View that is as before was written as %q", got)
	}
}

// Frames for which the terminal has no time are skipped.
func TestTheLatestViewIsDrawn(t *testing.T) {
	to := plain(40, 3)
	terminal := newTTY(to.width, to.height)
	s := New(terminal, env())
	for i := range 100 {
		s.show(frame{fmt.Sprint("frame ", i), to})
	}
	s.Draw()
	check(t, terminal, "frame 99", to)
	if got := terminal.wrote.String(); strings.Contains(got, "98") {
		t.Errorf("frames that nobody could see were written: %q", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s.Run(ctx) // ends
}

// What Bubble Tea writes may clear the screen, and the View comes behind it in the same write. Once it has given the alternate screen
// back nothing is drawn until it is there again.
func TestScreenGivesWay(t *testing.T) {
	to := plain(40, 3)
	terminal := newTTY(to.width, to.height)
	s := New(terminal, env())
	mode := []byte(ansi.SetModeBracketedPaste)
	if _, err := s.Write(mode); err != nil {
		t.Fatal(err)
	}
	if got := terminal.wrote.String(); got != string(mode) {
		t.Errorf("before there is a View %q is written", got)
	}
	draw(s, "first", to)
	check(t, terminal, "first", to)
	if _, err := s.Write([]byte(ansi.ResetModeAltScreenSaveCursor)); err != nil {
		t.Fatal(err)
	}
	terminal.wrote.Reset()
	draw(s, "second", to)
	if got := terminal.wrote.String(); got != "" {
		t.Errorf("on a screen that was given back %q is written", got)
	}
	if _, err := s.Write([]byte(ansi.SetModeAltScreenSaveCursor + ansi.EraseEntireScreen)); err != nil {
		t.Fatal(err)
	}
	check(t, terminal, "second", to)
}

// Whoever goes away and comes back may find a terminal of another size.
func TestScreenComesBackToAnotherSize(t *testing.T) {
	terminal := newTTY(40, 3)
	s := New(terminal, env())
	draw(s, "first", plain(40, 3))
	if _, err := s.Write([]byte(ansi.ResetModeAltScreenSaveCursor)); err != nil {
		t.Fatal(err)
	}
	to := plain(60, 5)
	terminal.Resize(to.width, to.height)
	content := strings.Repeat("wide ", 11) + "\n2\n3\n4\nlast"
	draw(s, content, to)
	if _, err := s.Write([]byte(ansi.SetModeAltScreenSaveCursor + ansi.EraseEntireScreen)); err != nil {
		t.Fatal(err)
	}
	check(t, terminal, content, to)
}

// A program that ends before Bubble Tea has drawn anything leaves the terminal as it was.
func TestRestoreLeavesTheAlternateScreen(t *testing.T) {
	to := plain(40, 3)
	terminal := newTTY(to.width, to.height)
	s := New(terminal, env())
	draw(s, "first", to)
	if !terminal.IsAltScreen() {
		t.Fatal("the first frame is not on the alternate screen")
	}
	s.Restore()
	if terminal.IsAltScreen() {
		t.Error("the alternate screen was not left")
	}
	terminal.wrote.Reset()
	draw(s, "late", to)
	s.Restore()
	if got := terminal.wrote.String(); got != "" {
		t.Errorf("afterwards %q was written", got)
	}
}

// viewer is a model that shows one text.
type viewer struct{ text string }

func (v viewer) Init() tea.Cmd                       { return nil }
func (v viewer) Update(tea.Msg) (tea.Model, tea.Cmd) { return v, nil }
func (v viewer) View() tea.View                      { return tea.NewView(v.text) }

func TestModelLearnsTheTerminal(t *testing.T) {
	terminal := newTTY(40, 3)
	s := New(terminal, env())
	m := s.Wrap(viewer{"text"})
	m.View()
	if len(s.wake) > 0 {
		t.Error("a View is drawn before the size of the terminal is known")
	}
	for _, msg := range []tea.Msg{
		tea.WindowSizeMsg{Width: 40, Height: 3},
		tea.ColorProfileMsg{Profile: colorprofile.TrueColor},
		tea.ModeReportMsg{Mode: ansi.ModeSynchronizedOutput, Value: ansi.ModeReset},
		tea.ModeReportMsg{Mode: ansi.ModeUnicodeCore, Value: ansi.ModeReset},
	} {
		m, _ = m.Update(msg)
	}
	if got := m.View().Content; got != blank {
		t.Errorf("Bubble Tea is given %q", got)
	}
	s.Draw()
	check(t, terminal, "text", plain(40, 3))
	if got := terminal.wrote.String(); !strings.Contains(got, ansi.SetModeSynchronizedOutput) {
		t.Errorf("what the terminal can do was not used: %q", got)
	}
	draw(s, "日本", m.(model).settings)
	if s.cells.Method != ansi.GraphemeWidth {
		t.Error("the terminal's way to measure was not used")
	}
}

func TestWidthsAreTheTerminalsWhereTheyMatter(t *testing.T) {
	s := New(newTTY(40, 3), env())
	for _, c := range []struct {
		content string
		want    ansi.Method
	}{{"pods │ 3", ansi.GraphemeWidth}, {"e\u0301", ansi.WcWidth}, {"pods │ 3", ansi.WcWidth}} {
		draw(s, c.content, plain(40, 3))
		if s.prepare(); s.cells.Method != c.want {
			t.Errorf("%q is measured by method %d, want %d", c.content, s.cells.Method, c.want)
		}
	}
}

// The model is told how large the terminal is at first, when it has changed and when somebody else had it, and of nothing else.
func TestModelLearnsTheSize(t *testing.T) {
	s := New(newTTY(40, 3), env()) // whose descriptor is no terminal's
	m := s.Wrap(viewer{"text"})
	sizes := func(cmd tea.Cmd) (sizes []tea.WindowSizeMsg) {
		if cmd == nil {
			return nil
		}
		switch msg := cmd().(type) {
		case tea.BatchMsg:
			for _, c := range msg {
				if c == nil {
					continue
				}
				if size, ok := c().(tea.WindowSizeMsg); ok {
					sizes = append(sizes, size)
				}
			}
		case tea.WindowSizeMsg:
			sizes = append(sizes, msg)
		}
		return sizes
	}
	s.resized <- os.Interrupt
	if got := sizes(m.Init()); len(got) != 1 || got[0].Width != 80 || got[0].Height != 24 {
		t.Errorf("at first: %v", got)
	}
	close(s.ended) // nobody is to wait for the next
	for _, msg := range []tea.Msg{resizedMsg{}, tea.ResumeMsg{}} {
		if _, cmd := m.Update(msg); len(sizes(cmd)) != 1 {
			t.Errorf("after %T the size is not told", msg)
		}
	}
	m, cmd := m.Update(tea.WindowSizeMsg{})
	if m.View(); cmd != nil || len(s.wake) > 0 {
		t.Error("Bubble Tea's idea of the size was taken")
	}
}

// Lines that differ in a few characters are not read anew, and what the cells hold is what they would be if they were.
func TestRespelledLinesAreAsReadAnew(t *testing.T) {
	respelled := 0
	for seed := range uint64(1000) {
		r := rand.New(rand.NewPCG(seed, 1))
		to := plain(30, 1)
		parts := []string{"a", "7", "é", "│", "日", " ", "\x1b[31m", "\x1b[1m", "\x1b[m", "\x1b[38;5;9m", "…", "e\u0301", "\u0301", "12m", "13m"}
		words := make([]string, 1+r.IntN(12))
		for i := range words {
			words[i] = parts[r.IntN(len(parts))]
		}
		was := ansi.Truncate(strings.Join(words, ""), to.width, "…")
		words[r.IntN(len(words))] = parts[r.IntN(len(parts))]
		is := ansi.Truncate(strings.Join(words, ""), to.width, "…")
		s := New(newTTY(to.width, to.height), env())
		s.anew(to)
		s.measureBy(ansi.GraphemeWidth)
		s.setCells(frame{was, to})
		if was != is && s.respell(0, was, is) {
			respelled++
		} else {
			continue
		}
		want := whole(is, to)
		for x := range to.width {
			if g, w := s.cells.CellAt(x, 0), want.CellAt(x, 0); g.Content != w.Content || !g.Style.Equal(&w.Style) || g.Width != w.Width {
				t.Fatalf("%q, then %q: cell %d is %+v, want %+v", was, is, x, g, w)
			}
		}
	}
	if respelled < 60 {
		t.Errorf("only %d lines were respelled", respelled)
	}
}
