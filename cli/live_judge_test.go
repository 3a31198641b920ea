package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/dogwatch/dogwatch/model/signal"
	"github.com/dogwatch/dogwatch/state"
)

// judgeBench has rules applied by a program that tells one signal, another each time that it is started.
type judgeBench struct {
	*liveSignals
	t       *testing.T
	live    *liveBench
	program string
	starts  atomic.Int32
	missing atomic.Bool // the program is
}

func newJudgeBench(t *testing.T, pace time.Duration) *judgeBench {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("there is no shell")
	}
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	live := newLiveBench(t)
	b := &judgeBench{liveSignals: newLiveSignals(nil, false, false, func() {}), t: t, live: live, program: filepath.Join(t.TempDir(), "judge")}
	b.use(live.live.ws)
	b.find, b.pace = b.next, wait.Backoff{Duration: pace, Steps: 1}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		b.close(ctx)
	})
	return b
}

// next makes the program of the next try. It says something else before all else.
func (b *judgeBench) next() (string, error) {
	if b.missing.Load() {
		return "", errors.New("it is missing")
	}
	const script = `#!/bin/sh
echo $$ >%[1]s.pid
echo 'something else' >&2
echo '{"signal":{"fingerprint":"f%[2]d","rule":"r","type":"Loop","severity":"critical","title":"It loops","subject":{"resource":"pods","name":"p"},"opened":"2026-11-30T12:00:00Z"}}'
echo '{"ready":true}'
exec cat >/dev/null
`
	return b.program, os.WriteFile(b.program, fmt.Appendf(nil, script, b.program, b.starts.Add(1)), 0o700)
}

