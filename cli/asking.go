package cli

import (
	"context"
	"time"

	"k8s.io/klog/v2"

	"github.com/dogwatch/dogwatch/model/signal"
	"github.com/dogwatch/dogwatch/replay/recording"
)

// mostLate is how many looks in a row may find that the program that applies rules has answered nothing more, until that is said. It is asked once a second.
const mostLate = 10

// asking is a recording with what else the program that applies rules is told, between its lines: where it is flushed, which is each second, behind its first state.
// These are the rules of the configuration, if one is followed, and a beat, which the program answers when it has come so far.
type asking struct {
	*recording.Writer
	l     *liveSignals
	begun bool
	last  time.Time // when what was written last happened
	edit  int       // of the rules that were written last; -1 for none
}

// Begin implements recording.Sink.
func (a *asking) Begin(h recording.Header) error {
	a.begun, a.last = true, h.At
	return a.Writer.Begin(h)
}

// Write implements recording.Sink.
func (a *asking) Write(e recording.Entry) error {
	a.last = e.At
	return a.Writer.Write(e)
}

// Flush implements recording.Sink.
func (a *asking) Flush() error {
	if a.begun {
		if err := a.writeRules(); err != nil {
			return err
		}
		if err := a.Write(recording.Entry{At: a.last, Kind: signal.BeatEvent}); err != nil {
			return err
		}
	}
	return a.Writer.Flush()
}

// writeRules writes the rules of the configuration where they are others than before.
func (a *asking) writeRules() error {
	if !a.l.follows {
		return nil
	}
	line, edit, err := a.l.rulesSince(a.edit)
	if err != nil || edit == a.edit {
		return err
	}
	a.edit = edit
	return a.Write(recording.Entry{At: time.Now().UTC(), Kind: signal.RulesEvent, Object: line})
}

// answered notes that the program has come as far as it was asked to.
func (l *liveSignals) answered() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answers++
}

// watch looks again and again until ctx ends whether the program goes on, and ends it with cancel where the workspace has gone to another context: who records
// does so, too, but not while the program takes nothing of what is written to it.
func (l *liveSignals) watch(ctx context.Context, cancel context.CancelCauseFunc) {
	ticker := time.NewTicker(l.pulse)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if l.isElsewhere() {
				cancel(errOtherContext)
				return
			}
			l.look()
		}
	}
}

// look notes whether the program has answered since the last look. Looks are counted, and no time, so that a machine that sleeps makes no difference.
func (l *liveSignals) look() {
	l.mu.Lock()
	wasLate := l.late >= mostLate
	if l.answers == l.seen && l.answers > 0 { // what there is first may take its time
		l.late++
	} else {
		l.late = 0
	}
	l.seen = l.answers
	late := l.late
	l.mu.Unlock()
	switch {
	case late == mostLate:
		klog.Warningf("signals: %s does not go on; if it stays so, end it: it is started again then", signalsProgram)
	case wasLate && late == 0:
		klog.Warningf("signals: %s goes on", signalsProgram)
	}
	if wasLate || late >= mostLate {
		l.changed()
	}
}

// behind tells for how long the program has judged nothing more; 0 where it goes on. l.mu is held.
func (l *liveSignals) behind() time.Duration {
	if l.late < mostLate || l.err != nil {
		return 0
	}
	return time.Duration(l.late) * l.pulse
}
