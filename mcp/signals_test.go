package mcp_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/mcp"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/change"
	"github.com/dogwatch/dogwatch/model/relation"
	"github.com/dogwatch/dogwatch/model/signal"
)

// told are signals that a test tells. It implements mcp.Signals.
type told struct {
	list  *signal.List
	err   error
	state mcp.SignalsState
}

func (t *told) Start() error            { return t.err }
func (t *told) List() *signal.List      { return t.list }
func (t *told) State() mcp.SignalsState { return t.state }
func (t *told) take(all ...signal.Signal) {
	for i := range all {
		t.list.Take(&all[i])
	}
}

// newTold is a list that is kept until the test ends.
func newTold(b *bench) *told {
	told := &told{list: signal.NewList(signal.ListOptions{Changed: b.mark})}
	ctx, cancel := context.WithCancel(context.WithoutCancel(b.Context()))
	done := make(chan struct{})
	go func() { defer close(done); told.list.Run(ctx) }()
	b.Cleanup(func() { cancel(); <-done })
	return told
}

// withSignals is a bench with signals that are judged from the beginning.
func withSignals(t *testing.T, opts benchOptions, all ...signal.Signal) (*bench, *told) {
	var told *told
	opts.signals = func(b *bench) mcp.Signals {
		told = newTold(b)
		told.take(all...)
		told.list.SetReady()
		return told
	}
	b := newBench(t, opts)
	return b, told
}

var began = time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC)

// aSignal opened so many minutes after the beginning, of a pod of the shop.
func aSignal(name string, severity signal.Severity, opened int) signal.Signal {
	of := relation.ID{Type: schema.GroupResource{Resource: "pods"}, Key: model.Key{Namespace: "shop", Name: name}}
	at := began.Add(time.Duration(opened) * time.Minute)
	return signal.Signal{
		Fingerprint: "f-" + name, Rule: "rule-" + name, Type: "ImagePullFailing", Severity: severity, Title: "The image cannot be pulled",
		Subject: signal.Subject{ID: of}, Workload: of, Opened: at, Since: at,
	}
}

func resolved(s signal.Signal, minutes int) signal.Signal {
	s.Resolved = began.Add(time.Duration(minutes) * time.Minute)
	return s
}

func subjects(items []map[string]any) string {
	var all []string
	for _, item := range items {
		all = append(all, fmt.Sprint(item["subject"].(map[string]any)["name"], ":", item["state"]))
	}
	return strings.Join(all, " ")
}

func TestListSignals(t *testing.T) {
	happened := resolved(aSignal("moment", signal.Info, 2), 2)
	happened.Moment = true
	node := aSignal("node-00", signal.Critical, 4)
	node.Subject.Type, node.Subject.Namespace, node.Type, node.Message = schema.GroupResource{Resource: "nodes"}, "", "NodeNotReady", "kubelet stopped posting"
	lost := resolved(aSignal("lost", signal.Warning, 1), 5)
	lost.Unknown = true
	b, _ := withSignals(t, benchOptions{mcp: mcp.Options{Now: func() time.Time { return began.Add(time.Hour) }}},
		aSignal("api", signal.Warning, 1), aSignal("web", signal.Critical, 3), node, resolved(aSignal("old", signal.Critical, 0), 10), happened, lost,
	)
	const all = "node-00:open web:open api:open old:resolved lost:not known any more moment:happened"
	for _, c := range []struct {
		question args
		want     string
	}{
		{args{}, all},
		{args{"state": "open"}, "node-00:open web:open api:open"},
		{args{"state": "over"}, "old:resolved lost:not known any more moment:happened"},
		{args{"severity": "critical"}, "node-00:open web:open old:resolved"},
		{args{"severity": "warning", "state": "open"}, "node-00:open web:open api:open"},
		{args{"rule": "rule-api"}, "api:open"},
		{args{"type": "nodes"}, "node-00:open"},
		{args{"namespace": "shop", "name": "*b"}, "web:open"},
		{args{"since": "2026-11-30T08:05:00Z"}, "node-00:open web:open api:open old:resolved lost:not known any more"},
		{args{"since": "51m", "state": "over"}, "old:resolved"},
		{args{"match": "kubelet"}, "node-00:open"},
		{args{"match": "!NodeNotReady !web", "state": "open"}, "api:open"},
	} {
		answer, _ := b.ask("list_signals", c.question)
		if got := subjects(list(answer, "signals")); got != c.want {
			t.Errorf("%v: %s, wanted %s", c.question, got, c.want)
		}
		open, _ := json.Marshal(answer["open"])
		if string(open) != `{"critical":2,"warning":1}` || answer["complete"] != true {
			t.Errorf("%v: %v", c.question, answer)
		}
	}
	answer, _ := b.ask("list_signals", args{"name": "lost"})
	if one := list(answer, "signals")[0]; one["resolved"] != nil || one["judged_until"] != "2026-11-30T08:05:00.000Z" {
		t.Errorf("what is not judged any more is told as %v", one)
	}
	for _, c := range []struct {
		question args
		said     string
	}{
		{args{"severity": "bad"}, "severity is one of"},
		{args{"state": "closed"}, "state is open or over"},
		{args{"since": "soon"}, "since: the moment"},
		{args{"name": "[", "match": "("}, "match"},
		{args{"type": "nothing"}, "nothing"},
		{args{"cursor": "x"}, "cursor"},
	} {
		if got := b.refused("list_signals", c.question); !strings.Contains(got, c.said) {
			t.Errorf("%v: %s", c.question, got)
		}
	}
}

