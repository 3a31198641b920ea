package cluster

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

const (
	// verdictLife is how long an answer is believed, verdictRetry how long an
	// error keeps the question from being asked again.
	verdictLife, verdictRetry = 2 * time.Minute, 15 * time.Second
	// A server that has just come up may refuse all until it has read who may what. For doubtFor after the last sign of trouble
	// denials are not believed, and asked for again after doubtRetry.
	doubtFor, doubtRetry = time.Minute, 2 * time.Second
	// accessWorkers questions are asked at once, accessRate in a second.
	accessWorkers = 4
	accessRate    = rate.Limit(80)
	accessBurst   = 40
)

// Verdict says whether the user may list and watch a type in a scope.
type Verdict struct {
	// Known is false until the server has said it, and while it cannot.
	Known   bool
	Allowed bool
	// Reason says in words why not, or why it is not known; may be empty.
	Reason string
}

// Access knows what the user may list and watch. A namespace's rules are
// asked for in one request; where they do not decide, and for all namespaces
// and types without namespaces, it asks for each type when somebody wants to
// know.
type Access struct {
	reviews reviewer
	changed notifier
	limit   *rate.Limiter
	// work holds a token while there may be questions to take.
	work chan struct{}
	// troubled is when the server could not be asked last, in Unix nanoseconds; 0 if it always could.
	troubled atomic.Int64

	mu       sync.Mutex
	verdicts map[question]*answer
	queue    []question
	scopes   map[string]*scope
}

// question is one type in one scope; namespace is empty for all namespaces
// and for types that have none.
type question struct {
	resource  schema.GroupResource
	namespace string
}

// answer is what is known about a question.
type answer struct {
	verdict Verdict
	// expires is when it must be asked again; zero if it never was answered.
	expires time.Time
	queued  bool
}

func newAccess(poster poster) *Access {
	return &Access{
		reviews:  reviewer{poster},
		limit:    rate.NewLimiter(accessRate, accessBurst),
		work:     make(chan struct{}, 1),
		verdicts: make(map[question]*answer),
		scopes:   make(map[string]*scope),
	}
}

// Subscribe returns a channel that has a token whenever something was learned
// since the last token was taken. Call stop when done; the channel is never
// closed.
func (a *Access) Subscribe() (changed <-chan struct{}, stop func()) { return a.changed.subscribe() }

// May says whether the user may list and watch a type in a namespace, or in
// all of them if namespace is empty. It never blocks: what it does not know
// it asks in the background while the Cluster runs. An old answer is given
// until there is a new one.
func (a *Access) May(r Resource, namespace string) Verdict {
	q := ask(r, namespace)
	now := time.Now()
	a.mu.Lock()
	defer a.mu.Unlock()
	known := a.answerLocked(q)
	if !now.Before(known.expires) && !known.queued {
		if verdict, ok := a.scopeLocked(q.namespace).decide(q.resource, now); ok {
			verdict, life := a.weigh(verdict, now)
			known.believe(verdict, now.Add(life))
			return known.verdict
		}
		known.queued = true
		a.queue = append(a.queue, q)
		wake(a.work)
	}
	return known.verdict
}

// Check is May, but waits for the server's answer if none is known. An error
// means that the server did not say.
func (a *Access) Check(ctx context.Context, r Resource, namespace string) (Verdict, error) {
	q := ask(r, namespace)
	a.mu.Lock()
	known := *a.answerLocked(q)
	a.mu.Unlock()
	if known.verdict.Known && time.Now().Before(known.expires) {
		return known.verdict, nil
	}
	return a.learn(ctx, q)
}

func ask(r Resource, namespace string) question {
	if !r.Namespaced {
		namespace = ""
	}
	return question{r.GVR.GroupResource(), namespace}
}

func (a *Access) answerLocked(q question) *answer {
	known := a.verdicts[q]
	if known == nil {
		known = &answer{}
		a.verdicts[q] = known
	}
	return known
}

