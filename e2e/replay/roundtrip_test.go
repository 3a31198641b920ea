package replay

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"

	"github.com/dogwatch/dogwatch/e2e/suite"
	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/replay/recording"
)

// TestRoundTrip goes to random instants of the recording and compares what is served there with what an independent
// client saw of the cluster.
//
// That client has listed each type before the recording began, and watched it from there, so it knows each change, in the
// server's order. The recording must have each of them that came after its first state, by itself, with a time. At an
// instant, for each type, what is served must be the client's state after exactly those changes whose time is not after
// the instant: the same objects, by namespace, name, uid and resourceVersion, and the same in all of their JSON,
// managedFields included. Of Secrets that is so when the client's values are masked.
//
// That the times are right show the instants. They come in pairs: one before the ConfigMap "moment" was written for the
// n-th time, when the recorder cannot have known of it, and one after that was seen in the recording. The first must have
// the ConfigMap of n-1, the second that of n. All times are of one clock, the machine's.
func TestRoundTrip(t *testing.T) {
	replay := suite.Play(t, past.file, past.info.From)
	served := newLister(t, replay.Config())
	trips := tripsOf(t)
	visit := func(at time.Time, n int) {
		if err := replay.Seek(t.Context(), at); err != nil {
			t.Fatal(err)
		}
		for name, trip := range trips {
			state, err := served.list(t.Context(), trip.kind)
			if err != nil {
				t.Fatal(err)
			}
			if err := trip.compare(at, state); err != nil {
				t.Errorf("%s after %s, at moment %d: %v", name, at.Sub(past.info.From), n, err)
			}
			if trip.kind != kindOf("configmaps") {
				continue
			}
			if got := momentOf(state); got != n {
				t.Errorf("after %s the moment is %d, want %d", at.Sub(past.info.From), got, n)
			}
		}
	}
	visit(past.info.From, -1)
	for n, m := range past.moments {
		visit(m.before, n-1)
		visit(m.after, n)
	}
	visit(past.info.To, len(past.moments)-1)
	total := 0
	for name, trip := range trips {
		if trip.place != len(trip.changes) {
			t.Errorf("%s: at the end %d of %d changes were served", name, trip.place, len(trip.changes))
		}
		total += len(trip.changes)
	}
	t.Logf("%d instants over %d changes in %s", 2*len(past.moments)+2, total, past.info.To.Sub(past.info.From))
}

// momentOf is which moment a state of ConfigMaps is of, -1 before the first.
func momentOf(s state) int {
	o, ok := s["shop/moment"]
	if !ok {
		return -1
	}
	text, _, _ := unstructured.NestedString(o.Object, "data", "n")
	n, err := strconv.Atoi(text)
	if err != nil {
		return -2
	}
	return n
}

// trip is the way through the history of one type.
type trip struct {
	*history
	times []time.Time // when the recorder learned of each change
	now   state       // after so many changes as place says
	place int
	equal map[pair]bool // objects that were compared before
}

// pair is what the client saw and what is served, of one object.
type pair struct{ want, got *unstructured.Unstructured }

