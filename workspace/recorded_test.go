package workspace_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dogwatch/dogwatch/demo"
	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/model/timeline"
	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/replay/playback"
	"github.com/dogwatch/dogwatch/replay/player"
	"github.com/dogwatch/dogwatch/replay/recording"
	"github.com/dogwatch/dogwatch/workspace"
)

// played is a workspace on a recording.
type played struct {
	*bench
	*player.Player
	// steps is the time that is told while it is gone through change by change.
	steps atomic.Pointer[time.Time]
	// scopes are of how many watches it was told last.
	scopes atomic.Int64
}

// Retell tells what a part does, and remembers of how many watches.
func (p *played) Retell(part int, scopes []playback.Scope) iter.Seq[playback.Told] {
	p.scopes.Store(int64(len(scopes)))
	return p.Player.Retell(part, scopes)
}

// play opens a recording. The history is of the recording, or, if watched, of what the watches tell.
func play(t *testing.T, rec *recording.Recording, at time.Time, opts workspace.Options, watched bool) *played {
	t.Helper()
	p, err := player.New(rec, player.Options{At: at, Paused: true})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var running sync.WaitGroup
	running.Go(func() { p.Run(ctx) })
	t.Cleanup(func() { cancel(); running.Wait() })
	d := &played{Player: p}
	opts.HistoryNow = p.Now
	if watched {
		begin := p.Now()
		d.steps.Store(&begin)
		opts.HistoryNow = func() time.Time { return *d.steps.Load() }
	}
	if opts.History == nil {
		opts.History = timeline.New(16 << 20)
	}
	if !watched {
		opts.Recorded = d
	}
	watching := informers.Options{
		Now: opts.HistoryNow, ForgetGone: true, Backoff: informers.Backoff{Initial: 10 * time.Millisecond, Max: 100 * time.Millisecond},
	}
	d.bench = newBenchOf(t, p.Store(), apiserver.Options{Now: opts.HistoryNow}, watching, opts)
	return d
}

// age is one within a cell, which is of the moment at which the cell was printed: where a part begins all are printed anew.
var age = regexp.MustCompile(`\(\w+ ago\)`)

// now are the changes that are remembered, in words.
func (p *played) now() []string {
	var all []string
	for r := range p.ws.Timeline().Forward(0, timeline.Filter{}) {
		all = append(all, p.words(&r))
	}
	return all
}

func (p *played) words(r *timeline.Record) string {
	source, _ := p.ws.Timeline().Source(r.Source)
	text := fmt.Sprintf("%s %s %s %s %d %s -> %s by %v", r.At.UTC().Format("15:04:05.000000"), source.GVR.Resource, r.Key, r.UID, r.Type, r.Old, r.New, r.By)
	for _, f := range r.Fields {
		text += fmt.Sprintf("; %s: %s -> %s by %v", f.Path, f.Old, f.New, f.By)
	}
	for _, c := range r.Cells {
		text += fmt.Sprintf("; cell %d: %s -> %s", c.Column, age.ReplaceAllString(c.Old, ""), age.ReplaceAllString(c.New, ""))
	}
	if text2, ok, err := p.ws.Timeline().Last(r.Seq); ok || err != nil {
		text += fmt.Sprintf("; last %s %v", text2, err)
	}
	return text
}

// isRead tells whether all of the recording is read up to its place.
func (p *played) isRead() bool { s := p.ws.Snapshot(); return live(s) && !s.History.Reading }

// remembers awaits that just these changes are remembered.
func (p *played) remembers(what string, want []string) {
	p.t.Helper()
	patience := time.After(5 * time.Minute) // all that is read takes long with the race detector on a machine that has other things to do
	for !p.isRead() || p.ws.Timeline().Len() != len(want) {
		select {
		case <-p.changed:
		case <-time.After(20 * time.Millisecond):
		case <-patience:
			h := p.ws.Snapshot().History
			p.t.Fatalf("%s: %d changes are remembered, not %d, at %s; live is %v: %+v", what, p.ws.Timeline().Len(), len(want), p.Now().UTC(), live(p.ws.Snapshot()), h)
		}
	}
	if diff := cmp.Diff(want, p.now()); diff != "" {
		p.t.Fatalf("%s: what is remembered at %s (-want +got):\n%s", what, p.Now().UTC().Format("15:04:05.000000"), diff)
	}
}

// upTo are those of all changes that happened until a moment.
func upTo(all []string, at time.Time) []string {
	moment := at.UTC().Format("15:04:05.000000")
	n, _ := slices.BinarySearchFunc(all, moment, func(line, moment string) int {
		if line[:len(moment)] <= moment {
			return -1
		}
		return 1
	})
	return slices.Clone(all[:n])
}

