package ui_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/activity"
	"github.com/dogwatch/dogwatch/model/health"
	"github.com/dogwatch/dogwatch/model/jsonscan"
	"github.com/dogwatch/dogwatch/model/noise"
	"github.com/dogwatch/dogwatch/model/problems"
	"github.com/dogwatch/dogwatch/model/relation"
	"github.com/dogwatch/dogwatch/model/timeline"
	"github.com/dogwatch/dogwatch/model/versions"
	"github.com/dogwatch/dogwatch/model/why"
	"github.com/dogwatch/dogwatch/workspace"
)

// hostilePast is what is remembered of an object, in which everything is one text: its versions, who made them, its type.
func hostilePast(t *testing.T, text string) (*timeline.Timeline, *versions.Log) {
	t.Helper()
	past := timeline.New(64 << 20)
	taker, packer := timeline.NewTaker(past), model.NewPacker()
	gvr := schema.GroupVersionResource{Group: text, Version: text, Resource: text}
	source := past.SourceID(timeline.Source{Cluster: text, GVR: gvr})
	key := model.Key{Namespace: text, Name: text}
	store := model.NewStore()
	store.Retain(func(model.Key) bool { return true })
	changes := store.SubscribeManaged(make(chan struct{}, 1), 100)
	defer changes.Close()
	for n, body := range []string{`{"list":[]}`, string(hostileJSON(text)), `{"list":[1]}`} {
		o := &model.Object{Key: key, UID: types.UID(text), ResourceVersion: fmt.Sprint(n) + text}
		o.SetJSON(packer, []byte(body))
		o.SetManagedFields(fmt.Appendf(nil, `[{"manager":%[1]s,"operation":%[1]s,"subresource":%[1]s,"time":"2026-11-23T13:58:0%[2]dZ","fieldsV1":{"f:list":{},"f:kind":{}}}]`, quoted(text), n), nil)
		store.Apply(o)
		for _, d := range changes.TryNext() {
			d.At = now.Add(time.Duration(n-10) * time.Second)
			if err := taker.Take(source, d); err != nil {
				t.Fatal(err)
			}
		}
	}
	return past, versions.NewLog(versions.Object{Cluster: text, GVR: gvr, Key: key}, past, func() *model.Object { o, _ := store.Get(key); return o })
}

// hostileFeed tells what went on, as lines.
func hostileFeed(t *testing.T, past *timeline.Timeline) *activity.Feed {
	t.Helper()
	rules, err := noise.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	feed := activity.NewFeed(past, rules, func() {})
	ctx, stop := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { feed.Run(ctx) })
	t.Cleanup(func() { stop(); wg.Wait() })
	return feed
}

// hostilePages are the sources of the pages of the pane.
func hostilePages(text string, log *versions.Log) *fakePages {
	events := []workspace.Event{
		{Count: 7, First: now.Add(-time.Hour), Last: now.Add(-time.Minute)},
		{Type: "Warning", Message: "begin\n" + text + "\nend", Count: 1},
	}
	fill(reflect.ValueOf(events), text)
	return &fakePages{
		log:     log.Read,
		events:  events,
		state:   informers.State{Phase: informers.Retrying, Verb: text, Err: errors.New(text), Reason: text},
		related: hostileRelated(text),
		answer:  hostileAnswer(text),
	}
}

// hostileAnswer says why something is not well, with all that there may be in it.
func hostileAnswer(text string) *why.Answer {
	a := &why.Answer{Event: &why.Event{Count: 7, Last: now}, Remembers: true}
	for _, r := range hostileRelated(text) {
		step := why.Step{Item: r.Item, Presence: why.Hidden, Others: 3}
		step.Finding = health.Finding{Health: model.Health{Level: model.Unhealthy}, Since: now}
		a.Steps, a.Also = append(a.Steps, step), append(a.Also, step)
		a.Hidden, a.Forgotten = append(a.Hidden, r.Item), append(a.Forgotten, r.Of)
		a.Changes = append(a.Changes, why.Change{Item: r.Item, At: now, New: []byte(text), More: 1})
	}
	a.Also, a.Hidden, a.Changes = a.Also[:1], a.Hidden[:1], a.Changes[:1] // so that there is room for all that steps say
	fill(reflect.ValueOf(a), text)
	return a
}

// hostileRelated are objects in a tree, one for each of what may be known of them.
func hostileRelated(text string) []workspace.Related {
	var all []workspace.Related
	for _, presence := range []workspace.Presence{workspace.Present, workspace.Missing, workspace.Hidden, workspace.Unread, workspace.Unwatched} {
		r := related(relation.RefersTo, len(all)%3, text, "pods", text, text, text, model.Health{Level: model.Unhealthy, Reason: text})
		r.ID.Type, r.Presence, r.Cause = schema.GroupResource{Group: text, Resource: text}, presence, text
		if presence != workspace.Present {
			r.Object = nil
		}
		all = append(all, r)
	}
	return all
}

// hostileProblems lists what a store has, all of it unhealthy.
func (h *hostile) hostileProblems(store *model.Store) *problems.List {
	source := problems.Source{
		Store: store, Cluster: h.text, Type: schema.GroupResource{Group: h.text, Resource: h.text}, Kind: h.text,
		Judge: func(jsonscan.Object, uint32) model.Health {
			return model.Health{Level: model.Unhealthy, Reason: h.text}
		},
		Explain: func(jsonscan.Object, uint32) health.Finding {
			return health.Finding{Health: model.Health{Level: model.Unhealthy, Reason: h.text}, Message: h.text}
		},
	}
	list := problems.New(problems.Options{Sources: func() []problems.Source { return []problems.Source{source} }, Changed: func() {}})
	ctx := h.t.Context()
	h.running.Go(func() { list.Run(ctx) })
	return list
}
