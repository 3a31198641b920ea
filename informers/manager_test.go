package informers

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
)

func TestUsersShareAWatch(t *testing.T) {
	w := newWorld(t, 3, apiserver.Options{}, quick())
	a, b := w.live(pods), w.live(pods)
	if a.Watch() != b.Watch() {
		t.Error("one identity has two watches")
	}
	w.eventually("one open watch", func() bool { return w.server.OpenWatches()[pods] == 1 })
	a.Drop()
	a.Drop()
	w.apply(pods, sample.Pod(9))
	w.equal(b)
	b.Drop()
	w.eventually("no open watch", func() bool { return w.server.OpenWatches()[pods] == 0 })
	if s := b.Watch().State(); s.Phase != Stopped {
		t.Errorf("dropped watch: %+v", s)
	}
	if n := len(w.manager.Watches()); n != 0 {
		t.Errorf("%d watches after the last drop", n)
	}
	again := w.live(pods)
	if again.Watch() == b.Watch() {
		t.Error("a dropped watch came back")
	}
	w.equal(again)
}

func TestDropFreesTheStoreAndEndsSubscriptions(t *testing.T) {
	w := newWorld(t, 3, apiserver.Options{}, quick())
	l := w.live(pods)
	q := l.Watch().Subscribe(10)
	l.Drop()
	if n := l.Watch().Store().Len(); n != 0 {
		t.Errorf("%d objects in a dropped watch's store", n)
	}
	select {
	case <-l.Watch().Done():
	default:
		t.Error("the watch is not done")
	}
	for {
		if _, err := q.Next(t.Context()); err != nil {
			break // the subscription ended, else Next would wait for ever
		}
	}
}

func TestLateSubscriberGetsThePresentState(t *testing.T) {
	w := newWorld(t, 25, apiserver.Options{}, quick())
	l := w.live(pods)
	q := l.Watch().Subscribe(4)
	defer q.Close()
	w.apply(pods, sample.Pod(100))
	got := map[model.Key]string{}
	for len(got) < 26 {
		deltas, err := q.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range deltas {
			if d.New != nil {
				got[d.New.Key] = d.New.ResourceVersion
			}
		}
	}
	l.Watch().Store().Each(func(o *model.Object) bool {
		if got[o.Key] != o.ResourceVersion {
			t.Errorf("%s at %q, want %q", o.Key, got[o.Key], o.ResourceVersion)
		}
		return true
	})
}

func TestAddDoesNotWaitForTheNetwork(t *testing.T) {
	w := newWorld(t, 3, apiserver.Options{}, quick())
	stall := make(chan struct{})
	defer close(stall)
	w.server.SetFaults(func(*http.Request) *apiserver.Fault { return &apiserver.Fault{Stall: stall} })
	for _, gvr := range []schema.GroupVersionResource{pods, nodes, gauges} {
		l := w.add(gvr)
		l.Drop() // neither does Drop
	}
}

func TestAddRefuses(t *testing.T) {
	m := NewManager(context.Background(), Options{})
	if _, err := m.Add(Identity{Cluster: "nowhere", GVR: pods}); !errors.Is(err, ErrUnknownCluster) {
		t.Errorf("unknown cluster: %v", err)
	}
	m.AddCluster("c", nil, newCatalog())
	l, err := m.Add(Identity{Cluster: "c", GVR: pods})
	if err != nil {
		t.Fatal(err)
	}
	m.RemoveCluster("c")
	if _, err := m.Add(Identity{Cluster: "c", GVR: pods}); !errors.Is(err, ErrUnknownCluster) {
		t.Errorf("removed cluster: %v", err)
	}
	if err := m.Close(context.Background()); err != nil {
		t.Error(err)
	}
	if _, err := m.Add(Identity{Cluster: "c", GVR: pods}); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	l.Drop()
	if err := m.Close(context.Background()); err != nil {
		t.Error(err)
	}
}

// deaf is a discovery that does not listen to its context.
type deaf struct {
	*catalog
	release chan struct{}
}

func (d deaf) Await(context.Context, schema.GroupVersionResource) (Type, error) {
	<-d.release
	return Type{}, context.Canceled
}

