package main

import (
	"time"

	"github.com/dogwatch/dogwatch/model/signal"
	"github.com/dogwatch/dogwatch/setup"
	"github.com/dogwatch/dogwatch/signals"
	"github.com/dogwatch/dogwatch/signals/recorded"
	"github.com/dogwatch/dogwatch/workspace"
)

// signalsLag is how far behind time is let go on: what happened until then has come.
const signalsLag = 2 * time.Second

// liveRules are rules that are applied to what is watched, and what they want to be watched. They are what a recorder writes to, and for its
// goroutine alone.
type liveRules struct {
	*recorded.Judge
	ws *workspace.Workspace
	// own are the user's rules as they are now.
	own    *ownRules
	say    func(format string, args ...any)
	faults map[string]bool // rules that are known to fail
	// held are the types that are watched for the rules: of all of them, or of the user's only.
	held    *workspace.Held
	all     bool
	wanted  signal.Wanted
	refused map[string]bool
	// unserved are the types that the server does not have, and missed which of them were said.
	unserved setup.Unserved
	missed   map[string]bool
}

// newLiveRules tells what rules find to tell, and says what keeps them from it.
func newLiveRules(ws *workspace.Workspace, rules *ownRules, holdAll bool, say func(format string, args ...any), tell func(signal.Signal)) (*liveRules, error) {
	l := &liveRules{ws: ws, own: rules, say: say, faults: map[string]bool{}, held: ws.Hold(), all: holdAll, refused: map[string]bool{}, missed: map[string]bool{}}
	all, err := rules.all()
	if err != nil {
		return nil, err
	}
	if l.Judge, err = recorded.NewJudge(all, tell); err == nil {
		l.hold()
	}
	return l, err
}

// Flush implements recording.Sink: it comes once a second, and lets time go on.
func (l *liveRules) Flush() error {
	now := time.Now().Add(-signalsLag)
	if own, isNew := l.own.take(); isNew {
		clear(l.faults) // the same name may be another rule's
		l.SetOwn(own, now)
	}
	l.Tick(now)
	l.hold()
	for _, fault := range l.newFaults() {
		l.say("%s", faulty(&fault))
	}
	return nil
}

// newFaults are of the rules that were not known to fail: more of the same is no news, and what a rule waits for is on its way.
func (l *liveRules) newFaults() []signals.Fault {
	var news []signals.Fault
	for _, fault := range l.Faults() {
		if !l.faults[fault.Rule] && !fault.IsWaiting {
			l.faults[fault.Rule] = true
			news = append(news, fault)
		}
	}
	return news
}

// hold has the types watched that the rules are about.
func (l *liveRules) hold() {
	if wanted := l.Wanted(); !wanted.Equal(l.wanted) {
		l.wanted = wanted
		if err := l.held.Set(wanted.Types(l.all)); err != nil {
			l.say("watching the types of rules: %v", err)
		}
	}
	for _, name := range l.held.Refused() {
		if !l.refused[name] {
			l.refused[name] = true
			l.say("%s may not be watched: rules about it find nothing", name)
		}
	}
	for _, name := range l.unserved.Of(l.ws, l.wanted.Own) {
		if !l.missed[name] {
			l.missed[name] = true
			l.say("the server has no type %s: rules about it find nothing until it has", name)
		}
	}
}
