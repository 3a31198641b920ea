package player

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/dogwatch/dogwatch/replay/apiserver/store"
	"github.com/dogwatch/dogwatch/replay/playback"
	"github.com/dogwatch/dogwatch/replay/recording"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	start = time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	pods  = schema.GroupVersionResource{Version: "v1", Resource: "pods"}
)

func at(second int) time.Time { return start.Add(time.Duration(second) * time.Second) }

// past is a recording and what was present after each of its seconds.
type past struct {
	*recording.Recording
	states []map[string]string
}

// record makes a recording of random changes, one a second, in segments.
func record(t *testing.T, seconds, perSegment int) past {
	t.Helper()
	var out bytes.Buffer
	w, err := recording.NewWriter(&out)
	if err != nil {
		t.Fatal(err)
	}
	types := []recording.Type{{Name: "pods.v1", Kind: "Pod", Namespaced: true, Verbs: []string{"get", "list", "watch", "create"}}}
	random := rand.New(rand.NewPCG(1, 2))
	present := map[string]string{}
	var p past
	for second := range seconds {
		if second%perSegment == 0 {
			err := w.Begin(recording.Header{At: at(second), Types: types, Objects: len(present), Continues: second > 0})
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range slices.Sorted(maps.Keys(present)) {
				write(t, w, recording.Present, second, name, present[name])
			}
		}
		name := fmt.Sprintf("pod-%d", random.IntN(8))
		version := fmt.Sprint(second + 10)
		switch _, ok := present[name]; {
		case !ok:
			write(t, w, recording.Added, second, name, version)
			present[name] = version
		case random.IntN(3) == 0:
			write(t, w, recording.Deleted, second, name, version)
			delete(present, name)
		default:
			write(t, w, recording.Modified, second, name, version)
			present[name] = version
		}
		p.states = append(p.states, maps.Clone(present))
	}
	if err := w.Close(at(seconds)); err != nil {
		t.Fatal(err)
	}
	if p.Recording, err = recording.Open(bytes.NewReader(out.Bytes()), int64(out.Len())); err != nil {
		t.Fatal(err)
	}
	return p
}

func write(t *testing.T, w *recording.Writer, kind recording.Kind, second int, name, version string) {
	t.Helper()
	object := fmt.Sprintf(`{"metadata":{"namespace":"shop","name":%q,"resourceVersion":%q}}`, name, version)
	if err := w.Write(recording.Entry{At: at(second), Kind: kind, Type: "pods.v1", Object: jsontext.Value(object)}); err != nil {
		t.Fatal(err)
	}
}

