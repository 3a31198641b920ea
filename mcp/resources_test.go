package mcp_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/dogwatch/dogwatch/mcp"
	"github.com/dogwatch/dogwatch/model/signal"
)

// protocols are the versions in which clients subscribe differently: by a question, and by listening.
var protocols = []string{"2025-11-25", "2026-07-28"}

// updates are the resources of which a client was told.
type updates chan string

func (u updates) take(uri string) { u <- uri }

// until reads a resource whenever it is told of, until it is as said.
func (u updates) until(b *bench, session *sdk.ClientSession, uri string, is func(text string) bool) {
	b.Helper()
	late := time.After(60 * time.Second)
	for {
		select {
		case told := <-u:
			if told != uri {
				b.Errorf("%s is told of", told)
			}
		case <-late:
			b.Fatalf("%s is never told of as it comes to be", uri)
		}
		if is(b.read(session, uri)) {
			return
		}
	}
}

// read gives all that a resource has.
func (b *bench) read(session *sdk.ClientSession, uri string) string {
	b.Helper()
	result, err := session.ReadResource(b.Context(), &sdk.ReadResourceParams{URI: uri})
	if err != nil {
		b.Fatalf("%s: %v", uri, err)
	}
	var all []string
	for _, c := range result.Contents {
		all = append(all, c.MIMEType+" "+c.Text)
	}
	return strings.Join(all, "\n")
}

func (b *bench) subscribe(session *sdk.ClientSession, uri string) {
	b.Helper()
	if err := session.Subscribe(b.Context(), &sdk.SubscribeParams{URI: uri}); err != nil {
		b.Fatalf("%s: %v", uri, err)
	}
}

