package replay

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/replay/player"
	"github.com/dogwatch/dogwatch/replay/recording"
)

// played is the recording, being served in this process.
type played struct {
	*player.Player
	server *apiserver.Server
}

// play serves the recording, paused at an instant, until the test ends.
func play(t *testing.T, at time.Time) *played {
	t.Helper()
	rec, err := recording.OpenPath(past.file)
	if err != nil {
		t.Fatal(err)
	}
	p, err := player.New(rec, player.Options{At: at, Paused: true})
	if err != nil {
		t.Fatal(err)
	}
	server := apiserver.New(p.Store(), apiserver.Options{RequireToken: true, Now: p.Now})
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { p.Run(ctx, server) })
	t.Cleanup(func() {
		cancel()
		running.Wait()
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		if err := rec.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := server.Start(ctx); err != nil {
		t.Fatal(err)
	}
	return &played{p, server}
}

// config is how to reach the server.
func (p *played) config() *rest.Config {
	access := p.server.Access()
	return &rest.Config{
		Host: access.Host, BearerToken: access.Token, QPS: -1,
		TLSClientConfig: rest.TLSClientConfig{CAData: access.CA},
	}
}

// TestRoundTrip goes to random instants of the recording and compares what is served there with what an independent
// client saw of the cluster.
//
// That client has listed each type before the recording began, and watched it from there. So it knows the state of a type
// after each change, in the server's order. At each instant, for each type:
//
//   - What is served is one of these states, and none before that of the instant before: the same objects, by namespace,
//     name, uid and resourceVersion, and nothing half-way between two changes.
//   - The objects are the same in all of their JSON, managedFields included. Of Secrets they are when the values are masked.
//
// That it is the right one of these states show the instants. They come in pairs: one before the ConfigMap "moment" was
// written for the n-th time, when the recorder cannot have known of it, and one after that was seen in the recording. The
// first must have the ConfigMap of n-1, the second that of n. Instants are by the recorder's clock, which is the test's.
func TestRoundTrip(t *testing.T) {
	replay := play(t, past.info.From)
	client, err := dynamic.NewForConfig(replay.config())
	if err != nil {
		t.Fatal(err)
	}
	trips := map[recording.TypeName]*trip{}
	for name, h := range past.seen.histories {
		trips[name] = &trip{history: h, now: h.at(0)}
	}
	visit := func(at time.Time, n int) {
		if err := replay.Seek(t.Context(), at); err != nil {
			t.Fatal(err)
		}
		for name, trip := range trips {
			list, err := client.Resource(trip.GroupVersionResource).List(t.Context(), metav1.ListOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if err := trip.compare(stateOf(list.Items)); err != nil {
				t.Errorf("%s after %s, at moment %d: %v", name, at.Sub(past.info.From), n, err)
			}
		}
		got, want := "", ""
		if m := trips[kindOf("configmaps").name()].served["shop/moment"]; m != nil {
			got, _, _ = unstructured.NestedString(m.Object, "data", "n")
		}
		if n >= 0 {
			want = strconv.Itoa(n)
		}
		if got != want {
			t.Errorf("after %s the moment is %q, want %q", at.Sub(past.info.From), got, want)
		}
	}
	for n, m := range past.moments {
		visit(m.before, n-1)
		visit(m.after, n)
	}
	visit(past.info.To, len(past.moments)-1)
	for name, trip := range trips {
		if trip.place != len(trip.changes) {
			t.Errorf("%s: at the end %d of %d changes were served", name, trip.place, len(trip.changes))
		}
	}
	total := 0
	for _, trip := range trips {
		total += len(trip.changes)
	}
	t.Logf("%d instants over %d changes in %s", 2*len(past.moments)+1, total, past.info.To.Sub(past.info.From))
}

// trip is the way through the history of one type.
type trip struct {
	*history
	now    state // after so many changes as place says
	place  int
	served state
}

// compare goes on in the history to the state that is served.
func (t *trip) compare(served state) error {
	t.served = served
	here, now := t.place, maps.Clone(t.now)
	for {
		d := now.difference(served)
		if d == "" {
			t.now, t.place = now, here
			return t.compareObjects()
		}
		if here == len(t.changes) {
			return fmt.Errorf("it is none of the states that were seen after change %d of %d; against the first of them %s",
				t.place, len(t.changes), t.now.difference(served))
		}
		now.apply(t.changes[here])
		here++
	}
}

func (t *trip) compareObjects() error {
	for _, key := range slices.Sorted(maps.Keys(t.served)) {
		want, got := t.now[key], t.served[key]
		if t.kind == kindOf("secrets") {
			var err error
			if want, err = masked(want); err != nil {
				return err
			}
		}
		if !reflect.DeepEqual(want.Object, got.Object) {
			return fmt.Errorf("%s differs:\n%s\nwant\n%s", key, jsonOf(got), jsonOf(want))
		}
	}
	return nil
}

func jsonOf(o *unstructured.Unstructured) string {
	text, err := o.MarshalJSON()
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(text))
}

// masked is a Secret as dogwatch keeps it.
func masked(o *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	text, err := o.MarshalJSON()
	if err != nil {
		return nil, err
	}
	if text, err = informers.Redact(kindOf("secrets").GroupResource(), text); err != nil {
		return nil, err
	}
	hidden := &unstructured.Unstructured{}
	return hidden, hidden.UnmarshalJSON(text)
}
