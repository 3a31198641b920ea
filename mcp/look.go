package mcp

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	celconfig "k8s.io/apiserver/pkg/apis/cel"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/signals"
)

const (
	// lookEvery is after how many objects it is looked whether the answer is still wanted.
	lookEvery = 256
	// defaultFilterCost is what a filter may cost in one answer unless Options say so: a second, as Kubernetes reckons, which allows as much for
	// all expressions of a policy.
	defaultFilterCost = celconfig.RuntimeCELCostBudget
	// mostFilterBytes is how long a filter may be.
	mostFilterBytes = 16 << 10
	// mostReasons are said of why objects could not be judged.
	mostReasons = 5
	// reasonBytes is how much is said of each.
	reasonBytes = 200
)

// wanted says which objects a question is for.
type wanted struct {
	among
	words  model.Filter
	level  *model.Level
	filter *signals.Filter // nil for all
	cost   uint64          // that the filter may have
	now    time.Time
}

func (s *Server) wanted(q *queryQuestion) (*wanted, error) {
	w := &wanted{among: q.among, cost: s.opts.FilterCost, now: s.opts.Now()}
	var wordsErr, levelErr error
	w.words, wordsErr = words(q.Match)
	w.level, levelErr = levelNamed(q.Health)
	if err := errors.Join(q.check(), wordsErr, levelErr); err != nil || q.Filter == "" {
		return w, err
	}
	if len(q.Filter) > mostFilterBytes {
		return nil, fmt.Errorf("the filter has %d bytes, more than %d", len(q.Filter), mostFilterBytes)
	}
	filters, err := s.filters()
	if err != nil {
		return nil, err
	}
	if w.filter, err = filters.Compile(q.Filter); err != nil {
		return nil, fmt.Errorf("the filter, %w; it is an expression in CEL, as object.status.phase != 'Running' (words go into match)", err)
	}
	return w, nil
}

// looked is what was found of the objects that are wanted.
type looked struct {
	found []foundObject
	given int // by answers before
	// at is how many were looked at, of all, and last the last of them, where the filter's cost kept from looking at more.
	at, of    int
	last      place
	notJudged *notJudged
}

// notJudged are the objects of which it could not be told whether they are wanted.
type notJudged struct {
	Objects int              `json:"objects"`
	Reasons []notJudgedSince `json:"reasons"`
}

// notJudgedSince is why some of them could not, and one of those.
type notJudgedSince struct {
	Reason  string `json:"reason"`
	Objects int    `json:"objects"`
	Example string `json:"example"`
}

// look finds the objects that are wanted behind a place, in the order of their places. What takes time is done behind the reading of the stores.
func (w *wanted) look(ctx context.Context, sources []source, after *behind) (*looked, error) {
	l := &looked{}
	for i, from := range sources {
		from.each(func(o *model.Object) {
			if w.takes(o.Key) && (w.level == nil || o.Health.Level == *w.level) {
				l.found = append(l.found, foundObject{place{i, o.Namespace, o.Name}, o})
			}
		})
	}
	if after != nil {
		l.given = after.Given
		l.found = slices.DeleteFunc(l.found, func(f foundObject) bool { return f.compare(after.place) <= 0 })
	}
	slices.SortFunc(l.found, func(a, b foundObject) int { return a.compare(b.place) })
	return l, w.judge(ctx, l)
}

// judge leaves what the words and the filter take, as far as the filter's cost allows.
func (w *wanted) judge(ctx context.Context, l *looked) error {
	all := l.found
	l.found, l.of = nil, len(all)
	var cost uint64
	for i, f := range all {
		if i%lookEvery == lookEvery-1 && ctx.Err() != nil {
			return fmt.Errorf("looking through %d objects: %w", i, ctx.Err())
		}
		if cost > w.cost {
			return nil
		}
		l.at, l.last = i+1, f.place
		takes, spent, err := w.isTaken(f.object)
		cost += spent
		if err != nil {
			l.fail(f.object, err)
		}
		if takes {
			l.found = append(l.found, f)
		}
	}
	return nil
}

func (w *wanted) isTaken(o *model.Object) (takes bool, cost uint64, err error) {
	if !w.words.Empty() && !w.words.Match(o) {
		return false, 0, nil
	}
	if w.filter == nil {
		return true, 0, nil
	}
	text, err := o.JSON()
	if err != nil {
		return false, 0, fmt.Errorf("reading it: %w", err)
	}
	return w.filter.Takes(text, w.now)
}

// fail notes that an object could not be judged.
func (l *looked) fail(o *model.Object, err error) {
	if l.notJudged == nil {
		l.notJudged = &notJudged{}
	}
	n := l.notJudged
	n.Objects++
	reason := cutText(strings.ReplaceAll(err.Error(), "\n", "; "), reasonBytes)
	i := slices.IndexFunc(n.Reasons, func(s notJudgedSince) bool { return s.Reason == reason })
	switch {
	case i >= 0:
		n.Reasons[i].Objects++
	case len(n.Reasons) < mostReasons:
		n.Reasons = append(n.Reasons, notJudgedSince{reason, 1, o.String()})
	}
}

// note says where not all was looked at.
func (l *looked) note() string {
	if l.at == l.of {
		return ""
	}
	return fmt.Sprintf("%d of %d objects were looked at, as far as the filter may cost: next_cursor goes on, and total counts so far", l.at, l.of)
}

// rest is the cursor to go on with where not all was looked at.
func (l *looked) rest(q queryQuestion) (string, error) {
	if l.at == l.of {
		return "", nil
	}
	return cursorOf(q, behind{l.last, l.given})
}