// What is remembered of a recording is what its watches tell of it where it is gone through change by change, also of a part of a type's
// objects.
func TestARecordingIsRememberedAsItsWatchesTellIt(t *testing.T) {
	for name, opts := range map[string]workspace.Options{
		"all": {AllNamespaces: true}, "one namespace": {Namespace: "shop"}, "labels": {AllNamespaces: true, LabelSelector: "odd=1"},
	} {
		t.Run(name, func(t *testing.T) {
			rec, changes := tell(t, 5, 3, 15, false)
			w := play(t, rec, time.Time{}, opts, true)
			w.mustOpen("pods")
			w.mustOpen("secrets", "nodes")
			w.await("the watches are live", live)
			w.barrier()
			for i, c := range changes {
				w.step(t, c.at)
				w.await(fmt.Sprintf("change %d: the watch tells of %+v", i, c), func(workspace.Snapshot) bool { return w.holds(c, opts) })
				w.barrier()
			}
			want := w.now()
			if len(want) < len(changes)/4 {
				t.Fatalf("only %d changes were told", len(want))
			}
			r := play(t, rec, w.Now(), opts, false)
			r.mustOpen("pods")
			r.mustOpen("secrets", "nodes")
			r.remembers("opened at the end", want)
		})
	}
}

// step goes on by one change; where a part begins is no change.
func (p *played) step(t *testing.T, at time.Time) {
	t.Helper()
	p.steps.Store(&at) // before anything is told of it
	if err := p.Step(t.Context(), playback.Forward); err != nil {
		t.Fatal(err)
	}
}

// barrier awaits that the history has taken what the stores have told.
func (p *played) barrier() {
	p.t.Helper()
	if _, err := p.ws.BeginRewind(p.t.Context()); err != nil {
		p.t.Fatal(err)
	}
	p.ws.EndRewind()
}

// holds tells whether the watches have what a change made.
func (p *played) holds(c told, opts workspace.Options) bool {
	if opts.Namespace != "" && c.key.Namespace != "" && opts.Namespace != c.key.Namespace {
		return true
	}
	wanted := c.version != "" && (opts.LabelSelector == "" || c.label == "1")
	for _, w := range p.ws.Watches() {
		if recording.NameOf(w.Watch.Identity().GVR) != c.of {
			continue
		}
		o, ok := w.Watch.Store().Get(c.key)
		return ok == wanted && (!ok || o.ResourceVersion == c.version)
	}
	return false
}

// However a place is reached, what is remembered there is what a session remembers that has gone there from the beginning: nothing that is later, and nothing
// twice.
func TestWhatIsRememberedIsOfThePlace(t *testing.T) {
	demoRecording, err := demo.Recording()
	if err != nil {
		t.Fatal(err)
	}
	random, _ := tell(t, 8, 6, 40, true)
	for name, c := range map[string]struct {
		rec  *recording.Recording
		tabs []string
	}{
		"random": {random, []string{"pods", "secrets", "nodes"}},
		"demo":   {demoRecording, []string{"pods", "deployments", "events", "jobs"}},
	} {
		t.Run(name, func(t *testing.T) {
			begin, end := c.rec.Span()
			open := func(at time.Time) *played {
				p := play(t, c.rec, at, workspace.Options{AllNamespaces: true}, false)
				for _, tab := range c.tabs {
					p.mustOpen(tab)
				}
				return p
			}
			whole := open(begin)
			whole.remembers("at the beginning", nil)
			// In steps, through all parts.
			for i := 1; i <= 20; i++ {
				if err := whole.Seek(t.Context(), begin.Add(end.Sub(begin)*time.Duration(i)/20)); err != nil {
					t.Fatal(err)
				}
			}
			changes := countOf(t, c.rec, c.tabs)
			if changes < 150 {
				t.Fatalf("there are only %d changes", changes)
			}
			whole.await("all is read", func(workspace.Snapshot) bool { return whole.isRead() && whole.ws.Timeline().Len() == changes })
			all := whole.now()
			dice := rand.New(rand.NewPCG(4, 4))
			anywhere := func() time.Time { return begin.Add(time.Duration(dice.Int64N(int64(end.Sub(begin))))) }
			for range 2 {
				p := open(anywhere())
				p.remembers("opened there", upTo(all, p.Now()))
				p.wander(dice, anywhere, all)
			}
			whole.wander(dice, anywhere, all)
		})
	}
}

