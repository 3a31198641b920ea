package screen

import (
	"context"
	"sync"
	"time"

	"github.com/charmbracelet/x/ansi"
)

const (
	// askAfter is how many bytes may follow one question before the next, without a pause of calm between them.
	askAfter = 1000
	calm     = 500 * time.Millisecond
	// slack is how long a terminal may take to answer before frames wait for it: longer than the way to most of them.
	slack = 30 * time.Millisecond
	// patience is how long an answer is waited for, and mostSilence how many of them may stay out.
	patience    = 2 * time.Second
	mostSilence = 3
	// farewell is how long the last answer is waited for before the terminal is somebody else's.
	farewell = 300 * time.Millisecond
)

// pace keeps what is on its way to the terminal so short that a key is soon answered. Between us and it there may be buffers
// of many seconds, as of a secure shell, that take all that is written at once. So behind some thousand bytes the terminal is
// asked something, which it answers when it comes to it; while that takes long, frames are skipped.
type pace struct {
	mu       sync.Mutex
	heard    bool // somebody reads the answers
	on       bool
	sent     int       // bytes since the last question
	wrote    time.Time // the last of them
	asked    time.Time // zero while no answer is waited for
	answered chan struct{}
	answer   answer
	silence  int // how many answers in a row stayed out
}

// listens tells that answers are read.
func (p *pace) listens() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.heard = true
}

// begin has the terminal be asked from now on, unless it never answers.
func (p *pace) begin() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.on = p.heard && p.silence < mostSilence
}

// ask notes that so many bytes are about to be written, and tells whether the question is to follow them.
func (p *pace) ask(n int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	p.giveUp(now)
	if !p.on {
		return false
	}
	if now.Sub(p.wrote) > calm {
		p.sent = 0
	}
	p.sent, p.wrote = p.sent+n, now
	if !p.asked.IsZero() || p.sent < askAfter {
		return false
	}
	p.sent, p.asked, p.answered, p.answer = 0, now, make(chan struct{}), answer{}
	return true
}

// giveUp waits no more for an answer that is out for too long, and where that is the rule asks no more.
func (p *pace) giveUp(now time.Time) {
	if p.asked.IsZero() || now.Sub(p.asked) < patience {
		return
	}
	p.asked = time.Time{}
	close(p.answered)
	if p.silence++; p.silence >= mostSilence {
		p.on = false
	}
}

// wait returns when a frame may be written: at once unless an answer is overdue.
func (p *pace) wait(ctx context.Context) {
	p.mu.Lock()
	asked, answered := p.asked, p.answered
	overdue := !asked.IsZero() && time.Since(asked) > slack
	p.mu.Unlock()
	if overdue {
		await(ctx, answered, patience-time.Since(asked))
	}
}

// settle asks nothing more, and waits a moment for the answer that is out.
func (p *pace) settle() {
	p.mu.Lock()
	p.on = false
	asked, answered := p.asked, p.answered
	p.mu.Unlock()
	if !asked.IsZero() {
		await(context.Background(), answered, farewell)
	}
}

func await(ctx context.Context, done <-chan struct{}, limit time.Duration) {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// hear takes the answer out of what was read of the terminal. One that comes in pieces counts as well, but these are left to Bubble
// Tea: it puts them together, and knows that they are no keys.
func (p *pace) hear(read []byte) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.asked.IsZero() {
		return read
	}
	from, to, ok := p.answer.find(read)
	if !ok {
		return read
	}
	p.asked, p.silence = time.Time{}, 0
	close(p.answered)
	if from < 0 {
		return read
	}
	return append(read[:from], read[to:]...)
}

// question is one that all terminals know: what they can do.
const question = ansi.RequestPrimaryDeviceAttributes

// answer finds the first answer to it, CSI ? numbers c, in what comes piece by piece.
type answer struct {
	length int // of what may be its beginning, at the end of what has come
}

// find looks into the next piece. An answer that began in one before is from less than 0.
func (a *answer) find(piece []byte) (from, to int, ok bool) {
	const begin = "\x1b[?"
	for i, b := range piece {
		inNumbers := a.length >= len(begin)
		switch {
		case inNumbers && b == 'c':
			return i - a.length, i + 1, true
		case inNumbers && (b == ';' || '0' <= b && b <= '9'), !inNumbers && b == begin[a.length]:
			a.length++
		case b == begin[0]:
			a.length = 1
		default:
			a.length = 0
		}
	}
	return 0, 0, false
}