func TestCloseNamesWhatDoesNotEndInTime(t *testing.T) {
	m := NewManager(context.Background(), Options{})
	d := deaf{newCatalog(), make(chan struct{})}
	m.AddCluster("c", nil, d)
	if _, err := m.Add(Identity{Cluster: "c", GVR: pods, Namespace: "shop"}); err != nil {
		t.Fatal(err)
	}
	late, cancel := context.WithDeadline(context.Background(), time.Unix(0, 0))
	defer cancel()
	err := m.Close(late)
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(fmt.Sprint(err), "pods.v1 in shop of c") {
		t.Errorf("Close: %v", err)
	}
	close(d.release)
	if err := m.Close(context.Background()); err != nil {
		t.Error(err)
	}
}

// Whatever is added, dropped and closed at the same time: no watch is left on
// the server, no goroutine here, and what is live meanwhile is true.
func TestRandomUse(t *testing.T) {
	w := newWorld(t, 10, apiserver.Options{}, quick())
	ids := []Identity{
		{Cluster: "test", GVR: pods},
		{Cluster: "test", GVR: pods, Namespace: "shop"},
		{Cluster: "test", GVR: pods, LabelSelector: "app"},
		{Cluster: "test", GVR: nodes},
		{Cluster: "test", GVR: gauges},
	}
	var users, churn sync.WaitGroup
	stop := make(chan struct{})
	churn.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			if _, err := w.store().Apply(pods, sample.Pod(i%20)); err != nil {
				t.Error(err)
			}
			if i%50 == 0 {
				w.server.DropConnections()
			}
			if i%80 == 0 {
				w.server.ExpireWatches()
			}
		}
	})
	for user := range 8 {
		users.Go(func() { useAtRandom(w, ids, rand.New(rand.NewPCG(1, uint64(user)))) })
	}
	users.Wait()
	l := w.live(pods)
	close(stop)
	churn.Wait()
	w.equal(l)
	if err := w.manager.Close(context.Background()); err != nil {
		t.Error(err)
	}
	w.eventually("all watches to be closed", func() bool { return len(w.server.OpenWatches()) == 0 || allZero(w.server.OpenWatches()) })
}

func allZero(counts map[schema.GroupVersionResource]int) bool {
	for _, n := range counts {
		if n != 0 {
			return false
		}
	}
	return true
}

// useAtRandom adds and drops, waits and reads, as a user of the manager may.
func useAtRandom(w *world, ids []Identity, r *rand.Rand) {
	var mine []*Lease
	for range 40 {
		switch r.IntN(5) {
		case 0, 1:
			l, err := w.manager.Add(ids[r.IntN(len(ids))])
			if err != nil {
				w.Error(err)
				return
			}
			mine = append(mine, l)
		case 2:
			if len(mine) > 0 {
				i := r.IntN(len(mine))
				mine[i].Drop()
				mine = append(mine[:i], mine[i+1:]...)
			}
		case 3:
			if len(mine) > 0 {
				l := mine[r.IntN(len(mine))]
				l.Prioritize()
				l.Watch().RetryNow()
				q := l.Watch().Subscribe(1 + r.IntN(10))
				q.TryNext()
				q.Close()
			}
		case 4:
			for _, watch := range w.manager.Watches() {
				_ = watch.State()
			}
		}
	}
	var drops sync.WaitGroup
	for _, l := range mine {
		drops.Go(l.Drop)
		drops.Go(l.Drop)
	}
	drops.Wait()
}

func TestCloseWhileAdding(t *testing.T) {
	w := newWorld(t, 3, apiserver.Options{}, quick())
	var users sync.WaitGroup
	for user := range 4 {
		users.Go(func() {
			for i := range 50 {
				l, err := w.manager.Add(Identity{Cluster: "test", GVR: pods, Namespace: fmt.Sprint(user, i%3)})
				if errors.Is(err, ErrClosed) {
					return
				}
				if i%2 == 0 {
					l.Drop()
				}
			}
		})
	}
	if err := w.manager.Close(context.Background()); err != nil {
		t.Error(err)
	}
	users.Wait()
	if n := len(w.manager.Watches()); n != 0 {
		t.Errorf("%d watches after Close", n)
	}
	w.eventually("all watches to be closed", func() bool { return allZero(w.server.OpenWatches()) })
}

// What was looked at once must not stay before what is looked at now.
func TestUrgencyIsSpentWithTheList(t *testing.T) {
	s := newScript(t, quick())
	w, l := s.add()
	r := s.next()
	l.Prioritize()
	r.say(bookmarkAt("3", true))
	w.phase(l, Live)
	w.eventually("the urgency to end", func() bool { return !l.Watch().urgent.Load() })
}
