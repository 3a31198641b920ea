package cluster

import (
	"context"
	"errors"
	"maps"
	"math"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/wait"
)

const (
	// Many changes come together when an operator is installed: wait until it
	// is quiet, but not for long.
	quietTime, longestQuiet = 250 * time.Millisecond, 2 * time.Second
	// refreshGap is the least time between two refreshes that somebody asked for.
	refreshGap = time.Second
	// Discovery may lag behind a change: ask again, less and less often, until
	// it shows or settleTime has passed.
	settleStep, settleTime = 500 * time.Millisecond, 10 * time.Second
	// updateTime is how long a change lasts that cannot be looked for.
	updateTime = 2 * time.Second
	// slowRefresh is the pace where changes cannot be watched or a group does
	// not answer. Where they can, nobody asks until something has changed, or somebody looks.
	slowRefresh = time.Minute
	// fresh is how long what is known is good enough for somebody who looks.
	fresh = time.Minute
	// groupsPause is how long the question for the other groups lets the first watches go first, unless somebody waits for it.
	groupsPause = 100 * time.Millisecond
	// typesPause is how long the watches of what defines types let others go first after discovery was asked.
	typesPause = 500 * time.Millisecond
	// Failed attempts are repeated at a pace that falls from the one to the other.
	firstRetry, lastRetry = time.Second, 30 * time.Second
	// never is longer than any process lives.
	never = time.Duration(math.MaxInt64)
)

// jitter keeps many programs from asking at the same moment.
func jitter(d time.Duration) time.Duration { return wait.Jitter(d, 0.2) }

// run keeps the catalog up to date until ctx ends.
func (c *Catalog) run(ctx context.Context) {
	var group errgroup.Group
	group.Go(guarded(func() {
		if c.letOthersGoFirst(ctx) {
			c.types.run(ctx)
		}
	}))
	group.Go(guarded(func() { c.refreshLoop(ctx) }))
	_ = group.Wait()
}

// letOthersGoFirst waits until what the user wants to see has been asked for, as a rule. It is false when ctx ended. What was
// defined meanwhile is noticed when the watch begins, what was removed at the next refresh or when it is asked for.
func (c *Catalog) letOthersGoFirst(ctx context.Context) bool {
	changed, stop := c.Subscribe()
	defer stop()
	for s := c.Snapshot(); s.Fetched.IsZero() && s.Err == nil; s = c.Snapshot() {
		select {
		case <-changed:
		case <-ctx.Done():
			return false
		}
	}
	pause := time.NewTimer(typesPause)
	defer pause.Stop()
	select {
	case <-pause.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (c *Catalog) refreshLoop(ctx context.Context) {
	schedule := refreshSchedule{due: time.Now(), unsettled: make(map[definition]unsettled)}
	timer := time.NewTimer(0)
	defer timer.Stop()
	over, stop := c.types.recovery.over.subscribe()
	defer stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.asked:
			schedule.asked(time.Now())
		case <-over:
			schedule.recovered(time.Now())
		case <-c.types.woken:
			schedule.changed(time.Now(), c.types.take(), c.Snapshot())
			c.relabel()
			if c.types.watching() {
				schedule.watched(time.Now(), c.types.begun.Load())
			}
		case <-timer.C:
			if schedule.isDue(time.Now()) {
				c.refresh(ctx, &schedule)
			}
		}
		timer.Reset(time.Until(schedule.due))
	}
}

// refresh asks the server once and publishes the outcome.
func (c *Catalog) refresh(ctx context.Context, schedule *refreshSchedule) {
	started, begun := time.Now(), c.types.begun.Load()
	groups, err := discover(ctx, c.server, c.Snapshot(), func(core []apiGroup) {
		if c.publishCore(core) {
			c.giveWay(ctx)
		}
	})
	if ctx.Err() != nil {
		return
	}
	previous := c.Snapshot()
	if err != nil {
		c.failures.Add(1)
		schedule.failed(time.Now(), err)
		c.types.recovery.waiting.Store(true)
		failed := *previous
		failed.Err, failed.NextTry = err, schedule.due
		c.publish(&failed)
		return
	}
	snapshot := newSnapshot(groups, previous, time.Now())
	schedule.succeeded(started, time.Now(), snapshot, c.types.watching())
	schedule.begun = begun
	snapshot.NextTry = schedule.due
	snapshot.labels, snapshot.labelsErr = previous.labels, previous.labelsErr
	c.refreshes.Add(1)
	c.publish(snapshot)
	c.relabel()
}

// relabel publishes what is known with the labels that definitions have now, if those are others. The server is not asked: they were watched.
func (c *Catalog) relabel() {
	known := c.Snapshot()
	now, err := c.types.labelsNow()
	isSame := (now == nil) == (known.labels == nil) && (err == nil) == (known.labelsErr == nil) &&
		maps.EqualFunc(now, known.labels, func(a, b labels.Set) bool { return maps.Equal(a, b) })
	if known.Fetched.IsZero() || isSame {
		return
	}
	labelled := *known
	labelled.labels, labelled.labelsErr = now, err
	labelled.Generation++
	c.publish(&labelled)
}