// kill kills the program.
func (b *judgeBench) kill() {
	b.t.Helper()
	said, err := os.ReadFile(b.program + ".pid")
	if err != nil {
		b.t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(said)))
	if err != nil {
		b.t.Fatal(err)
	}
	process, err := os.FindProcess(pid)
	if err == nil {
		err = process.Kill()
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

// await waits until this is wrong, and these signals are listed: "f1?" is one that is unknown.
func (b *judgeBench) await(wrong, listed string) {
	b.t.Helper()
	now := func() (string, string) {
		err, words := "", []string{}
		if state := b.State(); state.Err != nil {
			err = state.Err.Error()
		}
		w := b.list.Window(0, 100)
		for _, s := range w.Signals {
			mark := ""
			if s.Unknown {
				mark = "?"
			}
			words = append(words, s.Fingerprint+mark)
		}
		if w.Counts.Ready {
			words = append(words, "ready")
		}
		return err, strings.Join(words, " ")
	}
	eventually(b.t, listed, func() bool { err, words := now(); return err == wrong && words == listed }, func() string { err, words := now(); return err + ": " + words })
}

// A program that dies is said to, and started again: at once for who asks. What was open is not known any more, and is listed as such.
func TestRulesAreAppliedAgainAfterTheirProgramDies(t *testing.T) {
	logged := capturedLog(t)
	b := newJudgeBench(t, time.Hour)
	b.Start(t.Context())
	b.await("", "f1 ready")
	if got := b.open()[signal.Critical]; got != 1 {
		t.Errorf("%d are open, want 1", got)
	}
	b.kill()
	b.await("running dogwatch-signals: signal: killed", "f1?")
	if got := b.open(); got != nil {
		t.Errorf("%v are open, and nobody judges", got)
	}
	if b.State().NextTry.IsZero() {
		t.Error("it is not tried again")
	}
	if log := logged(); !strings.Contains(log, "rules are not applied: running dogwatch-signals: signal: killed; that is tried again in 1h0m0s") {
		t.Errorf("the log says %s", log)
	}
	b.Start(t.Context())
	b.await("", "f2 f1? ready")
	if !b.State().NextTry.IsZero() {
		t.Error("it is tried again, and goes on")
	}
	b.Start(t.Context()) // which goes on
	b.await("", "f2 f1? ready")
}

// So it is by itself, after a while, and one that is missing begins when it is there.
func TestRulesAreAppliedAgainByThemselves(t *testing.T) {
	b := newJudgeBench(t, time.Millisecond)
	b.missing.Store(true)
	b.Start(t.Context())
	b.await("it is missing", "")
	b.missing.Store(false)
	b.await("", "f1 ready")
	b.kill()
	b.await("", "f2 f1? ready")
	if got := b.starts.Load(); got != 2 {
		t.Errorf("it was started %d times", got)
	}
}

// Who has been asked nothing has nothing to answer; who was answers from time to time.
func TestWhoDoesNotAnswerIsBehind(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	drawn := 0
	l := newLiveSignals(nil, false, false, func() { drawn++ })
	for _, step := range []struct {
		answers, looks int
		want           time.Duration
		drawn          int
	}{
		{0, 3 * mostLate, 0, 0}, {1, mostLate, 0, 0}, {0, 1, mostLate * time.Second, 1}, {0, 5, (mostLate + 5) * time.Second, 6}, {3, 1, 0, 7}, {0, mostLate - 1, 0, 7}, {1, 1, 0, 7},
	} {
		for range step.answers {
			l.answered()
		}
		for range step.looks {
			l.look()
		}
		if got := l.behind(); got != step.want || drawn != step.drawn {
			t.Errorf("%+v: it is %s behind, and %d times drawn", step, got, drawn)
		}
	}
	for range mostLate {
		l.look()
	}
	l.list.SetReady()
	if l.behind() == 0 || l.open() != nil {
		t.Errorf("it is %s behind, and %v are open", l.behind(), l.open())
	}
	if l.err = errors.New("it fell over"); l.behind() > 0 {
		t.Error("it is behind, and not there")
	}
}

// A program that runs and comes no further is no quiet cluster: that is said until it goes on, or another has begun.
func TestAProgramThatDoesNotGoOnIsSaid(t *testing.T) {
	logged := capturedLog(t)
	b := newJudgeBench(t, time.Hour)
	goesOn := b.program + ".goes-on"
	b.find = func() (string, error) {
		const script = "#!/bin/sh\necho '{\"ready\":true}'\nwhile :; do test -e %s && echo '{\"judged\":true}'; sleep 0.02; done\n"
		return b.program, os.WriteFile(b.program, fmt.Appendf(nil, script, goesOn), 0o700)
	}
	b.pulse = 100 * time.Millisecond
	var redrawn atomic.Int32
	b.changed = func() { redrawn.Add(1) }
	become := func(on bool) {
		t.Helper()
		var err error
		if on {
			err = os.WriteFile(goesOn, nil, 0o600)
		} else {
			err = os.Remove(goesOn)
		}
		if err != nil {
			t.Fatal(err)
		}
		redrawn.Store(0)
		eventually(t, fmt.Sprint("it goes on: ", on), func() bool { return b.State().Behind > 0 != on }, func() string { return fmt.Sprint(b.State().Behind) })
		eventually(t, "the screen to be drawn", func() bool { return redrawn.Load() > 0 }, func() string { return "" })
	}
	b.Start(t.Context())
	b.await("", "ready")
	if err := os.WriteFile(goesOn, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	eventually(t, "an answer", func() bool { b.mu.Lock(); defer b.mu.Unlock(); return b.answers > 0 }, func() string { return "" })
	become(false)
	if first := b.State().Behind; first < mostLate*b.pulse {
		t.Errorf("it is %s behind", first)
	}
	become(true)
	become(false)
	for _, line := range []string{"dogwatch-signals does not go on; if it stays so, end it", "dogwatch-signals goes on"} {
		eventually(t, line, func() bool { return strings.Contains(logged(), line) }, logged)
	}
}

// Of another cluster nothing is listed, not even as what was.
func TestSignalsOfAnotherContextAreNotKept(t *testing.T) {
	b := newJudgeBench(t, time.Hour)
	b.Start(t.Context())
	b.await("", "f1 ready")
	b.kill()
	b.await("running dogwatch-signals: signal: killed", "f1?")
	if err := b.ws.SetContext("other"); err != nil {
		t.Fatal(err)
	}
	b.mark()
	b.await("", "f2 ready")
}

// What is muted in a recording is so in the cluster that was recorded.
func TestMutesOfARecordingAreOfTheClusterThatWasRecorded(t *testing.T) {
	b := newJudgeBench(t, time.Hour)
	b.isPlayed = true
	b.Start(t.Context())
	b.await("", "f1 ready")
	if _, err := b.Mute(b.list.Window(0, 1).Signals[0], true); err != nil {
		t.Fatal(err)
	}
	if !b.mutes.Has(state.Mute{Context: "prod/eu one", Rule: "r"}) {
		t.Error("it is muted in another cluster")
	}
}

// A program that takes nothing does not keep the signals of another cluster on the screen, and does not hold up the end: what is written to it waits.
func TestAProgramThatTakesNothingIsLeftForAnotherContext(t *testing.T) {
	b := newJudgeBench(t, time.Hour)
	b.find = func() (string, error) {
		program, err := b.next()
		if err != nil || b.starts.Load() > 1 {
			return program, err
		}
		script, err := os.ReadFile(program)
		if err != nil {
			return "", err
		}
		return program, os.WriteFile(program, bytes.Replace(script, []byte("exec cat >/dev/null"), []byte("head -c 1 >$0.takes; exec sleep 1000"), 1), 0o700)
	}
	b.live.apply("first", `"annotations":{"long":"`+incompressible(1<<20)+`"}`) // more than a pipe holds
	b.Start(t.Context())
	b.await("", "f1 ready")
	eventually(t, "something that is written", func() bool { info, err := os.Stat(b.program + ".takes"); return err == nil && info.Size() > 0 }, func() string { return "" })
	if err := b.ws.SetContext("other"); err != nil {
		t.Fatal(err)
	}
	b.mark()
	b.await("", "f2 ready")
}

// incompressible is a text of this length that cannot be packed.
func incompressible(length int) string {
	random := rand.New(rand.NewPCG(1, 2))
	text := make([]byte, length)
	for i := range text {
		text[i] = byte('a' + random.IntN(26))
	}
	return string(text)
}