func (a *Access) scopeLocked(namespace string) *scope {
	s := a.scopes[namespace]
	if s == nil {
		s = newScope(namespace)
		a.scopes[namespace] = s
	}
	return s
}

// run answers questions until ctx ends.
func (a *Access) run(ctx context.Context) {
	var group errgroup.Group
	for range accessWorkers {
		group.Go(guarded(func() { a.answerQueue(ctx) }))
	}
	_ = group.Wait()
}

func (a *Access) answerQueue(ctx context.Context) {
	for {
		q, ok := a.next()
		if !ok {
			select {
			case <-ctx.Done():
				return
			case <-a.work:
				continue
			}
		}
		if _, err := a.learn(ctx, q); err != nil && ctx.Err() != nil {
			return
		}
	}
}

// next takes a question, and wakes another worker if there are more.
func (a *Access) next() (question, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.queue) == 0 {
		return question{}, false
	}
	q := a.queue[0]
	a.queue = a.queue[1:]
	if len(a.queue) > 0 {
		wake(a.work)
	}
	return q, true
}

// learn asks the server and keeps its answer.
func (a *Access) learn(ctx context.Context, q question) (Verdict, error) {
	a.mu.Lock()
	s := a.scopeLocked(q.namespace)
	a.mu.Unlock()
	verdict, err := a.decide(ctx, s, q)
	verdict, life := a.weigh(verdict, time.Now())
	if err != nil {
		verdict, life = Verdict{Reason: Explain(err).Summary}, max(verdictRetry, retryAfterOf(err))
	}
	a.mu.Lock()
	known := a.answerLocked(q)
	known.queued = false
	before := known.verdict
	if ctx.Err() == nil {
		if err != nil {
			a.noteTrouble()
		}
		known.believe(verdict, time.Now().Add(jitter(life)))
	}
	changed := known.verdict != before
	verdict = known.verdict
	a.mu.Unlock()
	if changed {
		a.changed.notify()
	}
	if err != nil {
		return verdict, fmt.Errorf("asking for access to %s: %w", q.resource, err)
	}
	return verdict, nil
}

// noteTrouble notes that the server could not be asked.
func (a *Access) noteTrouble() { a.troubled.Store(time.Now().UnixNano()) }

// inDoubt tells whether the server may be coming up.
func (a *Access) inDoubt(now time.Time) bool {
	at := a.troubled.Load()
	return at != 0 && now.Sub(time.Unix(0, at)) < doubtFor
}

// weigh tells what a verdict is worth now, and for how long.
func (a *Access) weigh(v Verdict, now time.Time) (Verdict, time.Duration) {
	if v.Known && !v.Allowed && a.inDoubt(now) {
		v.Known = false
		return v, doubtRetry
	}
	return v, verdictLife
}

// believe takes a verdict. One that is not known takes back nothing that is.
func (k *answer) believe(v Verdict, until time.Time) {
	k.expires = until
	if v.Known || !k.verdict.Known {
		k.verdict = v
	}
}

// decide answers from what is known of the whole scope, or else for the one type.
func (a *Access) decide(ctx context.Context, s *scope, q question) (Verdict, error) {
	if err := s.refresh(ctx, a); err != nil {
		return Verdict{}, err
	}
	if verdict, ok := s.decide(q.resource, time.Now()); ok {
		return verdict, nil
	}
	return a.listWatch(ctx, q)
}

// listWatch asks about both verbs that a watch needs.
func (a *Access) listWatch(ctx context.Context, q question) (Verdict, error) {
	for _, verb := range []string{"list", "watch"} {
		verdict, err := a.review(ctx, q, verb)
		if err != nil || !verdict.Allowed {
			return verdict, err
		}
	}
	return Verdict{Known: true, Allowed: true}, nil
}

// review asks about one verb, at the pace that is kind to the server.
func (a *Access) review(ctx context.Context, q question, verb string) (Verdict, error) {
	if err := a.limit.Wait(ctx); err != nil {
		return Verdict{}, err
	}
	return a.reviews.access(ctx, q, verb)
}
