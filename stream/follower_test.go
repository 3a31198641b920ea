package stream_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/stream"
	"github.com/dogwatch/dogwatch/workspace"
)

func TestChangesAreToldWithWhoMadeThem(t *testing.T) {
	w := newWorld(t, "pods")
	r := w.start(stream.Options{})
	r.awaitWatching()
	w.label("web", "1")
	w.label("web", "2")
	if _, err := w.store.Delete(pods, "default", "web"); err != nil {
		t.Fatal(err)
	}
	r.await("the deletion", func(e told) bool { return e.is(stream.Deleted) })
	if err := r.end(); err != nil {
		t.Errorf("it ends with %v", err)
	}
	var all []told
	for _, e := range r.sink.events(t) {
		if e.object() == "web" {
			all = append(all, e)
		}
	}
	for _, m := range r.sink.all() {
		checkSchema(t, m.Body)
	}
	if len(all) != 3 || !all[0].is(stream.Added) || !all[1].is(stream.Updated) {
		t.Fatalf("told: %v", all)
	}
	if by := fmt.Sprint(all[0]["by"]); by != "map[name:by-1 operation:Update time:2026-11-02T10:00:00Z]" {
		t.Errorf("it was created by %v", by)
	}
	fields := fmt.Sprint(all[1]["fields"])
	if want := "[map[by:map[name:by-2 operation:Update time:2026-11-02T10:00:00Z] new:2 old:1 path:metadata.labels.n]]"; fields != want {
		t.Errorf("fields %s, want %s", fields, want)
	}
	if all[1]["oldVersion"] != all[0]["newVersion"] || all[1]["cluster"] != "sample" {
		t.Errorf("%v does not follow %v", all[1], all[0])
	}
	if key := r.sink.all()[1].Key; key == "" || key != r.sink.all()[2].Key || r.sink.all()[2].Resource != "pods" {
		t.Errorf("messages %+v", r.sink.all())
	}
}

// Who sees the same change gives it the same name, in another process, too.
func TestTheSameChangeHasTheSameID(t *testing.T) {
	w := newWorld(t, "pods")
	first, second := w.start(stream.Options{}), newWorldOf(t, w.server, "pods").start(stream.Options{})
	first.awaitWatching()
	second.awaitWatching()
	w.label("same", "1")
	w.label("same", "2")
	if _, err := w.store.Delete(pods, "default", "same"); err != nil {
		t.Fatal(err)
	}
	ids := func(r *run) []string {
		r.await("the deletion", func(e told) bool { return e.is(stream.Deleted) })
		var all []string
		for _, m := range r.sink.all() {
			if m.Name == "same" {
				all = append(all, m.ID)
			}
		}
		return all
	}
	one, other := ids(first), ids(second)
	if len(one) != 3 || !slices.Equal(one, other) || one[0] == one[1] || one[1] == one[2] {
		t.Errorf("they are called %q and %q", one, other)
	}
}

func TestValuesOfSecretsAreNotTold(t *testing.T) {
	w := newWorld(t, "secrets")
	r := w.start(stream.Options{Format: stream.CloudEvents()})
	secret := func(value string) string {
		return fmt.Sprintf(`{"apiVersion":"v1","kind":"Secret","metadata":{"namespace":"default","name":"key"},"data":{"key":%q}}`, value)
	}
	w.apply(secrets, secret("aHVudGVyMg=="))
	n := 0
	eventually(t, "a change of the secret", func() bool {
		n++
		w.apply(secrets, secret(strings.Repeat("aHVudGVy", 1+n%2)))
		return slices.ContainsFunc(r.sink.all(), func(m stream.Message) bool { return m.Type == "change.updated" })
	})
	for _, m := range r.sink.all() {
		if strings.Contains(string(m.Body), "aHVudGVy") || strings.Contains(string(m.Body), "hunter") {
			t.Errorf("the value is told: %s", m.Body)
		}
	}
}

// Where nobody watched for a time the stream says so, and of what was found then that it was found by a list.
func TestInterruptionsAreTold(t *testing.T) {
	w := newWorld(t, "pods")
	r := w.start(stream.Options{})
	r.awaitWatching()
	var mu sync.Mutex
	broken := true
	w.server.SetFaults(func(req *http.Request) *apiserver.Fault {
		mu.Lock()
		defer mu.Unlock()
		if broken && strings.HasSuffix(req.URL.Path, "/pods") {
			return &apiserver.Fault{Status: http.StatusInternalServerError}
		}
		return nil
	})
	w.server.ExpireWatches()
	e := r.await("the interruption", func(e told) bool { return e.is(stream.Interrupted) })
	if reason, _ := e["reason"].(string); !strings.HasPrefix(reason, "retrying") || e["since"] == nil {
		t.Errorf("it is told as %v", e)
	}
	w.label("unseen", "1")
	w.store.Expire()
	mu.Lock()
	broken = false
	mu.Unlock()
	e = r.await("that it goes on", func(e told) bool { return e.is(stream.Resumed) })
	if e["listed"] != true || e["since"] == nil {
		t.Errorf("it is told as %v", e)
	}
	e = r.await("what happened meanwhile", func(e told) bool { return e.object() == "unseen" })
	if e["listed"] != true {
		t.Errorf("it is told as %v", e)
	}
	for _, m := range r.sink.all() {
		checkSchema(t, m.Body)
	}
}