// publishCore lets who wants a type of the core group begin before the other groups are known for the first time. It is false
// where that has been done, or they are known.
func (c *Catalog) publishCore(core []apiGroup) bool {
	previous := c.Snapshot()
	if !previous.Fetched.IsZero() || previous.has(isCore) {
		return false
	}
	partial := newSnapshot(ownGroups(core), previous, time.Time{})
	partial.Err, partial.NextTry = previous.Err, previous.NextTry
	c.publish(partial)
	return true
}

// giveWay lets those begin who need no more than the core group: what the server and we would have to do for the others takes
// longer than a watch takes to its first rows. It ends at once where somebody needs more.
func (c *Catalog) giveWay(ctx context.Context) {
	pause := time.NewTimer(groupsPause)
	defer pause.Stop()
	select {
	case <-c.hurried:
	case <-pause.C:
	case <-ctx.Done():
	}
}

// ownGroups are groups that a snapshot can keep: what is found later is filled into the others.
func ownGroups(groups []apiGroup) []apiGroup {
	own := slices.Clone(groups)
	for i := range own {
		own[i].versions = slices.Clone(own[i].versions)
	}
	return own
}

// unsettled is a change and when it was seen.
type unsettled struct {
	what change
	seen time.Time
}

// refreshSchedule decides when the catalog is next refreshed. Only the
// refresh loop uses it.
type refreshSchedule struct {
	due time.Time
	// last is when the last attempt ended, notBefore what the server's
	// Retry-After allows.
	last, notBefore time.Time
	// failures counts attempts that failed in a row.
	failures int
	// begun is how many watches of types had begun when the last refresh did that succeeded.
	begun uint64
	// firstChange is when the first of the changes came that no refresh has seen.
	firstChange time.Time
	// unsettled are the changes that discovery does not show yet.
	unsettled map[definition]unsettled
	step      time.Duration
}

func (s *refreshSchedule) isDue(now time.Time) bool { return !now.Before(s.due) }

// bring moves the next refresh forward to at, if the server allows it.
func (s *refreshSchedule) bring(at time.Time) {
	if at.Before(s.notBefore) {
		at = s.notBefore
	}
	if at.Before(s.due) {
		s.due = at
	}
}

// asked is for a refresh that somebody wants now.
func (s *refreshSchedule) asked(now time.Time) {
	at := s.last.Add(refreshGap)
	if at.Before(now) {
		at = now
	}
	s.bring(at)
}

// changed is for types that were added, changed or removed.
func (s *refreshSchedule) changed(now time.Time, changes map[definition]change, known *Snapshot) {
	for d, what := range changes {
		if what != updated && d.shows(known, what) {
			// An informer begins with adding what is there.
			continue
		}
		s.unsettled[d] = unsettled{what, now}
		s.step = settleStep
		if s.firstChange.IsZero() {
			s.firstChange = now
		}
	}
	if s.firstChange.IsZero() || s.failures > 0 || known.Fetched.IsZero() {
		return
	}
	// Every further change moves the refresh back a little, up to the limit.
	s.due = earlier(now.Add(quietTime), s.firstChange.Add(longestQuiet))
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// watched is for when all changes are heard of. What was removed before the last of those watches began is not: one more refresh finds it.
func (s *refreshSchedule) watched(now time.Time, begun uint64) {
	if s.begun != begun && s.failures == 0 && !s.last.IsZero() {
		s.asked(now)
	}
}

func (s *refreshSchedule) failed(now time.Time, err error) {
	pause := lastRetry
	if s.failures < 5 {
		pause = min(firstRetry<<s.failures, lastRetry)
	}
	s.failures++
	s.last, s.due = now, now.Add(jitter(pause))
	if wait := retryAfterOf(err); wait > 0 {
		s.notBefore = now.Add(wait)
		if s.due.Before(s.notBefore) {
			s.due = s.notBefore
		}
	}
}

// recovered is for when the server has answered something else after a failure: pauses grow from the beginning.
func (s *refreshSchedule) recovered(now time.Time) {
	if s.failures > 0 {
		s.failures = 0
		s.asked(now)
	}
}

// succeeded plans the next refresh after one that was started then.
func (s *refreshSchedule) succeeded(started, now time.Time, snapshot *Snapshot, watching bool) {
	s.failures, s.last, s.notBefore, s.firstChange = 0, now, time.Time{}, time.Time{}
	s.due = now.Add(never)
	if !watching || len(snapshot.Failed) > 0 {
		s.due = now.Add(jitter(slowRefresh))
	}
	for d, u := range s.unsettled {
		if d.settled(snapshot, u.what, started.Sub(u.seen)) {
			delete(s.unsettled, d)
		}
	}
	if len(s.unsettled) > 0 {
		s.bring(now.Add(s.step))
		s.step *= 2
	}
}

// retryAfterOf is how long the server asked to wait, or 0.
func retryAfterOf(err error) time.Duration {
	var status apierrors.APIStatus
	if !errors.As(err, &status) || status.Status().Details == nil {
		return 0
	}
	return time.Duration(status.Status().Details.RetryAfterSeconds) * time.Second
}
