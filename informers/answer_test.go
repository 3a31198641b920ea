package informers

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"sync"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
	"github.com/dogwatch/dogwatch/replay/apiserver/store"
)

// mute is a server that takes requests and never answers.
type mute struct {
	mu    sync.Mutex
	asked map[string]bool
}

func (m *mute) Get(ctx context.Context, path string, _ url.Values, _ string) (*Response, error) {
	m.mu.Lock()
	m.asked[path] = true
	m.mu.Unlock()
	<-ctx.Done()
	return nil, ctx.Err()
}

// Lists that are not answered give their places to those that wait.
func TestListWithoutAnAnswerIsGivenUp(t *testing.T) {
	events := store.Type{Resource: pods.GroupVersion().WithResource("events"), Kind: "Event", Namespaced: true}
	for name, gvr := range map[string]schema.GroupVersionResource{"streaming": pods, "in pages": events.Resource} {
		t.Run(name, func(t *testing.T) {
			opts := quick()
			opts.AnswerPatience, opts.Starts = 20*time.Millisecond, 2
			opts.Backoff.Initial, opts.Backoff.Max = time.Hour, time.Hour
			server := &mute{asked: map[string]bool{}}
			manager := NewManager(context.Background(), opts)
			manager.AddCluster("test", server, newCatalog(append(sample.Types(), events)...))
			defer func() {
				if err := manager.Close(context.Background()); err != nil {
					t.Error(err)
				}
			}()
			w := &world{T: t, manager: manager}
			var leases []*Lease
			for i := range 5 {
				leases = append(leases, w.add(gvr, func(id *Identity) { id.Namespace = fmt.Sprint("ns", i) }))
			}
			for _, l := range leases {
				if s := w.phase(l, Retrying); s.Reason != errNoAnswer.Error() || s.NextTry.IsZero() {
					t.Errorf("without an answer: %+v", s)
				}
			}
			server.mu.Lock()
			defer server.mu.Unlock()
			if n := len(server.asked); n != len(leases) {
				t.Errorf("%d of %d lists were asked for", n, len(leases))
			}
		})
	}
}

// A stream that is not answered is asked for again, from where the last ended.
func TestStreamWithoutAnAnswerIsAskedForAgain(t *testing.T) {
	opts := quick()
	opts.AnswerPatience = 20 * time.Millisecond
	s := newScript(t, opts)
	w, l := s.add()
	r := s.next()
	r.say(row("ADDED", "a", "2"))
	r.say(bookmarkAt("3", true))
	w.phase(l, Live)
	r.body.Close() // and nobody takes the next request
	w.state(l, "the missing answer", func(s State) bool {
		return s.Phase == Retrying && s.Verb == "watch" && s.Reason == errNoAnswer.Error()
	})
	for heard := false; !heard; { // a request may be given up as it is taken
		again := s.next()
		if again.isStreamedList() || again.query.Get("resourceVersion") != "3" {
			t.Errorf("asked for %s", again.query)
		}
		_, err := io.WriteString(again.body, row("ADDED", "b", "5"))
		heard = err == nil
	}
	w.phase(l, Live)
}