// countOf counts the changes of some types.
func countOf(t *testing.T, rec *recording.Recording, types []string) (n int) {
	t.Helper()
	for _, s := range rec.Segments() {
		for line, err := range s.Lines() {
			if err != nil {
				t.Fatal(err)
			}
			resource, _, _ := strings.Cut(string(line.Type), ".")
			isChange := slices.Contains([]recording.Kind{recording.Added, recording.Modified, recording.Deleted}, line.Kind)
			if isChange && slices.Contains(types, resource) {
				n++
			}
		}
	}
	return n
}

// wander goes to places in all ways.
func (p *played) wander(dice *rand.Rand, anywhere func() time.Time, all []string) {
	p.t.Helper()
	ctx := p.t.Context()
	for range 6 {
		var err error
		switch dice.IntN(3) {
		case 0:
			err = p.Seek(ctx, anywhere())
		case 1:
			err = p.Step(ctx, playback.Forward)
		default:
			for range 1 + dice.IntN(5) {
				err = errors.Join(err, p.Step(ctx, playback.Back))
			}
		}
		if err != nil && !errors.Is(err, playback.ErrNoMoment) {
			p.t.Fatal(err)
		}
		if dice.IntN(2) == 0 { // else the next place is sought before this one is reached
			p.remembers("wandered there", upTo(all, p.Now()))
		}
	}
	p.remembers("wandered there", upTo(all, p.Now()))
}

// A tab that is opened later has the changes of the time before, too, and one that is opened again has not lost any.
func TestATabThatComesLaterHasAPast(t *testing.T) {
	rec, changes := tell(t, 8, 3, 40, false)
	_, end := rec.Span()
	p := play(t, rec, end, workspace.Options{AllNamespaces: true}, false)
	id := p.mustOpen("nodes")
	told := func(types ...recording.TypeName) (n int) {
		for _, c := range changes {
			if slices.Contains(types, c.of) {
				n++
			}
		}
		return n
	}
	p.await("the changes of nodes are remembered", func(workspace.Snapshot) bool { return p.isRead() && len(p.now()) == told("nodes.v1") })
	p.mustOpen("pods")
	p.await("those of both are", func(workspace.Snapshot) bool { return p.isRead() && len(p.now()) == told("nodes.v1", "pods.v1") })
	p.ws.CloseTab(id)
	p.mustOpen("nodes")
	p.await("none is lost", func(workspace.Snapshot) bool { return p.isRead() && len(p.now()) == told("nodes.v1", "pods.v1") })
}

// Of watches that there are no more few are told on: those that were there last, and those that are.
func TestFewWatchesThatAreGoneAreToldOn(t *testing.T) {
	const left = 32
	rec, changes := tell(t, 8, 3, 10, false)
	_, end := rec.Span()
	p := play(t, rec, end, workspace.Options{AllNamespaces: true}, false)
	p.mustOpen("pods")
	for i := range left + 4 {
		id, err := p.ws.Open(workspace.Target{Types: []string{"nodes"}, LabelSelector: fmt.Sprintf("n!=%d", i)})
		if err != nil {
			t.Fatal(err)
		}
		told := int64(min(i+2, left+2)) // that of pods, and the one that is there
		p.await("its changes are remembered", func(workspace.Snapshot) bool { return p.isRead() && p.scopes.Load() == told })
		p.ws.CloseTab(id)
	}
	pods := 0
	for _, c := range changes {
		if c.of == "pods.v1" {
			pods++
		}
	}
	p.await("those of pods still are", func(workspace.Snapshot) bool {
		n := 0
		for _, line := range p.now() {
			if strings.Contains(line, " pods ") {
				n++
			}
		}
		return p.isRead() && n == pods
	})
}

// Where not all has room, the newest changes are remembered, and it is said since when.
func TestARecordingIsRememberedAsFarAsThereIsRoom(t *testing.T) {
	rec, _ := tell(t, 9, 30, 60, false)
	begin, end := rec.Span()
	p := play(t, rec, end, workspace.Options{AllNamespaces: true, History: timeline.New(64 << 10)}, false)
	p.mustOpen("pods")
	p.mustOpen("nodes")
	s := p.await("all is read that has room", func(workspace.Snapshot) bool { return p.isRead() && len(p.now()) > 0 })
	if h := s.History; h.Bytes > h.Limit || !h.Oldest.After(begin) {
		t.Errorf("%+v of a recording since %s", h, begin)
	}
	all := p.now()
	if last := all[len(all)-1]; last[:8] != end.Add(-time.Second).UTC().Format("15:04:05") && last[:8] < end.Add(-10*time.Second).UTC().Format("15:04:05") {
		t.Errorf("the newest is %s, the end %s", last, end)
	}
}
