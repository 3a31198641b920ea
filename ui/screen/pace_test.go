package screen

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// asked is a pace whose terminal has been asked just now.
func asked(t *testing.T) *pace {
	t.Helper()
	p := &pace{}
	p.listens()
	p.begin()
	if !p.ask(askAfter) {
		t.Fatal("the terminal is not asked")
	}
	return p
}

// waited is how long a frame waits.
func waited(p *pace) time.Duration {
	begin := time.Now()
	p.wait(context.Background())
	return time.Since(begin)
}

func TestFramesWaitForAnAnswerThatIsOverdue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := asked(t)
		if got := waited(p); got != 0 {
			t.Errorf("just after the question a frame waits for %v", got)
		}
		time.Sleep(slack)
		if got := waited(p); got != 0 {
			t.Errorf("a frame waits for %v though the answer may well be under way", got)
		}
		time.Sleep(time.Millisecond)
		const late = 30 * time.Millisecond
		go func() {
			time.Sleep(late)
			p.hear([]byte("\x1b[?62c"))
		}()
		if got := waited(p); got != late {
			t.Errorf("a frame waits for %v, want until the answer comes after %v", got, late)
		}
		if got := waited(p); got != 0 {
			t.Errorf("after the answer a frame waits for %v", got)
		}
	})
}

func TestLittleIsNotAskedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &pace{}
		if p.begin(); p.ask(10 * askAfter) {
			t.Error("the terminal is asked though nobody hears it")
		}
		p.listens()
		p.begin()
		for range 100 {
			if p.ask(askAfter / 2) {
				t.Fatal("the terminal is asked though it was calm")
			}
			time.Sleep(calm + 1)
		}
		p.ask(askAfter - 1)
		if !p.ask(1) {
			t.Error("the terminal is not asked")
		}
		if p.ask(10 * askAfter) {
			t.Error("it is asked again before it has answered")
		}
	})
}

// A terminal that never answers is soon asked no more, and holds nothing up then.
func TestATerminalThatNeverAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &pace{}
		p.listens()
		p.begin()
		begin, questions := time.Now(), 0
		for range 1000 {
			if p.ask(askAfter) {
				questions++
			}
			time.Sleep(slack + 1)
			p.wait(context.Background())
		}
		if questions != mostSilence {
			t.Errorf("%d questions, want %d", questions, mostSilence)
		}
		if held, most := time.Since(begin)-1000*(slack+1), mostSilence*patience; held > most {
			t.Errorf("frames were held up for %v, want %v at most", held, most)
		}
		if p.begin(); p.ask(askAfter) {
			t.Error("back on the screen it is asked again")
		}
	})
}

func TestNobodyElseReadsTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := asked(t)
		const late = 200 * time.Millisecond
		go func() {
			time.Sleep(late)
			p.hear([]byte("\x1b[?62c"))
		}()
		begin := time.Now()
		p.settle()
		if got := time.Since(begin); got != late {
			t.Errorf("the terminal is given away after %v, want %v", got, late)
		}
		if p.ask(askAfter) {
			t.Error("it is asked when it is somebody else's")
		}
		p = asked(t)
		begin = time.Now()
		if p.settle(); time.Since(begin) != farewell {
			t.Errorf("without an answer it is given away after %v, want %v", time.Since(begin), farewell)
		}
	})
}

func TestOnlyTheAnswerIsTakenOut(t *testing.T) {
	for read, want := range map[string]string{
		"j":                         "j",
		"\x1b[?62;22c":              "",
		"a\x1b[?6cb":                "ab",
		"\x1b[?2026;2$y\x1b[?1;2cq": "\x1b[?2026;2$yq",
		"\x1b[?62;22":               "\x1b[?62;22", // cut off: Bubble Tea knows what to do with it
		"\x1b":                      "\x1b",
		"\x1b[c\x1b[>0;1c":          "\x1b[c\x1b[>0;1c",
	} {
		p := &pace{asked: time.Now(), answered: make(chan struct{})}
		if got := string(p.hear([]byte(read))); got != want {
			t.Errorf("of %q is left %q, want %q", read, got, want)
		}
		if answered := p.asked.IsZero(); answered != (len(want) < len(read)) {
			t.Errorf("%q is an answer: %v", read, answered)
		}
		if got := string(p.hear([]byte("\x1b[?62c"))); p.asked.IsZero() && len(want) < len(read) && got != "\x1b[?62c" {
			t.Errorf("what was not asked for is taken out: %q", got)
		}
	}
}

// The question follows a frame in the same write, and none when the terminal is given back.
func TestTheScreenAsksBehindAFrame(t *testing.T) {
	to := plain(100, 30)
	terminal := newTTY(to.width, to.height)
	s := New(terminal, env())
	hear := s.Listener()
	if _, err := s.Write([]byte("\x1b[?1049h")); err != nil {
		t.Fatal(err)
	}
	content := strings.Repeat(strings.Repeat("x", 99)+"\n", 29)
	draw(s, content, to)
	if got := terminal.wrote.String(); !strings.HasSuffix(got, question) {
		t.Errorf("a large frame ends with %q", got[max(0, len(got)-20):])
	}
	check(t, terminal, content, to)
	hear([]byte("\x1b[?62c"))
	if _, err := s.Write([]byte("\x1b[?1049l")); err != nil {
		t.Fatal(err)
	}
	if strings.Count(terminal.wrote.String(), question) != 1 {
		t.Errorf("%d questions", strings.Count(terminal.wrote.String(), question))
	}
}