// tripsOf gives the ways through all histories, with the times that the recording says.
func tripsOf(t *testing.T) map[recording.TypeName]*trip {
	t.Helper()
	recorded := map[recording.TypeName]map[uint64]time.Time{}
	var last time.Time
	err := past.each(func(line *recording.Line) error {
		if line.At.Before(last) { // a seek ends before the first line that is later
			t.Errorf("%s of %s at %s comes after a line at %s", line.Kind, line.Type, line.At, last)
		}
		last = line.At
		if line.Kind != recording.Added && line.Kind != recording.Modified && line.Kind != recording.Deleted {
			return nil
		}
		object, err := objectOf(line)
		if err != nil {
			return err
		}
		if recorded[line.Type] == nil {
			recorded[line.Type] = map[uint64]time.Time{}
		}
		recorded[line.Type][versionOf(object)] = line.At
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	trips := map[recording.TypeName]*trip{}
	for name, h := range past.seen.histories {
		trip := &trip{history: h, now: h.at(0), equal: map[pair]bool{}}
		begun := false
		for _, c := range h.changes {
			at, ok := recorded[name][versionOf(c.object)]
			if begun = begun || ok; begun && !ok {
				t.Errorf("%s of %s in %s at version %s is not recorded", c.event, keyOf(c.object), name, c.object.GetResourceVersion())
			}
			if !ok {
				at = past.info.From // it is in the first state, or is missing there
			}
			trip.times = append(trip.times, at)
		}
		trips[name] = trip
	}
	return trips
}

// compare goes on in the history to an instant, and returns nil if that is what is served.
func (t *trip) compare(at time.Time, served state) error {
	for t.place < len(t.changes) && !t.times[t.place].After(at) {
		t.now.apply(t.changes[t.place])
		t.place++
	}
	if d := t.now.difference(served); d != "" {
		return fmt.Errorf("%s after change %d of %d", d, t.place, len(t.changes))
	}
	for _, key := range slices.Sorted(maps.Keys(served)) {
		want, got := t.now[key], served[key]
		compared := pair{want, got}
		if t.equal[compared] {
			continue
		}
		if t.kind == kindOf("secrets") {
			var err error
			if want, err = masked(want); err != nil {
				return err
			}
			got = withoutMarks(got)
		}
		if !reflect.DeepEqual(want.Object, got.Object) {
			return fmt.Errorf("%s differs:\n%s\nwant\n%s", key, jsonOf(got), jsonOf(want))
		}
		t.equal[compared] = true
	}
	return nil
}

// lister lists types, and reads each text of an object once: most are the same from one instant to the next.
type lister struct {
	client *http.Client
	config *rest.Config
	read   map[string]*unstructured.Unstructured // by text
}

func newLister(t *testing.T, config *rest.Config) *lister {
	t.Helper()
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	return &lister{client, config, map[string]*unstructured.Unstructured{}}
}

func (l *lister) list(ctx context.Context, k kind) (state, error) {
	prefix := "/apis/" + k.Group
	if k.Group == "" {
		prefix = "/api"
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, l.config.Host+prefix+"/"+k.Version+"/"+k.Resource, nil)
	if err != nil {
		return nil, err
	}
	response, err := l.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if k.late && response.StatusCode == http.StatusNotFound {
		return state{}, nil
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("listing %s: %s", k.arg(), response.Status)
	}
	var list struct{ Items []json.RawMessage }
	if err := json.NewDecoder(response.Body).Decode(&list); err != nil {
		return nil, fmt.Errorf("listing %s: %w", k.arg(), err)
	}
	s := state{}
	for _, text := range list.Items {
		o, ok := l.read[string(text)]
		if !ok {
			o = &unstructured.Unstructured{}
			if err := o.UnmarshalJSON(text); err != nil {
				return nil, fmt.Errorf("reading %s: %w", text, err)
			}
			l.read[string(text)] = o
		}
		s[keyOf(o)] = o
	}
	return s, nil
}

func jsonOf(o *unstructured.Unstructured) string {
	text, err := o.MarshalJSON()
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(text))
}

// masked is a Secret as a replay serves it.
func masked(o *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	text, err := o.MarshalJSON()
	if err != nil {
		return nil, err
	}
	if text, err = informers.NewManager(context.Background(), informers.Options{}).Redact(kindOf("secrets").GroupResource(), text); err != nil {
		return nil, err
	}
	if text, err = informers.EncodeMasks(kindOf("secrets").GroupResource(), text); err != nil {
		return nil, err
	}
	hidden := &unstructured.Unstructured{}
	return hidden, hidden.UnmarshalJSON(text)
}

// marks are what masks have behind their size, under a key that the process has that recorded them.
var marks = regexp.MustCompile(`, mark [0-9a-f]{4}\)`)

// withoutMarks is a Secret that a replay serves with masks that tell sizes only.
func withoutMarks(o *unstructured.Unstructured) *unstructured.Unstructured {
	o = o.DeepCopy()
	data, _, _ := unstructured.NestedStringMap(o.Object, "data")
	for name, value := range data {
		if mask, err := base64.StdEncoding.DecodeString(value); err == nil {
			data[name] = base64.StdEncoding.EncodeToString(marks.ReplaceAll(mask, []byte(")")))
		}
	}
	if data != nil {
		_ = unstructured.SetNestedStringMap(o.Object, data, "data")
	}
	annotations := o.GetAnnotations()
	for name, value := range annotations {
		annotations[name] = marks.ReplaceAllString(value, ")")
	}
	if annotations != nil {
		o.SetAnnotations(annotations)
	}
	return o
}
