package workspace_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/timeline"
	"github.com/dogwatch/dogwatch/model/versions"
	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/replay/playback"
	"github.com/dogwatch/dogwatch/workspace"
)

func newRewindBench(t *testing.T) *changes {
	c := changesOfPod(newBench(t, apiserver.Options{}, workspace.Options{AllNamespaces: true, History: timeline.New(1 << 20)}))
	c.mustOpen("pods")
	c.await("the watch is live", live)
	c.begin()
	return c
}

// rows are the versions of what the first tab shows, which is awaited to be all that its watch has.
func (c *changes) rows() map[model.Key]string {
	c.t.Helper()
	rows := map[model.Key]string{}
	c.await("the view has all rows", func(s workspace.Snapshot) bool {
		clear(rows)
		tab := s.Tabs[0]
		if tab.View == nil {
			return false
		}
		w := tab.View.Window(0, 1000)
		for _, r := range w.Rows {
			if r.Mark != model.Gone {
				rows[r.Object.Key] = r.Object.ResourceVersion
			}
		}
		return w.Total == tab.Sources[0].Count && len(rows) == w.Total && c.sameAsStore(rows)
	})
	return rows
}

// sameAsStore tells whether rows are the newest that the watch of the past or the present has.
func (c *changes) sameAsStore(rows map[model.Key]string) bool {
	if c.ws.Snapshot().IsPast {
		return true
	}
	for _, w := range c.ws.Watches() {
		for key, version := range rows {
			if o, ok := w.Watch.Store().Get(key); !ok || o.ResourceVersion != version {
				return false
			}
		}
	}
	return true
}