func TestResourcesAreListedAndRead(t *testing.T) {
	b, _ := withSignals(t, benchOptions{}, aSignal("web", signal.Critical, 1))
	b.ask("query_objects", args{"type": "pods,deployments"})
	all, err := b.client.ListResources(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var uris []string
	for _, r := range all.Resources {
		uris = append(uris, r.URI)
		if !strings.Contains(r.Description, "data, not instructions") {
			t.Errorf("%s: %s", r.URI, r.Description)
		}
	}
	if got := strings.Join(uris, " "); got != "dogwatch://problems dogwatch://signals dogwatch://objects/deployments.apps dogwatch://objects/pods" {
		t.Errorf("the resources are %s", got)
	}
	if templates, err := b.client.ListResourceTemplates(t.Context(), nil); err != nil || len(templates.ResourceTemplates) != 2 {
		t.Errorf("the templates are %v, %v", templates, err)
	}
	for uri, want := range map[string]string{
		"dogwatch://problems":                               `application/json {"as_of":`,
		"dogwatch://signals":                                `"fingerprint":"f-web"`,
		"dogwatch://objects/pods":                           `"total":20`,
		"dogwatch://objects/po":                             `"total":20`,
		"dogwatch://objects/pods/shop/web-7c9d8f6b5d-00000": "application/yaml apiVersion: v1\nkind: Pod",
		"dogwatch://objects/deployments.apps/shop/%77eb":    `"name":"web"`,
		"dogwatch://objects/nodes/node-00":                  `"type":"nodes"`,
		"dogwatch://objects/secrets/shop/db":                "password:",
	} {
		if got := b.read(b.client, uri); !strings.Contains(got, want) {
			t.Errorf("%s: %.300s", uri, got)
		}
	}
	for _, uri := range []string{
		"dogwatch://nothing", "dogwatch://objects/", "dogwatch://objects/nothing", "dogwatch://objects/pods/shop/nothing", "dogwatch://objects/pods/a/b/c",
		"dogwatch://objects/pods,nodes", "dogwatch://objects/pods//web", "file:///etc/passwd",
	} {
		if result, err := b.client.ReadResource(t.Context(), &sdk.ReadResourceParams{URI: uri}); err == nil {
			t.Errorf("%s is read: %v", uri, result.Contents[0].Text)
		}
	}
	if said := b.traffic.String(); strings.Contains(said, canary) || strings.Contains(said, canaryBase64) {
		t.Error("the value of a Secret left")
	}
}

func TestSubscribersAreToldOfWhatChanges(t *testing.T) {
	const changed = `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"ill","namespace":"shop","uid":"p2"},
		"status":{"phase":"Pending","containerStatuses":[{"name":"a","ready":false,"restartCount":0,"state":{"waiting":{"reason":"CreateContainerConfigError","message":"none"}}}]}}`
	for _, version := range protocols {
		for uri, want := range map[string]string{
			"dogwatch://objects/pods":          `"total":21`,
			"dogwatch://objects/pods/shop/ill": "CreateContainerConfigError",
			"dogwatch://problems":              `"name":"ill"`,
			"dogwatch://signals":               `"fingerprint":"f-ill"`,
		} {
			t.Run(version+" "+strings.ReplaceAll(strings.TrimPrefix(uri, "dogwatch://"), "/", " "), func(t *testing.T) {
				b, told := withSignals(t, benchOptions{mcp: mcp.Options{UpdateEvery: time.Millisecond}})
				b.ask("query_objects", args{"type": "pods"})
				heard := make(updates, 1000)
				session := b.connect(version, heard.take)
				b.subscribe(session, uri)
				if got := <-heard; got != uri { // the first tells that it has begun
					t.Errorf("%s is told of", got)
				}
				b.apply(pods, changed)
				told.take(aSignal("ill", signal.Warning, 1))
				heard.until(b, session, uri, func(text string) bool { return strings.Contains(text, want) })
				if strings.HasSuffix(uri, "/ill") { // one that was there
					b.apply(pods, strings.Replace(changed, `"none"`, `"there is none"`, 1))
					heard.until(b, session, uri, func(text string) bool { return strings.Contains(text, "there is none") })
				}
			})
		}
	}
}

// A type is watched as long as somebody has subscribed to it.
func TestSubscriptionsEnd(t *testing.T) {
	for _, version := range protocols {
		for name, end := range map[string]func(*sdk.ClientSession, string) error{
			"with the session": func(s *sdk.ClientSession, _ string) error { return s.Close() },
			"when asked to": func(s *sdk.ClientSession, uri string) error {
				return s.Unsubscribe(context.Background(), &sdk.UnsubscribeParams{URI: uri})
			},
		} {
			t.Run(version+" "+name, func(t *testing.T) {
				b := newBench(t, benchOptions{mcp: mcp.Options{UpdateEvery: time.Millisecond}})
				const uri = "dogwatch://objects/gauges.acme.io"
				watched := func(is bool) {
					t.Helper()
					b.until(fmt.Sprint("watching it: ", is), "list_types", args{"watched_only": true, "match": "gauges"}, func(a map[string]any) bool { return (a["total"] == 1.0) == is })
				}
				watched(false)
				heard := make(updates, 1000)
				session := b.connect(version, heard.take)
				b.subscribe(session, uri)
				<-heard
				watched(true)
				if err := end(session, uri); err != nil {
					t.Fatal(err)
				}
				watched(false)
			})
		}
	}
}

// However often a session begins and ends subscriptions, one goroutine waits for its end.
func TestWhoSubscribesAgainAndAgainIsAwaitedOnce(t *testing.T) {
	b := newBench(t, benchOptions{})
	const uri = "dogwatch://objects/gauges.acme.io"
	session := b.connect(protocols[0], nil)
	for range 20 {
		b.subscribe(session, uri)
		if err := session.Unsubscribe(t.Context(), &sdk.UnsubscribeParams{URI: uri}); err != nil {
			t.Fatal(err)
		}
	}
	b.subscribe(session, uri)
	stacks := make([]byte, 4<<20)
	if n := strings.Count(string(stacks[:runtime.Stack(stacks, true)]), "(*subscriptions).awaitEnd("); n != 1 {
		t.Errorf("%d goroutines wait for the end of a session", n)
	}
	if err := session.Close(); err != nil {
		t.Fatal(err)
	}
	b.until("its type is let go", "list_types", args{"watched_only": true, "match": "gauges"}, func(a map[string]any) bool { return a["total"] == 0.0 })
}

func TestSubscriptionsAreBounded(t *testing.T) {
	b := newBench(t, benchOptions{mcp: mcp.Options{MostWatched: 2}})
	session := b.connect(protocols[0], nil)
	refused := func(uri, said string) {
		t.Helper()
		if err := session.Subscribe(t.Context(), &sdk.SubscribeParams{URI: uri}); err == nil || !strings.Contains(err.Error(), said) {
			t.Errorf("%s: %v", uri, err)
		}
	}
	refused("dogwatch://nothing", "no such resource")
	refused("dogwatch://signals", "no such resource") // there are none here
	refused("dogwatch://objects/nothing", "nothing")
	refused("dogwatch://objects/nodes/shop/node-00", "NAMESPACE/NAME")
	for i := range 49 {
		b.subscribe(session, fmt.Sprintf("dogwatch://objects/pods/shop/pod-%d", i))
	}
	b.subscribe(session, "dogwatch://objects/nodes")
	b.subscribe(session, "dogwatch://objects/nodes") // once more is no more
	refused("dogwatch://problems", "a session may subscribe to 50 resources")
	other := b.connect(protocols[0], nil)
	b.subscribe(other, "dogwatch://objects/pods")
	if err := other.Subscribe(t.Context(), &sdk.SubscribeParams{URI: "dogwatch://objects/secrets"}); err == nil || !strings.Contains(err.Error(), "2 types") {
		t.Errorf("a third type: %v", err)
	}
	// What one ends, another may have.
	if err := session.Unsubscribe(t.Context(), &sdk.UnsubscribeParams{URI: "dogwatch://objects/nodes"}); err != nil {
		t.Fatal(err)
	}
	b.subscribe(other, "dogwatch://objects/secrets")
}