// What opens, and what ends, moves no others between two pages.
func TestSignalsArePaged(t *testing.T) {
	b, told := withSignals(t, benchOptions{}, aSignal("a", signal.Warning, 5), aSignal("b", signal.Warning, 4), aSignal("c", signal.Warning, 3), resolved(aSignal("d", signal.Info, 0), 2))
	paged, pages := b.all("list_signals", args{"limit": 1}, "signals")
	if got := subjects(paged); got != "a:open b:open c:open d:resolved" || pages != 4 {
		t.Errorf("in %d pages: %s", pages, got)
	}
	answer, _ := b.ask("list_signals", args{"limit": 2})
	told.take(aSignal("new", signal.Critical, 9), resolved(aSignal("a", signal.Warning, 5), 8))
	b.until("they are taken", "list_signals", args{}, func(a map[string]any) bool {
		return a["total"] == 5.0 && fmt.Sprint(a["open"]) == "map[critical:1 warning:2]"
	})
	rest, _ := b.all("list_signals", args{"limit": 2, "cursor": answer["next_cursor"]}, "signals")
	if got := subjects(rest); got != "c:open a:resolved d:resolved" { // that which ended is told once more, as such
		t.Errorf("the rest is %s", got)
	}
}

func TestSignalSaysWhatCausedIt(t *testing.T) {
	s := aSignal("web-1", signal.Critical, 1)
	deploy := relation.ID{Type: schema.GroupResource{Group: "apps", Resource: "deployments"}, Key: model.Key{Namespace: "shop", Name: "web"}}
	s.Workload, s.Message, s.Suppressed = deploy, strings.Repeat("m", 5000), 3
	s.Fields = map[string]any{"images": []any{"web:2"}}
	s.Edit = &signal.Edit{Of: deploy, Path: "spec.template.spec.containers[0].image", Old: []byte(`"web:1"`), New: []byte(`"web:2"`), By: change.Manager{Name: "kubectl-edit"}, At: began}
	s.Unwell = []signal.Unwell{{ID: relation.ID{Type: schema.GroupResource{Resource: "nodes"}, Key: model.Key{Name: "node-00"}}, Reason: "NotReady"}}
	huge := aSignal("huge", signal.Info, 1)
	huge.Fields = map[string]any{"text": strings.Repeat("x", 1<<20)}
	b, told := withSignals(t, benchOptions{}, s, huge)
	told.state = mcp.SignalsState{Since: began, Faults: []signal.Fault{{Rule: "wrong", Count: 2, Object: "pods/shop/web-1", Error: "no such key"}}, NotWatched: []string{"nodes"}}
	answer, _ := b.ask("list_signals", args{"severity": "critical"})
	item := list(answer, "signals")[0]
	if len(item["message"].(string)) > 1100 {
		t.Error("the message is not cut")
	}
	item["message"] = "m"
	got, _ := json.Marshal(item)
	const want = `{"fields":{"images":["web:2"]},"fingerprint":"f-web-1","last_edit_of_workload":{"at":"2026-11-30T08:00:00.000Z","by":"kubectl-edit","new":"web:2","old":"web:1","path":"spec.template.spec.containers[0].image"},` +
		`"message":"m","not_told_before":3,"opened":"2026-11-30T08:01:00.000Z","related_and_not_well":[{"name":"node-00","reason":"NotReady","type":"nodes"}],"rule":"rule-web-1","severity":"critical","signal":"ImagePullFailing",` +
		`"since":"2026-11-30T08:01:00.000Z","state":"open","subject":{"name":"web-1","namespace":"shop","type":"pods"},"title":"The image cannot be pulled","workload":{"name":"web","namespace":"shop","type":"deployments.apps"}}`
	if string(got) != want {
		t.Errorf("it says\n%s, wanted\n%s", got, want)
	}
	if fmt.Sprint(answer["types_not_watched"]) != "[nodes]" || !strings.Contains(fmt.Sprint(answer["rules_that_fail"]), "no such key") || answer["rules_applied_since"] != "2026-11-30T08:00:00.000Z" {
		t.Errorf("the answer is %v", answer)
	}
	result := b.call("list_signals", args{"name": "huge"})
	if n := len(said(result)); n > 32<<10 {
		t.Errorf("an answer has %d bytes", n)
	}
}

func TestSignalsSayWhereRulesAreNotApplied(t *testing.T) {
	b, told := withSignals(t, benchOptions{})
	told.list.Clear()
	told.state.Err = errors.New("the disk is full")
	answer := b.until("it is not ready", "list_signals", args{}, func(a map[string]any) bool { return a["complete"] == false })
	if !strings.Contains(fmt.Sprint(answer["note"]), "the disk is full") {
		t.Errorf("the answer is %v", answer)
	}
	told.err = errors.New("mine.yaml:8:9: wrong")
	if got := b.refused("list_signals", args{}); !strings.Contains(got, "mine.yaml:8:9") {
		t.Error(got)
	}
}
