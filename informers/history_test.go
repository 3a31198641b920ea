package informers

import (
	"io"
	"net/http"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	clocktesting "k8s.io/utils/clock/testing"

	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
	"github.com/dogwatch/dogwatch/replay/apiserver/store"
)

// newerThanItsBackup is a world with a watch that has seen more than a backup of the server has.
func newerThanItsBackup(t *testing.T) (w *world, l *Lease, backup *store.Store) {
	t.Helper()
	w = newWorld(t, 20, apiserver.Options{}, quick())
	l = w.live(pods)
	for range 50 {
		w.apply(pods, sample.Pod(1))
	}
	w.equal(l)
	backup, err := sample.Store(15)
	if err != nil {
		t.Fatal(err)
	}
	return w, l, backup
}

// A server whose storage is older than what a watch has seen takes the watch, and says nothing.
func TestServerRestoredFromABackupIsListedAnew(t *testing.T) {
	w, l, backup := newerThanItsBackup(t)
	w.server.SetFaults(func(r *http.Request) *apiserver.Fault {
		version, err := strconv.ParseUint(r.URL.Query().Get("resourceVersion"), 10, 64)
		if r.URL.Query().Get("watch") == "" || err != nil || version <= backup.ResourceVersion() {
			return nil
		}
		return &apiserver.Fault{Stall: r.Context().Done()}
	})
	w.server.SetStore(backup)
	w.server.DropConnections()
	w.state(l, "another list", func(s State) bool { return s.Phase == Live && s.Stats.Lists >= 2 })
	w.equal(l)
	w.apply(pods, sample.Pod(50))
	w.equal(l)
}

// A server that comes up denies all until it has read who may what: it may deny the question for its history, and allow the watch that is
// asked for next, of which it then says nothing.
func TestRestoredServerThatDeniesAtFirstIsLookedAtAgain(t *testing.T) {
	w, l, backup := newerThanItsBackup(t)
	var restored, denied atomic.Bool
	w.server.SetFaults(func(r *http.Request) *apiserver.Fault {
		query := r.URL.Query()
		version, err := strconv.ParseUint(query.Get("resourceVersion"), 10, 64)
		switch {
		case !restored.Load(): // a stream that is open meanwhile would tell of the older storage
			return &apiserver.Fault{Status: http.StatusServiceUnavailable}
		case query.Get("limit") == "1" && denied.CompareAndSwap(false, true):
			return &apiserver.Fault{Status: http.StatusForbidden}
		case query.Has("watch") && err == nil && version > backup.ResourceVersion(): // a quiet one, as from a version that is still to come
			query.Set("resourceVersion", strconv.FormatUint(backup.ResourceVersion(), 10))
			r.URL.RawQuery = query.Encode()
		}
		return nil
	})
	w.server.DropConnections()
	w.server.SetStore(backup)
	restored.Store(true)
	w.state(l, "another list", func(s State) bool { return s.Phase == Live && s.Stats.Lists >= 2 })
	w.equal(l)
	if !denied.Load() {
		t.Error("nothing was denied")
	}
}

// What is asked to find a restored server must not keep a watch from going on.
func TestHistoryThatCannotBeLookedAtIsNoFailure(t *testing.T) {
	for name, fault := range map[string]apiserver.Fault{
		"refused": {Status: http.StatusForbidden}, "not understood": {Status: http.StatusNotAcceptable},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 5, apiserver.Options{}, quick())
			l := w.live(pods)
			w.server.SetFaults(func(r *http.Request) *apiserver.Fault {
				if r.URL.Query().Get("limit") != "1" {
					return nil
				}
				return &fault
			})
			w.server.DropConnections()
			w.apply(pods, sample.Pod(50))
			w.equal(l)
			if s := w.phase(l, Live); s.Stats.Lists != 1 {
				t.Errorf("%d lists", s.Stats.Lists)
			}
		})
	}
}

func TestABrokenWatchLooksAtTheHistory(t *testing.T) {
	w := newWorld(t, 5, apiserver.Options{}, quick())
	l := w.live(pods)
	asked := func() int {
		return w.requests(func(r apiserver.Request) bool { return r.Verb == "list" && r.Query == "limit=1" })
	}
	if n := asked(); n != 0 {
		t.Errorf("%d questions before anything broke", n)
	}
	w.server.DropConnections()
	w.eventually("a question", func() bool { return asked() > 0 })
	w.phase(l, Live)
}

// So does one whose request failed: the server that answers the next may be another.
func TestAWatchThatWasRefusedLooksAtTheHistory(t *testing.T) {
	w := newWorld(t, 5, apiserver.Options{NoStreamingLists: true}, quick())
	var looked atomic.Bool
	w.server.SetFaults(func(r *http.Request) *apiserver.Fault {
		query := r.URL.Query()
		if query.Get("limit") == "1" {
			looked.Store(true)
		}
		if looked.Load() || !query.Has("watch") || query.Has("sendInitialEvents") {
			return nil
		}
		return &apiserver.Fault{Status: http.StatusServiceUnavailable}
	})
	w.live(pods)
}

// A watch that ran for its time goes on without a question: hundreds do that every few minutes.
func TestTheEndOfAWatchsTermIsNoBreak(t *testing.T) {
	now := clocktesting.NewFakeClock(time.Unix(1_000_000, 0))
	for name, c := range map[string]struct {
		lived, term time.Duration
		err         error
		want        bool
	}{
		"its time":        {5 * time.Minute, 5 * time.Minute, io.EOF, true},
		"a little less":   {5*time.Minute - time.Second/2, 5 * time.Minute, io.EOF, true},
		"too early":       {4 * time.Minute, 5 * time.Minute, io.EOF, false},
		"another error":   {6 * time.Minute, 5 * time.Minute, io.ErrUnexpectedEOF, false},
		"no time was set": {5 * time.Minute, 0, io.EOF, false},
	} {
		st := &stream{
			session: &session{watch: &Watch{opts: &Options{Clock: now}}},
			opened:  now.Now().Add(-c.lived), term: c.term,
		}
		if got := st.ranItsTerm(c.err); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
