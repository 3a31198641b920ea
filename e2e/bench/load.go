package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
	"github.com/dogwatch/dogwatch/replay/apiserver/store"
)

// load is a cluster of pods that change. It is for one goroutine.
type load struct {
	store   *store.Store
	random  *rand.Rand
	text    *template
	values  [blanks][]byte
	gone    []bool
	version uint64
	changes int
}

const firstVersion = 1_000_000

func newLoad(pods int) (*load, error) {
	text, err := podText()
	if err != nil {
		return nil, fmt.Errorf("making a pod: %w", err)
	}
	l := &load{
		store: store.New(store.Options{}), random: rand.New(rand.NewPCG(1, 2)), text: newTemplate(text),
		gone: make([]bool, pods), version: firstVersion,
	}
	def := sample.Pods()
	for i := range def.Columns {
		def.Columns[i].Age = def.Columns[i].Name == "Age"
	}
	if err := l.store.AddType(def); err != nil {
		return nil, err
	}
	items := make([]store.Item, pods)
	for i := range items {
		items[i] = l.pod(i)
	}
	return l, l.store.Load(def.Resource, items, l.version)
}

// podText is a pod of the size that pods have in real clusters, a third of which are managedFields.
func podText() (string, error) {
	var pod corev1.Pod
	if err := json.Unmarshal(sample.Pod(0), &pod); err != nil {
		return "", err
	}
	pod.Name, pod.UID, pod.ResourceVersion = "NAME", "UNIQUE-2222-4333-8444-INDEX", "VERSION"
	pod.Namespace = "shop"
	pod.Annotations = map[string]string{"example.com/config-hash": "DRAWN"}
	pod.Status.PodIP = "10.244.ADDRESS"
	pod.Status.ContainerStatuses[0].ContainerID = "containerd://HASH"
	for i := range pod.Status.Conditions {
		pod.Status.Conditions[i].Message = "observed at MOMENT"
	}
	for i := range pod.ManagedFields {
		var fields strings.Builder
		fields.WriteString(`{"f:spec":{"f:containers":{`)
		for n := range 25 {
			fmt.Fprintf(&fields, `"k:{\"name\":\"VARIABLE_%d\"}":{".":{},"f:name":{},"f:value":{}},`, n)
		}
		fields.WriteString(`"f:image":{}}}}`)
		pod.ManagedFields[i].FieldsV1 = &metav1.FieldsV1{}
		pod.ManagedFields[i].FieldsV1.SetRawBytes([]byte(fields.String()))
	}
	for n := range 25 {
		pod.Spec.Containers[0].Env = append(pod.Spec.Containers[0].Env, corev1.EnvVar{
			Name: fmt.Sprintf("VARIABLE_%d", n), Value: fmt.Sprintf("the value with number %d of NAME", n),
		})
	}
	return string(sample.JSON(pod)), nil
}

// size is how many bytes a pod's JSON has.
func (l *load) size() int { return len(l.pod(0).JSON) }

// pod is a new version of a pod.
func (l *load) pod(i int) store.Item {
	l.version++
	fill(&l.values, i, l.version, l.random)
	cells := fmt.Appendf(nil, `["%s","1/1","Running","%d","2026-11-01T08:00:00Z","10.244.%s","node-01","<none>","<none>"]`,
		l.values[blankName], l.changes%10, l.values[blankAddress])
	return store.Item{JSON: l.text.write(&l.values), Cells: cells}
}

// present is how many pods there are now.
func (l *load) present() (n int) {
	for _, gone := range l.gone {
		if !gone {
			n++
		}
	}
	return n
}

// change changes a pod: of twenty changes one deletes it, and where it is gone makes it again.
func (l *load) change() error {
	l.changes++
	i := l.random.IntN(len(l.gone))
	resource, item := sample.Pods().Resource, l.pod(i)
	if !l.gone[i] && l.random.IntN(20) == 0 {
		l.gone[i] = true
		return l.store.Remove(resource, item)
	}
	l.gone[i] = false
	return l.store.Put(resource, item)
}

// run changes pods at a rate for some time, and reports ten times in between.
func (l *load) run(ctx context.Context, rate int, length time.Duration, report func(time.Duration) error) error {
	const beats = 100 // a second
	tick := time.NewTicker(time.Second / beats)
	defer tick.Stop()
	begin, before, reported := time.Now(), l.changes, 0
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		passed := min(time.Since(begin), length)
		for ctx.Err() == nil && l.changes-before < int(passed.Seconds()*float64(rate)) {
			if err := l.change(); err != nil {
				return err
			}
		}
		if n := int(10 * passed / length); n > reported {
			reported = n
			if err := report(passed); err != nil {
				return err
			}
		}
		if passed == length {
			return nil
		}
	}
}
