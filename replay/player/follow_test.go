package player

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/replay/apiserver/store"
	"github.com/dogwatch/dogwatch/replay/playback"
	"github.com/dogwatch/dogwatch/replay/recording"
)

// follower is a client of one type: it lists, and watches from there, and lists again where the watch ends. It may rest in
// between.
type follower struct {
	resource schema.GroupVersionResource
	watch    *store.Cursor // nil while it rests
	served   bool
	version  uint64 // that it was told last
	objects  map[string]string
	lists    int
}

func (f *follower) list(t *testing.T, st *store.Store) {
	t.Helper()
	f.objects, f.watch = map[string]string{}, nil
	f.lists++
	now, err := st.Snapshot(f.resource, 0)
	if f.served = !errors.Is(err, store.ErrNotServed); !f.served {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range now.Range("", "") {
		f.objects[o.Name] = fmt.Sprint(o.ResourceVersion)
	}
	f.version = now.ResourceVersion
	if f.watch, err = st.Watch(f.resource, f.version); err != nil {
		t.Fatal(err)
	}
}

// resume watches from where it rested, or lists if it may not.
func (f *follower) resume(t *testing.T, st *store.Store) {
	t.Helper()
	var err error
	if f.served {
		f.watch, err = st.Watch(f.resource, f.version)
	}
	if !f.served || err != nil {
		f.list(t, st)
	}
}

// follow takes in what the watch tells.
func (f *follower) follow(t *testing.T, st *store.Store) {
	t.Helper()
	if f.watch == nil {
		f.resume(t, st)
	}
	if f.watch == nil {
		return
	}
	batch, err := f.watch.Next()
	if err != nil {
		f.list(t, st)
		return
	}
	for _, e := range batch.Events {
		if e.ResourceVersion() <= f.version {
			t.Fatalf("%s: version %d after %d", f.resource.Resource, e.ResourceVersion(), f.version)
		}
		f.version = e.ResourceVersion()
		if f.objects[e.Last.Name] = fmt.Sprint(f.version); e.New == nil {
			delete(f.objects, e.Last.Name)
		}
	}
	f.version = max(f.version, batch.ResourceVersion)
}

// agrees compares what the client has with what is served.
func (f *follower) agrees(t *testing.T, st *store.Store, why string) {
	t.Helper()
	now, err := st.Snapshot(f.resource, 0)
	if errors.Is(err, store.ErrNotServed) {
		return
	}
	want := map[string]string{}
	for _, o := range now.Range("", "") {
		want[o.Name] = fmt.Sprint(o.ResourceVersion)
	}
	if diff := cmp.Diff(want, f.objects); diff != "" {
		t.Fatalf("%s, %s: %s", why, f.resource.Resource, diff)
	}
}

// pages compares the state that a list gave with what one who reads on page by page is given of it, if anything.
func (f *follower) pages(t *testing.T, st *store.Store, why string) {
	t.Helper()
	now, err := st.Snapshot(f.resource, f.version)
	if err != nil || !f.served {
		return // it is told that its state is gone
	}
	for _, o := range now.Range("", "") {
		if f.objects[o.Name] != fmt.Sprint(o.ResourceVersion) {
			t.Fatalf("%s, %s at %d: the rest has %s at %d, the list %v", why, f.resource.Resource, f.version, o.Name, o.ResourceVersion, f.objects)
		}
	}
}

// Clients hold what is served after any walk through a recording, also those who rest between list and watch, or two pages.
func TestClientsFollowAnyWalk(t *testing.T) {
	for seed := range uint64(40) {
		rec, moments := stepped(t, seed)
		p, _ := running(t, rec, Options{Paused: true})
		random := rand.New(rand.NewPCG(seed, 9))
		var clients []*follower
		for _, name := range []string{"pods.v1", "gauges.v1.acme.io"} {
			resource, err := recording.TypeName(name).Resource()
			if err != nil {
				t.Fatal(err)
			}
			clients = append(clients, &follower{resource: resource}, &follower{resource: resource})
		}
		for n := range 60 {
			why := wander(t, p, random, moments)
			for i, f := range clients {
				if resting := i%2 == 1; resting && f.lists > 0 {
					f.watch = nil
					f.pages(t, p.Store(), why)
				}
				f.follow(t, p.Store())
				f.agrees(t, p.Store(), fmt.Sprintf("recording %d, move %d, %s", seed, n, why))
			}
		}
	}
}

// wander makes a move of some kind.
func wander(t *testing.T, p *Player, random *rand.Rand, moments []moment) string {
	t.Helper()
	var err error
	var why string
	switch n := random.IntN(10); {
	case n < 5:
		why, err = "back", p.Step(t.Context(), playback.Back)
	case n < 8:
		why, err = "forward", p.Step(t.Context(), playback.Forward)
	default:
		to := moments[random.IntN(len(moments))].at
		why, err = fmt.Sprint("to ", to.Sub(start)), p.Seek(t.Context(), to)
	}
	if err != nil && !errors.Is(err, playback.ErrNoMoment) {
		t.Fatal(err)
	}
	return why
}

// A step back ends the watches of the type that it is about, and no others.
func TestAStepBackIsOneTypesList(t *testing.T) {
	header := `{"dogwatchRecording":1,"at":"2026-11-24T08:00:00Z","types":[` +
		`{"type":"pods.v1","kind":"Pod","namespaced":true},{"type":"nodes.v1","kind":"Node"}]}` + "\n"
	line := func(second int, kind, of string, version int) string {
		return fmt.Sprintf(`{"at":%q,"event":%q,"type":%q,"object":{"metadata":{%s"resourceVersion":"%d"}}}`+"\n",
			at(second).Format(time.RFC3339), kind, of, map[string]string{"pods.v1": `"namespace":"n","name":"a",`, "nodes.v1": `"name":"b",`}[of], version)
	}
	rec := pack(t, header+line(0, "PRESENT", "nodes.v1", 5)+line(1, "ADDED", "pods.v1", 10)+line(2, "MODIFIED", "nodes.v1", 11)+
		line(3, "MODIFIED", "pods.v1", 12)+line(4, "MODIFIED", "nodes.v1", 13))
	p, _ := running(t, rec, Options{At: at(3), Paused: true})
	nodes := &follower{resource: schema.GroupVersionResource{Version: "v1", Resource: "nodes"}}
	of := &follower{resource: pods}
	both := []*follower{nodes, of}
	for _, f := range both {
		f.list(t, p.Store())
	}
	step(t, p, playback.Back, nil)
	for _, f := range both {
		f.follow(t, p.Store())
	}
	if nodes.lists != 1 || of.lists != 2 {
		t.Errorf("nodes were listed %d times, pods %d", nodes.lists, of.lists)
	}
	for range 2 {
		step(t, p, playback.Forward, nil)
		for _, f := range both {
			f.follow(t, p.Store())
		}
	}
	if nodes.lists != 1 || of.lists != 2 {
		t.Errorf("then nodes were listed %d times, pods %d", nodes.lists, of.lists)
	}
	if !maps.Equal(nodes.objects, map[string]string{"b": "13"}) || !maps.Equal(of.objects, map[string]string{"a": "12"}) {
		t.Errorf("nodes %v, pods %v", nodes.objects, of.objects)
	}
}

// A state has the version of the last change, also if that was a deletion: so it is no other's.
func TestDeletionsHaveVersions(t *testing.T) {
	rec := recordedPods(t, 5, func(w *recording.Writer) {
		write(t, w, recording.Added, 1, "a", "10")
		write(t, w, recording.Added, 2, "b", "11")
		write(t, w, recording.Deleted, 3, "b", "12")
		write(t, w, recording.Modified, 4, "a", "13")
	})
	p, _ := running(t, rec, Options{At: at(5), Paused: true})
	for _, want := range []uint64{13, 12, 11, 10} {
		if now, err := p.Store().Snapshot(pods, 0); err != nil || now.ResourceVersion != want {
			t.Errorf("at %s: %+v, %v, want version %d", p.Now(), now, err, want)
		}
		step(t, p, playback.Back, nil)
	}
}