// Who is too slow hears of each object's last state, and how many changes he missed.
func TestChangesThatComeTooFastAreMergedAndCounted(t *testing.T) {
	w := newWorld(t, "pods")
	free := make(chan struct{})
	sink := &collector{changed: make(chan struct{}, 1), send: func(ctx context.Context, batch []stream.Message) (int, error) {
		if strings.HasPrefix(batch[0].Type, "notice.") {
			return len(batch), nil
		}
		select {
		case <-free:
			return len(batch), nil
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}}
	r := w.start(stream.Options{Sink: sink, Queue: stream.NewMemory(1), Follow: stream.FollowerOptions{Waiting: 100}})
	r.sink = sink
	r.awaitWatching()
	const changes = 1000
	for i := range changes {
		w.label("busy", strconv.Itoa(i))
	}
	last := strconv.Itoa(changes - 1)
	key := model.Key{Namespace: "default", Name: "busy"}
	eventually(t, "the last change at the watch", func() bool {
		o, ok := w.ws.Watches()[0].Watch.Store().Get(key)
		newest, err := w.store.Get(pods, key.Namespace, key.Name)
		return ok && err == nil && o.ResourceVersion == strconv.FormatUint(newest.ResourceVersion, 10)
	})
	close(free)
	r.await("the last change", func(e told) bool { return strings.Contains(fmt.Sprint(e["fields"]), "new:"+last+" ") })
	e := r.await("what was merged", func(e told) bool { return e.is(stream.Merged) })
	if err := r.end(); err != nil {
		t.Error(err)
	}
	count, seen, merged := 0.0, 0, 0.0
	for _, e := range r.sink.events(t) {
		switch {
		case e.is(stream.Merged):
			n, _ := e["count"].(float64)
			count += n
		case e.object() == "busy":
			seen++
			n, _ := e["merged"].(float64)
			merged += n
		}
	}
	if float64(seen)+count != changes || merged != count {
		t.Errorf("%d changes are told, %v counted as merged in notices and %v in changes, of %d: %v", seen, count, merged, changes, e)
	}
	for _, m := range r.sink.all()[:3] {
		checkSchema(t, m.Body)
	}
}

// What two watches of a type have is deleted when neither has it any more.
func TestWhatAnotherSelectorSelectsIsNotDeleted(t *testing.T) {
	w := newWorld(t)
	for _, selector := range []string{"a=b", "c=d"} {
		if _, err := w.ws.Open(workspace.Target{Types: []string{"pods"}, LabelSelector: selector}); err != nil {
			t.Fatal(err)
		}
	}
	r := w.start(stream.Options{})
	watching := func(selector string) {
		r.await("watching "+selector, func(e told) bool { return e.is(stream.Watching) && e["labelSelector"] == selector })
	}
	watching("a=b")
	watching("c=d")
	label := func(name, labels string) {
		w.apply(pods, fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"namespace":"default","name":%q,"uid":%[1]q,"labels":{%s}}}`, name, labels))
	}
	deleted := func(name string) func(told) bool {
		return func(e told) bool { return e.is(stream.Deleted) && e.object() == name }
	}
	label("both", `"a":"b","c":"d"`)
	r.await("its being there", func(e told) bool { return e.is(stream.Added) && e.object() == "both" })
	watches := w.ws.Watches()
	key := model.Key{Namespace: "default", Name: "both"}
	held := func(n int) {
		eventually(t, fmt.Sprint(n, " hold it"), func() bool {
			has := 0
			for _, one := range watches {
				if _, ok := one.Watch.Store().Get(key); ok {
					has++
				}
			}
			return has == n
		})
	}
	held(2)
	label("both", `"c":"d"`)
	held(1)
	label("other", `"a":"b"`)
	label("other", `"x":"y"`)
	r.await("what the first tells since", deleted("other"))
	if slices.ContainsFunc(r.sink.events(t), deleted("both")) {
		t.Errorf("what is there is told to be deleted: %v", r.sink.events(t))
	}
	label("both", `"x":"y"`)
	r.await("its end", deleted("both"))
}

// What happened before a type is dropped is told, though who takes it was slow and its watch has ended meanwhile.
func TestWhatATypeBroughtIsToldBeforeItEnds(t *testing.T) {
	w := newWorld(t, "pods")
	var block atomic.Bool
	blocked, free := make(chan struct{}, 1), make(chan struct{})
	sink := &collector{changed: make(chan struct{}, 1)}
	sink.send = func(ctx context.Context, batch []stream.Message) (int, error) {
		if !block.Load() {
			return len(batch), nil
		}
		select {
		case blocked <- struct{}{}:
		default:
		}
		select {
		case <-free:
			return len(batch), nil
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
	begun := false
	more := func() []stream.Event { // the second finds no room: nothing of the watch is gathered meanwhile
		if !block.Load() || begun {
			return nil
		}
		begun = true
		return []stream.Event{&stream.Notice{Notice: stream.Dropped}, &stream.Notice{Notice: stream.Dropped}}
	}
	r := w.start(stream.Options{Sink: sink, Queue: stream.NewMemory(1), Follow: stream.FollowerOptions{More: more}})
	r.sink = sink
	r.awaitWatching()
	block.Store(true)
	<-blocked
	const pods = 200
	for i := range pods {
		w.label("pod"+strconv.Itoa(i), "1")
	}
	store := w.ws.Watches()[0].Watch.Store()
	last := model.Key{Namespace: "default", Name: "pod" + strconv.Itoa(pods-1)}
	eventually(t, "the pods", func() bool { _, ok := store.Get(last); return ok })
	if !w.ws.DropType("pods") {
		t.Fatal("there is no such type")
	}
	eventually(t, "the end of its watch", func() bool { return store.Len() == 0 })
	close(free)
	r.await("its being dropped", func(e told) bool { return e.is(stream.Ended) })
	told := map[string]bool{}
	for _, e := range sink.events(t) {
		if e.is(stream.Added) {
			told[e.object()] = true
		}
		if e.is(stream.Ended) && len(told) < pods {
			t.Errorf("it ends when %d of %d are told", len(told), pods)
		}
	}
}
