package terminal

import (
	"context"
	"errors"
	"image/color"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
	"go.uber.org/goleak"
)

// patience is how long a test waits for what comes at once on any machine that is not stuck.
const patience = 60 * time.Second

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start runs a shell script in a small terminal.
func start(t *testing.T, script string) *Terminal {
	t.Helper()
	term, err := Start(t.Context(), Options{Path: "/bin/sh", Args: []string{"-c", script}, Width: 40, Height: 6})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(term.Close)
	return term
}

// exitCode waits for the program to end.
func exitCode(t *testing.T, term *Terminal) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	code, err := term.Wait(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func TestProgramHearsWhatIsTyped(t *testing.T) {
	term := start(t, `echo ready; read line; echo "got <$line>"; exit 3`)
	term.WaitForText(t, patience, "ready")
	term.Type("a word")
	if err := term.Press("enter"); err != nil {
		t.Fatal(err)
	}
	term.WaitForText(t, patience, "got <a word>")
	if code := exitCode(t, term); code != 3 {
		t.Errorf("exit code %d, want 3", code)
	}
}

func TestKeysReachTheProgramAsATerminalSendsThem(t *testing.T) {
	const want = `033 [ B 001 033 x \t 033 [ Z 033 O Q \r`
	term := start(t, `stty raw -echo; printf 'ready\r\n'; dd bs=1 count=14 2>/dev/null | od -An -c | tr -s ' \n' ' '`)
	term.WaitForText(t, patience, "ready")
	if err := term.Press("down", "ctrl+a", "alt+x", "tab", "shift+tab", "f2", "enter"); err != nil {
		t.Fatal(err)
	}
	term.WaitFor(t, patience, "the keys", func(screen string) bool {
		return strings.Contains(strings.ReplaceAll(screen, "\n", ""), want)
	})
}

func TestUnknownKeySendsNothing(t *testing.T) {
	term := start(t, `read line; echo "got <$line>"`)
	if err := term.Press("x", "hyper+q"); err == nil {
		t.Error("no error for a key that does not exist")
	}
	if err := term.Press("enter"); err != nil {
		t.Fatal(err)
	}
	term.WaitForText(t, patience, "got <>")
}

func TestQueriesAreAnswered(t *testing.T) {
	// The cursor is asked for its position, and the answer ends in R.
	term := start(t, `stty raw -echo; printf '\033[2;5H\033[6n'; dd bs=1 count=6 2>/dev/null | tr '\033' '^'`)
	term.WaitForText(t, patience, "^[2;5R")
}

func TestProgramHearsOfTheBackground(t *testing.T) {
	term, err := Start(t.Context(), Options{
		Path:  "/bin/sh",
		Args:  []string{"-c", `stty raw -echo; printf '\033]11;?\007'; dd bs=1 count=23 2>/dev/null | tr '\033' '^'`},
		Width: 40, Height: 6, Background: color.RGBA{R: 0xfb, G: 0xfa, B: 0xf8, A: 0xff},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(term.Close)
	term.WaitForText(t, patience, "^]11;rgb:fbfb/fafa/f8f8")
}

func TestCellsKeepWhatIsLeftToTheTerminal(t *testing.T) {
	term := start(t, `printf 'a\033[7;31m犬\033[0m b'; read line`)
	term.WaitForText(t, patience, "a犬 b")
	row := term.Cells()[0]
	if a := row[0]; a.Content != "a" || a.Style.Fg != nil || a.Style.Bg != nil {
		t.Errorf("a plain cell is %+v", a)
	}
	if wide := row[1]; wide.Width != 2 || wide.Style.Attrs != uv.AttrReverse || wide.Style.Fg != ansi.Red {
		t.Errorf("a wide red cell in reverse is %+v", wide)
	}
	if b := row[4]; b.Content != "b" {
		t.Errorf("behind a wide cell is %+v", b)
	}
}

func TestResizeIsSeenByTheProgram(t *testing.T) {
	term := start(t, `trap 'stty size' WINCH; echo ready; while :; do read line; done`)
	term.WaitForText(t, patience, "ready")
	if err := term.Resize(50, 9); err != nil {
		t.Fatal(err)
	}
	term.WaitForText(t, patience, "9 50")
	if lines := strings.Count(term.Screen(), "\n") + 1; lines != 9 {
		t.Errorf("the screen has %d lines, want 9", lines)
	}
}

func TestScreenKeepsColumnsOfWideText(t *testing.T) {
	term := start(t, `printf '\033[?1049h\033[31m犬|\033[0m é|\033]8;;http://x\033\\link\033]8;;\033\\'; read line`)
	screen := term.WaitForText(t, patience, "犬| é|link")
	if strings.ContainsRune(screen, '\x1b') {
		t.Errorf("the text holds escape sequences: %q", screen)
	}
	if !strings.Contains(term.ANSI(), "\x1b[31m犬") {
		t.Errorf("the picture has lost its colours: %q", term.ANSI())
	}
	if !term.AltScreen() {
		t.Error("the alternate screen is not seen")
	}
}

func TestSignalEndsTheProgram(t *testing.T) {
	term := start(t, `trap 'echo bye; exit 7' TERM; echo ready; while :; do read line; done`)
	term.WaitForText(t, patience, "ready")
	if err := term.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := exitCode(t, term); code != 7 {
		t.Errorf("exit code %d, want 7", code)
	}
	if !strings.Contains(term.Screen(), "bye") {
		t.Errorf("the last output is not on the screen\n%s", term.Dump())
	}
}

func TestCloseKillsAProgramThatIgnoresSignals(t *testing.T) {
	term := start(t, `trap '' TERM HUP INT; echo ready; while :; do read line; done`)
	term.WaitForText(t, patience, "ready")
	term.Close()
	if code := exitCode(t, term); code != -1 {
		t.Errorf("exit code %d, want -1", code)
	}
}

func TestWaitForFailsWithTheScreen(t *testing.T) {
	term := start(t, `echo only this; read line`)
	term.WaitForText(t, patience, "only this")
	report := failure(t, func(tb testing.TB) {
		term.WaitForText(tb, time.Millisecond, "something else")
	})
	for _, want := range []string{"something else", "│only this", "40x6"} {
		if !strings.Contains(report, want) {
			t.Errorf("the report lacks %q:\n%s", want, report)
		}
	}
}

func TestWaitForFailsWhenTheProgramEnds(t *testing.T) {
	term := start(t, `echo last words; exit 1`)
	report := failure(t, func(tb testing.TB) { term.WaitForText(tb, patience, "never printed") })
	if !strings.Contains(report, "exit status 1") || !strings.Contains(report, "last words") {
		t.Errorf("the report does not say how the program ended:\n%s", report)
	}
}

func TestStartSaysWhatIsMissing(t *testing.T) {
	_, err := Start(t.Context(), Options{Path: "/no/such/program"})
	if err == nil || !strings.Contains(err.Error(), "/no/such/program") {
		t.Errorf("error %v does not name the program", err)
	}
}

func TestWhatTheProgramSwitchesIsSeenUntilItSwitchesBack(t *testing.T) {
	term := start(t, `stty raw -echo; printf '\033[?1049h\033[?25l\033[?1002h\033[?2004hon'; dd bs=1 count=1 2>/dev/null
		printf '\033[?2004l\033[?1002l\033[?25h\033[?1049l'; stty sane; printf off`)
	term.WaitForText(t, patience, "on")
	want := []string{"mode 1002 is on: true", "mode 1049 is on: true", "mode 2004 is on: true", "mode 25 is on: false"}
	if got := term.ChangedModes(); !slices.Equal(got, want) {
		t.Errorf("changed are %q, want %q", got, want)
	}
	if raw, err := term.Raw(); err != nil || !raw {
		t.Errorf("raw mode is on: %v (%v)", raw, err)
	}
	term.Type("x")
	exitCode(t, term)
	if got := term.ChangedModes(); len(got) > 0 {
		t.Errorf("after all is switched back: %q", got)
	}
	if raw, err := term.Raw(); err != nil || raw {
		t.Errorf("raw mode is still on: %v (%v)", raw, err)
	}
}

func TestOutputIsCopiedAndASlowLineLosesNothing(t *testing.T) {
	var output strings.Builder
	term, err := Start(t.Context(), Options{
		Path: "/bin/sh", Args: []string{"-c", "seq 1 200"}, Width: 40, Height: 6, Output: &output, Pace: 20_000,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer term.Close()
	if code := exitCode(t, term); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if got := strings.Fields(output.String()); len(got) != 200 || got[199] != "200" {
		t.Errorf("%d lines were copied: %q", len(got), output.String())
	}
	if screen := term.Screen(); !strings.Contains(screen, "200") {
		t.Errorf("the last line is not on the screen:\n%s", screen)
	}
}

func TestAwaitEndsWithItsContext(t *testing.T) {
	term := start(t, `echo only this; exec sleep 60`)
	term.WaitForText(t, patience, "only this")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := term.Await(ctx, "more than that", func(string) bool { return false })
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "more than that") || !strings.Contains(err.Error(), "│only this") {
		t.Errorf("error %v", err)
	}
}
