package player

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dogwatch/dogwatch/replay/playback"
	"github.com/dogwatch/dogwatch/replay/recording"
)

// shows compares what the player serves with a moment.
func shows(t *testing.T, p *Player, want moment) {
	t.Helper()
	got := map[string]string{}
	for _, def := range p.Store().Types() {
		name := string(recording.NameOf(def.Resource))
		got[name] = def.Kind
		snapshot, err := p.Store().Snapshot(def.Resource, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range snapshot.Range("", "") {
			got[name+" "+o.Name] = fmt.Sprintf("%d %s", o.ResourceVersion, o.Cells)
		}
	}
	if diff := cmp.Diff(want.state, got); diff != "" {
		t.Fatalf("at %s: %s", want.at, diff)
	}
	if now := p.Now(); !now.Equal(want.at) {
		t.Fatalf("it is %s, want %s", now, want.at)
	}
}

func step(t *testing.T, p *Player, to playback.Direction, want error) {
	t.Helper()
	if err := p.Step(t.Context(), to); !errors.Is(err, want) {
		t.Fatalf("step %d: %v, want %v", to, err, want)
	}
}

// Any walk of steps shows what the recording has there, over several changes of one instant and borders of segments.
func TestStepsForthAndBack(t *testing.T) {
	for seed := range uint64(6) {
		rec, moments := stepped(t, seed)
		p, _ := running(t, rec, Options{Paused: true})
		here := 0
		walk := func(to playback.Direction) {
			step(t, p, to, nil)
			here += int(to)
			if showsState(t, p, moments[here]); to == playback.Forward {
				shows(t, p, moments[here])
			}
		}
		for here+1 < len(moments) && !moments[here+1].at.After(start) { // the beginning is after all of its instant
			here++
		}
		for here > 0 {
			walk(playback.Back)
		}
		step(t, p, playback.Back, playback.ErrNoMoment)
		for here < len(moments)-1 {
			walk(playback.Forward)
		}
		step(t, p, playback.Forward, playback.ErrNoMoment)
		random := rand.New(rand.NewPCG(seed, 8))
		for here > 0 {
			if here < len(moments)-1 && random.IntN(5) < 2 {
				walk(playback.Forward)
			} else {
				walk(playback.Back)
			}
		}
		step(t, p, playback.Back, playback.ErrNoMoment)
	}
}

// showsState is shows where the time may be that of a border.
func showsState(t *testing.T, p *Player, want moment) {
	t.Helper()
	want.at = p.Now()
	shows(t, p, want)
}

// From any instant, steps forward and as many back give the states before, also when it was playing.
func TestStepsFromAnyInstant(t *testing.T) {
	for seed := range uint64(5) {
		stepsFromAnyInstant(t, seed)
	}
}

func stepsFromAnyInstant(t *testing.T, seed uint64) {
	t.Helper()
	rec, moments := stepped(t, seed)
	p, _ := running(t, rec, Options{})
	last := moments[len(moments)-1].at
	for when := start; !when.After(last); when = when.Add(500 * time.Millisecond) {
		here := 0
		for here+1 < len(moments) && !moments[here+1].at.After(when) {
			here++
		}
		if err := p.Seek(t.Context(), when); err != nil {
			t.Fatal(err)
		}
		showsState(t, p, moments[here])
		n := min(4, len(moments)-1-here)
		for i := range n {
			step(t, p, playback.Forward, nil)
			showsState(t, p, moments[here+i+1])
		}
		for i := range n {
			step(t, p, playback.Back, nil)
			showsState(t, p, moments[here+n-i-1])
		}
		if n > 0 && !p.State().Paused {
			t.Fatal("a step did not pause")
		}
		if err := p.SetPaused(t.Context(), false); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSeekChange(t *testing.T) {
	for seed := range uint64(4) {
		rec, moments := stepped(t, seed)
		p, _ := running(t, rec, Options{Paused: true})
		object := playback.Object{Resource: pods, Namespace: "shop", Name: "pod-3"}
		var want []moment // where the object is another than in the moment before
		for i, m := range moments {
			if i > 0 && m.state["pods.v1 pod-3"] != moments[i-1].state["pods.v1 pod-3"] {
				want = append(want, m)
			}
		}
		for _, m := range want {
			if err := p.SeekChange(t.Context(), object, playback.Forward); err != nil {
				t.Fatal(err)
			}
			shows(t, p, m)
		}
		noMoment(t, p, object, playback.Forward)
		for _, m := range slices.Backward(want[:max(0, len(want)-1)]) {
			if err := p.SeekChange(t.Context(), object, playback.Back); err != nil {
				t.Fatal(err)
			}
			shows(t, p, m)
		}
		noMoment(t, p, object, playback.Back)
		noMoment(t, p, playback.Object{Resource: pods, Namespace: "shop", Name: "nobody"}, playback.Forward)
	}
}

// A name is found however it is written in JSON.
func TestNamesOfAllKinds(t *testing.T) {
	const name = "system:a&b"
	types := `"types":[{"type":"pods.v1","kind":"Pod","namespaced":true}]`
	for _, written := range []string{`system:a&b`, `system:a\u0026b`} {
		rec := pack(t, `{"dogwatchRecording":1,"at":"2026-11-24T08:00:00Z",`+types+"}\n"+
			`{"at":"2026-11-24T08:00:01Z","event":"ADDED","type":"pods.v1","object":{"metadata":{"namespace":"n","name":"`+written+`","resourceVersion":"7"}}}`+"\n")
		p, _ := running(t, rec, Options{Paused: true})
		of := playback.Object{Resource: pods, Namespace: "n", Name: name}
		if err := p.SeekChange(t.Context(), of, playback.Forward); err != nil || !p.Now().Equal(at(1)) {
			t.Errorf("%s: %v at %s", written, err, p.Now())
		}
	}
}

func noMoment(t *testing.T, p *Player, of playback.Object, to playback.Direction) {
	t.Helper()
	before := p.Now()
	if err := p.SeekChange(t.Context(), of, to); !errors.Is(err, playback.ErrNoMoment) {
		t.Errorf("%v in direction %d: %v", of, to, err)
	}
	if !p.Now().Equal(before) {
		t.Errorf("it went from %s to %s", before, p.Now())
	}
}

func TestSearchesEndWithTheirContext(t *testing.T) {
	p := record(t, 2000, 3000)
	player, _ := running(t, p.Recording, Options{Paused: true})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := search{parts: player.parts, tracker: newTracker(playback.Object{Resource: pods, Namespace: "shop", Name: "nobody"}, player.note), note: player.note}
	if _, err := s.forward(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("search: %v", err)
	}
	if _, err := player.open(ctx, 0, after(1500)); !errors.Is(err, context.Canceled) {
		t.Errorf("open: %v", err)
	}
	if err := player.SeekChange(ctx, playback.Object{Resource: pods, Name: "x"}, playback.Forward); !errors.Is(err, context.Canceled) {
		t.Errorf("move: %v", err)
	}
}

// A seek ends what waits or is under way; the player is then where the seek wanted.
func TestSeekSupersedes(t *testing.T) {
	p := record(t, 60, 7)
	player, _ := running(t, p.Recording, Options{Paused: true})
	busy, done := make(chan struct{}), make(chan error, 1)
	go func() {
		done <- player.move(t.Context(), func(ctx context.Context) error {
			close(busy)
			<-ctx.Done()
			return context.Cause(ctx)
		})
	}()
	<-busy
	if err := player.Seek(t.Context(), at(30)); err != nil {
		t.Fatal(err)
	}
	if err := <-done; !errors.Is(err, playback.ErrSuperseded) {
		t.Errorf("error %v", err)
	}
	if diff := cmp.Diff(p.states[30], contents(t, player.Store())); diff != "" {
		t.Error(diff)
	}
}

// State answers while a long move is under way.
func TestStateWaitsForNothing(t *testing.T) {
	p := record(t, 60, 7)
	player, clock := running(t, p.Recording, Options{})
	err := player.move(t.Context(), func(ctx context.Context) error {
		if err := player.SetSpeed(ctx, 4); err != nil {
			return err
		}
		clock.Step(time.Second)
		if s := player.State(); s.Speed != 4 || s.Paused || !s.Now.Equal(at(4)) {
			t.Errorf("state %+v", s)
		}
		return player.SetPaused(ctx, true)
	})
	if err != nil || !player.State().Paused {
		t.Error(err, player.State())
	}
	eventually(t, "what came before the pause", func() bool { return cmp.Equal(p.states[4], contents(t, player.Store())) })
}

func TestTheEnd(t *testing.T) {
	p := record(t, 10, 7)
	player, clock := running(t, p.Recording, Options{})
	eventually(t, "the player to wait", clock.HasWaiters)
	clock.Step(time.Minute)
	eventually(t, "the end", func() bool { return player.State().Paused })
	if s := player.State(); !s.Now.Equal(at(10)) || !s.End.Equal(at(10)) {
		t.Errorf("it ends at %s of %s", s.Now, s.End)
	}
	step(t, player, playback.Back, nil)
	step(t, player, playback.Forward, nil)
	showsNow(t, player, p.states[9], at(9))
	if err := player.Seek(t.Context(), at(100)); err != nil {
		t.Fatal(err)
	}
	showsNow(t, player, p.states[9], at(10))
	if err := player.SetPaused(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if player.State().Paused {
		t.Error("it does not play")
	}
	showsNow(t, player, p.states[0], at(0))
	clock.Step(time.Second)
	eventually(t, "it to play again", func() bool { return cmp.Equal(p.states[1], contents(t, player.Store())) })
}

func showsNow(t *testing.T, p *Player, state map[string]string, now time.Time) {
	t.Helper()
	if diff := cmp.Diff(state, contents(t, p.Store())); diff != "" || !p.Now().Equal(now) {
		t.Errorf("at %s, want %s: %s", p.Now(), now, diff)
	}
}

// In a gap time goes by, and the last known state is served until the gap is over.
func TestGapIsNotBridged(t *testing.T) {
	var out bytes.Buffer
	types := []recording.Type{{Name: "pods.v1", Kind: "Pod", Namespaced: true}}
	for _, second := range []int{0, 100} {
		w, err := recording.NewWriter(&out)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Begin(recording.Header{At: at(second), Types: types, Objects: 1}); err != nil {
			t.Fatal(err)
		}
		write(t, w, recording.Present, second, "a", fmt.Sprint(second+10))
		write(t, w, recording.Added, second+2, "b", fmt.Sprint(second+12))
		if err := w.Close(at(second + 10)); err != nil {
			t.Fatal(err)
		}
	}
	rec, err := recording.Open(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	player, clock := running(t, rec, Options{})
	eventually(t, "all to be counted", func() bool { return player.State().Counted.Equal(at(110)) })
	clock.Step(50 * time.Second)
	before := map[string]string{"a": "10", "b": "12"}
	eventually(t, "the state before the gap", func() bool { return cmp.Equal(before, contents(t, player.Store())) })
	if gap, ok := player.State().Gap(); !ok || !gap.From.Equal(at(10)) || !gap.To.Equal(at(100)) || gap.Reason == "" {
		t.Errorf("gap %+v, %v", gap, ok)
	}
	clock.Step(50 * time.Second)
	after := map[string]string{"a": "110"}
	eventually(t, "the state after the gap", func() bool { return cmp.Equal(after, contents(t, player.Store())) })
	if gap, ok := player.State().Gap(); ok {
		t.Errorf("gap %+v", gap)
	}
}