// recordedPods is a recording that begins without pods at second 0; what tell writes follows, up to its end.
func recordedPods(t *testing.T, end int, tell func(*recording.Writer)) *recording.Recording {
	t.Helper()
	var out bytes.Buffer
	w, err := recording.NewWriter(&out)
	if err != nil {
		t.Fatal(err)
	}
	types := []recording.Type{{Name: "pods.v1", Kind: "Pod", Namespaced: true}}
	if err := w.Begin(recording.Header{At: at(0), Types: types}); err != nil {
		t.Fatal(err)
	}
	tell(w)
	if err := w.Close(at(end)); err != nil {
		t.Fatal(err)
	}
	rec, err := recording.Open(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

// watching watches the pods from now on.
func watching(t *testing.T, p *Player) *store.Cursor {
	t.Helper()
	now, err := p.Store().Snapshot(pods, 0)
	if err != nil {
		t.Fatal(err)
	}
	cursor, err := p.Store().Watch(pods, now.ResourceVersion)
	if err != nil {
		t.Fatal(err)
	}
	return cursor
}

func expired(c *store.Cursor) bool {
	var expired *store.ExpiredError
	_, err := c.Next()
	return errors.As(err, &expired)
}

func contents(t *testing.T, st *store.Store) map[string]string {
	t.Helper()
	snapshot, err := st.Snapshot(pods, 0)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, o := range snapshot.Range("", "") {
		all[o.Name] = fmt.Sprint(o.ResourceVersion)
	}
	return all
}

func TestAnyInstantIsThatOfTheRecording(t *testing.T) {
	p := record(t, 60, 7)
	for _, second := range []int{0, 1, 6, 7, 8, 30, 41, 42, 59} {
		player, err := New(p.Recording, Options{At: at(second), Paused: true})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(p.states[second], contents(t, player.Store())); diff != "" {
			t.Errorf("second %d: %s", second, diff)
		}
		if !player.Now().Equal(at(second)) {
			t.Errorf("it is %s at second %d", player.Now(), second)
		}
		player.close()
	}
}

// running runs a player with a clock that the test turns.
func running(t *testing.T, rec *recording.Recording, opts Options) (*Player, *clocktesting.FakeClock) {
	t.Helper()
	clock := clocktesting.NewFakeClock(time.Now())
	opts.Clock = clock
	p, err := New(rec, opts)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() { p.Run(ctx) })
	t.Cleanup(func() { cancel(); done.Wait() })
	return p, clock
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	late := time.After(60 * time.Second)
	for !holds() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

func TestPlayingGoesThroughEveryState(t *testing.T) {
	p := record(t, 30, 7)
	player, clock := running(t, p.Recording, Options{})
	cursor := watching(t, player)
	for second := 1; second < 30; second++ {
		eventually(t, "the player to wait", clock.HasWaiters)
		clock.Step(time.Second)
		eventually(t, fmt.Sprintf("second %d", second), func() bool {
			return cmp.Equal(p.states[second], contents(t, player.Store()))
		})
	}
	if batch, err := cursor.Next(); err != nil || len(batch.Events) != 29 {
		t.Errorf("while nobody sought: %d events, %v", len(batch.Events), err)
	}
}

func TestSpeedAndPause(t *testing.T) {
	p := record(t, 60, 7)
	player, clock := running(t, p.Recording, Options{})
	ctx := t.Context()
	if err := player.SetSpeed(ctx, 8); err != nil {
		t.Fatal(err)
	}
	clock.Step(2 * time.Second)
	if got := player.Now().Sub(start); got != 16*time.Second {
		t.Errorf("after 2 s at speed 8 it is %s", got)
	}
	if err := player.SetPaused(ctx, true); err != nil {
		t.Fatal(err)
	}
	clock.Step(time.Minute)
	if got := player.Now().Sub(start); got != 16*time.Second {
		t.Errorf("after a pause it is %s", got)
	}
	if err := player.SetSpeed(ctx, 1000); err != nil {
		t.Fatal(err)
	}
	if got := player.State().Speed; got != playback.MaxSpeed {
		t.Errorf("speed %v", got)
	}
}

func TestSeekForthAndBack(t *testing.T) {
	p := record(t, 60, 7)
	player, _ := running(t, p.Recording, Options{Paused: true})
	for _, second := range []int{50, 3, 21, 20, 59, 0} {
		cursor := watching(t, player)
		if err := player.Seek(t.Context(), at(second)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(p.states[second], contents(t, player.Store())); diff != "" {
			t.Errorf("second %d: %s", second, diff)
		}
		if !expired(cursor) {
			t.Errorf("a watch goes on at second %d", second)
		}
	}
	if err := player.Seek(t.Context(), start.Add(-time.Hour)); err != nil || !player.Now().Equal(start) {
		t.Errorf("before the beginning it is %s, %v", player.Now(), err)
	}
}

func TestLoop(t *testing.T) {
	p := record(t, 5, 7)
	player, clock := running(t, p.Recording, Options{Loop: true})
	cursor := watching(t, player)
	eventually(t, "the player to wait", clock.HasWaiters)
	clock.Step(5 * time.Second)
	eventually(t, "the beginning again", func() bool { return expired(cursor) })
	if got := contents(t, player.Store()); !cmp.Equal(p.states[0], got) {
		t.Errorf("the beginning is %v", got)
	}
}

// Who asks for the end is to see it, also where playing begins anew at the end.
func TestTheEndOfALoop(t *testing.T) {
	p := record(t, 5, 7)
	stays := func(player *Player) {
		t.Helper()
		// A move is run between two looks at what there is to play.
		if err := player.move(t.Context(), func(context.Context) error { return nil }); err != nil {
			t.Fatal(err)
		}
		if !player.State().Paused {
			t.Error("it plays on")
		}
		showsNow(t, player, p.states[4], at(5))
	}
	player, clock := running(t, p.Recording, Options{Loop: true})
	for _, second := range []int{5, 100} {
		if err := player.Seek(t.Context(), at(second)); err != nil {
			t.Fatal(err)
		}
		clock.Step(time.Second)
		stays(player)
		if err := player.SetPaused(t.Context(), false); err != nil {
			t.Fatal(err)
		}
		showsNow(t, player, p.states[0], at(0))
	}
	player, _ = running(t, p.Recording, Options{Loop: true, At: at(100)})
	stays(player)
}

// Versions that go back, as after a list, make clients list instead of being lost.
func TestChangesOutOfOrder(t *testing.T) {
	rec := recordedPods(t, 2, func(w *recording.Writer) {
		write(t, w, recording.Added, 1, "a", "20")
		write(t, w, recording.Added, 1, "b", "15")
	})
	player, clock := running(t, rec, Options{})
	eventually(t, "the player to wait", clock.HasWaiters)
	clock.Step(time.Second)
	eventually(t, "both", func() bool { return cmp.Equal(map[string]string{"a": "20", "b": "15"}, contents(t, player.Store())) })
}

// Where versions go back again and again, as where several watches see a type, clients do not list each time.
func TestChangesOutOfOrderTakeTurns(t *testing.T) {
	rec := recordedPods(t, 60, func(w *recording.Writer) {
		write(t, w, recording.Added, 0, "a", "100")
		for second := 1; second < 6; second++ {
			write(t, w, recording.Added, second, fmt.Sprint("late-", second), fmt.Sprint(100-second))
		}
	})
	player, clock := running(t, rec, Options{})
	if err := player.SetSpeed(t.Context(), 4); err != nil {
		t.Fatal(err)
	}
	next := func(want int) {
		eventually(t, "the player to wait", clock.HasWaiters)
		clock.Step(time.Second / 4)
		// A command is run between two changes: those that are due are played then.
		if err := player.move(t.Context(), func(context.Context) error { return nil }); err != nil {
			t.Fatal(err)
		}
		eventually(t, fmt.Sprint(want, " pods"), func() bool { return len(contents(t, player.Store())) == want })
	}
	next(2) // the first is taken in at once
	for range 3 {
		next(2)
	}
	next(6)
	if err := player.SetPaused(t.Context(), true); err != nil {
		t.Fatal(err)
	}
}

// A recorder begins a segment also because it came to know more, such as a type whose list took long.
func TestASegmentThatKnowsMore(t *testing.T) {
	var out bytes.Buffer
	w, err := recording.NewWriter(&out)
	if err != nil {
		t.Fatal(err)
	}
	types := []recording.Type{{Name: "pods.v1", Kind: "Pod", Namespaced: true}}
	if err := w.Begin(recording.Header{At: at(0), Types: types, Objects: 1}); err != nil {
		t.Fatal(err)
	}
	write(t, w, recording.Present, 0, "a", "20")
	if err := w.Begin(recording.Header{At: at(1), Types: types, Objects: 2, Continues: true}); err != nil {
		t.Fatal(err)
	}
	write(t, w, recording.Present, 1, "a", "20")
	write(t, w, recording.Present, 1, "b", "15")
	write(t, w, recording.Added, 2, "c", "30")
	if err := w.Close(at(3)); err != nil {
		t.Fatal(err)
	}
	rec, err := recording.Open(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	player, clock := running(t, rec, Options{})
	eventually(t, "the player to wait", clock.HasWaiters)
	clock.Step(2 * time.Second)
	want := map[string]string{"a": "20", "b": "15", "c": "30"}
	eventually(t, "all three", func() bool { return cmp.Equal(want, contents(t, player.Store())) })
}

func TestNothingToPlay(t *testing.T) {
	if _, err := New(&recording.Recording{}, Options{}); err == nil || !strings.Contains(err.Error(), "empty") {
		t.Errorf("error %v", err)
	}
}
