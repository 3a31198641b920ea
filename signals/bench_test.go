package signals

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/change"
	"github.com/dogwatch/dogwatch/model/jsonscan"
	"github.com/dogwatch/dogwatch/model/relation"
	"github.com/dogwatch/dogwatch/model/timeline"
)

// A pod as clusters have them, of 4 KB without managedFields.
const benchPod = `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web-79f6fbb8f5-2th2l","namespace":"shop","uid":"u","resourceVersion":"1","creationTimestamp":"2026-11-24T12:05:33Z",` +
	`"labels":{"app":"web","pod-template-hash":"79f6fbb8f5"},"ownerReferences":[{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"web-79f6fbb8f5","uid":"r","controller":true}]},` +
	`"spec":{"containers":[{"name":"web","image":"registry.shop.example/shop/web:3.15.0","env":[ENV],"resources":{"limits":{"memory":"256Mi"}}},` +
	`{"name":"log-shipper","image":"registry.shop.example/platform/log-shipper:1.9.0"}],"nodeName":"node-3"},` +
	`"status":{"phase":"Running","conditions":[{"type":"PodReadyToStartContainers","status":"True","lastTransitionTime":"2026-11-24T12:05:33Z"},` +
	`{"type":"Initialized","status":"True","lastTransitionTime":"2026-11-24T12:05:33Z"},{"type":"Ready","status":"READY","lastTransitionTime":"2026-11-24T12:05:4TIMEZ"},` +
	`{"type":"ContainersReady","status":"READY","lastTransitionTime":"2026-11-24T12:05:4TIMEZ"},{"type":"PodScheduled","status":"True","lastTransitionTime":"2026-11-24T12:05:33Z"}],` +
	`"containerStatuses":[{"name":"log-shipper","image":"registry.shop.example/platform/log-shipper:1.9.0","ready":true,"restartCount":0,"started":true,"state":{"running":{"startedAt":"2026-11-24T12:05:34Z"}}},` +
	`{"name":"web","image":"registry.shop.example/shop/web:3.15.0","ready":BOOL,"restartCount":TIME,"started":true,"state":{"running":{"startedAt":"2026-11-24T12:05:4TIMEZ"}}}],"podIP":"10.0.0.7","qosClass":"Burstable"}}`

// benchChange gives a change of a pod between two versions.
func benchChange(b *testing.B, old, new string) *Change {
	b.Helper()
	var env []string
	for i := range 25 {
		env = append(env, fmt.Sprintf(`{"name":"SETTING_%d","value":"a value of some length, as they are"}`, i))
	}
	text := func(ready, isReady, n string) []byte {
		return []byte(strings.NewReplacer("ENV", strings.Join(env, ","), "READY", ready, "BOOL", isReady, "TIME", n).Replace(benchPod))
	}
	version := func(kind string) []byte {
		if kind == "ready" {
			return text("True", "true", "1")
		}
		if kind == "labelled" {
			return bytes.Replace(text("True", "true", "1"), []byte(`"app":"web"`), []byte(`"app":"shop"`), 1)
		}
		return text("False", "false", "2")
	}
	c := &Change{Of: relation.ID{}, UID: "u", Type: model.Updated, Old: version(old), New: version(new), At: begin()}
	c.Of = id("pods", "web-79f6fbb8f5-2th2l")
	var d change.Differ
	var r timeline.Record
	r.SetFields(d.Diff(jsonscan.Object{Text: c.Old}, jsonscan.Object{Text: c.New}), nil)
	c.Fields = r.Fields
	return c
}

// One change of a pod, all built-in rules: of its status, which most rules about pods read, and of a label, which none does.
func BenchmarkTake(b *testing.B) {
	rules, err := Builtin()
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct{ name, old, new string }{{"status", "ready", "failing"}, {"label", "ready", "labelled"}} {
		b.Run(c.name, func(b *testing.B) {
			w := newWorld(b, rules)
			to, back := benchChange(b, c.old, c.new), benchChange(b, c.new, c.old)
			b.SetBytes(int64(len(to.New)))
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if i%2 == 0 {
					w.Take(to)
				} else {
					w.Take(back)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "changes/s")
		})
	}
}

// Reading the rules that dogwatch comes with.
func BenchmarkBuiltin(b *testing.B) {
	for b.Loop() {
		if _, err := Builtin(); err != nil {
			b.Fatal(err)
		}
	}
}