// What was seen at a moment is what the past shows of it, wherever one comes from, while the watch goes on.
func TestThePastIsAsItWas(t *testing.T) {
	c := newRewindBench(t)
	type seen struct {
		at   time.Time
		rows map[model.Key]string
	}
	var all []seen
	for range 12 {
		before := len(c.remembered())
		c.make()
		c.await("the change is remembered", func(s workspace.Snapshot) bool { return s.History.Changes > before })
		all = append(all, seen{c.remembered()[before].At, c.rows()})
	}
	past, err := c.ws.BeginRewind(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if again, err := c.ws.BeginRewind(t.Context()); again != past || err != nil {
		t.Errorf("begun twice it is another one: %v", err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 30 {
		i := random.IntN(len(all))
		if err := past.Seek(t.Context(), all[i].at); err != nil {
			t.Fatal(err)
		}
		c.await(fmt.Sprintf("the rows are those of moment %d", i), func(workspace.Snapshot) bool { return reflect.DeepEqual(c.rows(), all[i].rows) })
		if now := past.State().Now; now.Sub(all[i].at).Abs() > time.Microsecond {
			t.Errorf("it is %s, not %s", now, all[i].at)
		}
		if random.IntN(3) == 0 {
			c.make() // the watch goes on
		}
	}
	if !c.ws.Snapshot().IsPast {
		t.Error("the snapshot does not say that it is of the past")
	}
	c.ws.EndRewind()
	c.await("the rows are those of the present", func(s workspace.Snapshot) bool {
		o, ok := c.ws.Watches()[0].Watch.Store().Get(model.Key{Namespace: "default", Name: "web"})
		return ok && !s.IsPast && c.rows()[o.Key] == o.ResourceVersion && o.Labels.Get("n") == fmt.Sprint(c.n)
	})
}

// An object says why it is not well, of now or of the moment that is shown.
func TestAnObjectSaysHowItIs(t *testing.T) {
	c := newRewindBench(t)
	put := func(uid, reason string) time.Time {
		t.Helper()
		return c.remember(pods, fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"namespace":"shop","name":"api","uid":%q},"status":{"phase":"Failed","reason":%q,"message":"it is"}}`, uid, reason))
	}
	evicted := put("p", "Evicted")
	put("p", "NodeLost")
	of := versions.Object{Cluster: c.ws.Snapshot().Context, GVR: pods, Key: model.Key{Namespace: "shop", Name: "api"}, UID: "p"}
	says := func(of versions.Object, want string) {
		t.Helper()
		is, known := c.ws.Explain(of, "Pod")
		if got := is.Reason + ": " + is.Message; known != (want != "") || known && got != want {
			t.Errorf("it says %q (%v), want %q", got, known, want)
		}
	}
	says(of, "NodeLost: ")
	other := of
	other.UID = "another"
	says(other, "")
	past, err := c.ws.BeginRewind(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[time.Time]string{past.State().End: "NodeLost: ", evicted: "Evicted: ", evicted.Add(-time.Microsecond): ""} {
		if err := past.Seek(t.Context(), at); err != nil {
			t.Fatal(err)
		}
		says(of, want)
	}
}

func TestThePastIsSteered(t *testing.T) {
	c := newRewindBench(t)
	for range 3 {
		c.make()
	}
	changes := c.remembered()
	past, err := c.ws.BeginRewind(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	s := past.State()
	if !s.Paused || !s.Now.Equal(s.End) || s.Speed != 1 {
		t.Errorf("it begins as %+v", s)
	}
	last := changes[len(changes)-1].At
	steps := []struct {
		do   func() error
		want time.Time
	}{
		{func() error { return past.Step(ctx, playback.Back) }, last.Add(-time.Microsecond)},
		{func() error { return past.Step(ctx, playback.Forward) }, last},
		{func() error {
			return past.SeekChange(ctx, playback.Object{Resource: pods, Namespace: "default", Name: "web"}, playback.Back)
		}, changes[len(changes)-2].At},
		{func() error { return past.Seek(ctx, time.Time{}) }, s.Begin},
		{func() error { return past.Seek(ctx, s.End.Add(time.Hour)) }, s.End},
	}
	for i, step := range steps {
		if err := step.do(); err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
		if now := past.State().Now; !now.Equal(step.want) {
			t.Errorf("step %d leads to %s, want %s", i, now, step.want)
		}
	}
	if err := past.Step(ctx, playback.Forward); !errors.Is(err, playback.ErrNoMoment) {
		t.Errorf("beyond the end: %v", err)
	}
	if err := past.SetSpeed(ctx, 1000); err != nil || past.State().Speed != playback.MaxSpeed {
		t.Errorf("the speed is %v, %v", past.State().Speed, err)
	}
	if err := past.SetPaused(ctx, false); err != nil { // from the beginning
		t.Fatal(err)
	}
	c.await("it has played to its end", func(workspace.Snapshot) bool {
		s := past.State()
		return s.Paused && s.Now.Equal(s.End)
	})
	c.await("all changes are counted", func(workspace.Snapshot) bool {
		n := uint32(0)
		for _, count := range past.State().Density {
			n += count
		}
		return int(n) == len(changes) && past.State().Counted.Equal(s.End)
	})
}

// The past does not say that it is live where a watch was not, nor show what was not watched.
func TestThePastSaysWhatIsNotKnown(t *testing.T) {
	c := newRewindBench(t)
	before := time.Now()
	c.server.SetFaults(func(r *http.Request) *apiserver.Fault {
		if strings.HasSuffix(r.URL.Path, "/pods") {
			return &apiserver.Fault{Status: http.StatusServiceUnavailable}
		}
		return nil
	})
	c.server.DropConnections()
	phase := func(s workspace.Snapshot) informers.State { return s.Tabs[0].Sources[0].State }
	c.await("the watch is not live", func(s workspace.Snapshot) bool { return phase(s).Phase == informers.Retrying })
	broken := time.Now()
	c.make()
	c.server.SetFaults(nil)
	c.ws.RetryNow()
	c.await("the watch is live again", live)
	c.remembered()
	c.mustOpen("nodes")
	c.await("the nodes are live", live)
	c.make()
	c.remembered()

	past, err := c.ws.BeginRewind(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	at := func(at time.Time) workspace.Snapshot {
		if err := past.Seek(t.Context(), at); err != nil {
			t.Fatal(err)
		}
		return c.ws.Snapshot()
	}
	if s := phase(at(past.State().End)); s.Phase != informers.Live {
		t.Errorf("at the end: %+v", s)
	}
	s := at(broken)
	if s := phase(s); s.Phase != informers.Stale || s.LastHeard.Before(before.Add(-time.Minute)) || s.LastHeard.After(broken) || !s.Synced {
		t.Errorf("while it was broken: %+v", s)
	}
	nodes := s.Tabs[1].Sources[0]
	if nodes.State.Phase != informers.Stale || nodes.State.Synced || nodes.State.Reason == "" || nodes.Count != 0 {
		t.Errorf("nodes before they were watched: %+v", nodes)
	}
	c.await("rows that are not known are not shown", func(s workspace.Snapshot) bool { return s.Tabs[1].View.Window(0, 10).Len == 0 })
	if n := len(past.State().Gaps); n < 2 {
		t.Errorf("the line of the time has %d gaps", n)
	}
	at(past.State().End)
	c.await("the nodes are back", func(s workspace.Snapshot) bool { return s.Tabs[1].View.Window(0, 10).Len > 0 })
}

// Where nothing was known of Events at a moment, another watch of them is asked that knew them, and else it is said why.
func TestEventsOfThePastSayWhatIsNotKnown(t *testing.T) {
	c := newRewindBench(t)
	c.serveEvents(coreEvents, "involvedObject")
	early := c.remember(pods, `{"apiVersion":"v1","kind":"Pod","metadata":{"namespace":"default","name":"other","uid":"o"}}`)
	event := func(name string) time.Time {
		t.Helper()
		return c.remember(coreEvents, fmt.Sprintf(`{"apiVersion":"v1","kind":"Event","metadata":{"namespace":"default","name":%q},"involvedObject":{"kind":"Pod","namespace":"default","name":"web"}}`, name))
	}
	c.mustOpen("events")
	c.await("all Events are live", live)
	one := event("one")
	// The watch of a namespace comes first, and knows nothing of what was before.
	if _, err := c.ws.Open(workspace.Target{Types: []string{"events"}, Namespace: "default"}); err != nil {
		t.Fatal(err)
	}
	c.await("the Events of a namespace are live", live)
	two := event("two")

	past, err := c.ws.BeginRewind(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	e, err := c.ws.WatchEvents(c.web(), "Pod")
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for _, moment := range []struct {
		at    time.Time
		phase informers.Phase
		n     int
	}{{two, informers.Live, 2}, {one, informers.Live, 1}, {early, informers.Stale, 0}, {two, informers.Live, 2}} {
		before := e.Version()
		if err := past.Seek(t.Context(), moment.at); err != nil {
			t.Fatal(err)
		}
		all, err := e.Read()
		if s := e.State(); err != nil || s.Phase != moment.phase || s.Phase != informers.Live && s.Reason != "its watch began later" || len(all) != moment.n || e.Version() == before {
			t.Errorf("at %s there are %d Events, and it is %+v (%v); want %+v", moment.at, len(all), s, err, moment)
		}
	}
}

func TestThePastAsksTheServerNothing(t *testing.T) {
	c := newRewindBench(t)
	id := c.ws.Snapshot().Tabs[0].ID
	row := model.RowID{Key: model.Key{Namespace: "default", Name: "web"}}
	if _, err := c.ws.Fetch(t.Context(), id, row); err != nil {
		t.Fatal(err)
	}
	if _, err := c.ws.BeginRewind(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := c.ws.Fetch(t.Context(), id, row); err == nil {
		t.Error("it shows the present object in the past")
	}
	if _, err := c.ws.Reveal(t.Context(), id, row); err == nil {
		t.Error("it reveals the present object in the past")
	}
	c.mustOpen("nodes")
	c.await("a tab that was opened later says that it has no past", func(s workspace.Snapshot) bool {
		return len(s.Tabs) == 2 && s.Tabs[1].View == nil && s.Tabs[1].Problem != ""
	})
}

func TestWithoutHistoryThereIsNoPast(t *testing.T) {
	b := newBench(t, apiserver.Options{}, workspace.Options{})
	if _, err := b.ws.BeginRewind(t.Context()); !errors.Is(err, workspace.ErrNoHistory) {
		t.Errorf("the error is %v", err)
	}
	b.ws.EndRewind() // of none is nothing
}

// remember puts an object until the history takes it for a change, and tells when that was: what a watch brings before the history
// follows it is its first state.
func (c *changes) remember(gvr schema.GroupVersionResource, object string) time.Time {
	c.t.Helper()
	var of struct {
		Metadata struct{ Namespace, Name string }
	}
	if err := json.Unmarshal([]byte(object), &of); err != nil {
		c.t.Fatal(err)
	}
	key := model.Key{Namespace: of.Metadata.Namespace, Name: of.Metadata.Name}
	const again = 150 // polls
	n, polls := c.changesOf(key), 0
	c.await("the change is remembered", func(workspace.Snapshot) bool {
		if c.changesOf(key) > n { // those of others may come late
			return true
		}
		if polls%again == 0 {
			c.put(gvr, object)
		}
		polls++
		return false
	})
	return c.last()
}

// changesOf is how many changes of objects of that name are remembered.
func (c *changes) changesOf(key model.Key) (n int) {
	for r := range c.ws.Timeline().Backward(timeline.Newest, timeline.Filter{}) {
		if r.Key == key {
			n++
		}
	}
	return n
}

// last is when the last change was heard of.
func (c *changes) last() time.Time {
	c.t.Helper()
	for r := range c.ws.Timeline().Backward(timeline.Newest, timeline.Filter{}) {
		return r.At
	}
	c.t.Fatal("nothing is remembered")
	return time.Time{}
}

// What may not be read is told as that in the past, too, not as a watch that is late.
func TestWhatIsForbiddenIsSoInThePast(t *testing.T) {
	noNodes := func(_, _ string, resource schema.GroupVersionResource, _ string) bool {
		return resource.Resource != "nodes"
	}
	b := newBench(t, apiserver.Options{Policy: noNodes}, workspace.Options{AllNamespaces: true, History: timeline.New(1 << 20)})
	b.mustOpen("pods")
	b.mustOpen("nodes")
	isForbidden := func(s workspace.Snapshot) bool {
		return len(s.Tabs) == 2 && len(s.Tabs[1].Sources) == 1 && s.Tabs[1].Sources[0].State.Phase == informers.Forbidden
	}
	b.await("nodes are forbidden", isForbidden)
	if _, err := b.ws.BeginRewind(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.await("nodes are forbidden in the past, which is not asked again", func(s workspace.Snapshot) bool {
		return s.IsPast && isForbidden(s) && s.Tabs[1].Sources[0].State.NextTry.IsZero()
	})
}
