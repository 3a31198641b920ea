package faults

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/workspace"
)

const (
	widgetPlural = "widgets"
	widgetGroup  = "faults.example.com"
	widgetCRD    = widgetPlural + "." + widgetGroup
)

// widgets defines a type in the versions v1beta1 and v1, of which those that are named are served.
func widgets(served ...string) string {
	const version = `
  - name: %s
    served: %v
    storage: %v
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
    additionalPrinterColumns:
    - {name: Size, type: string, jsonPath: .spec.size}
    - {name: Age, type: date, jsonPath: .metadata.creationTimestamp}`
	var manifest strings.Builder
	fmt.Fprintf(&manifest, `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: %s}
spec:
  group: %s
  scope: Namespaced
  names: {kind: Widget, listKind: WidgetList, plural: %s, singular: widget}
  versions:`, widgetCRD, widgetGroup, widgetPlural)
	for _, name := range []string{"v1beta1", "v1"} {
		fmt.Fprintf(&manifest, version, name, slices.Contains(served, name), name == "v1")
	}
	return manifest.String()
}

// define has widgets served in these versions, until the end of the test.
func (p *place) define(served ...string) {
	p.Helper()
	p.apply(widgets(served...))
	p.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(p.Context()), Patience)
		defer cancel()
		if _, err := p.plane.Kubectl(ctx, "delete", "crd", widgetCRD, "--ignore-not-found"); err != nil {
			p.Errorf("cleaning up: %v", err)
		}
	})
}

// apply stores a manifest. A type in it may be so new that it is not served yet.
func (p *place) apply(manifest string) {
	p.Helper()
	p.eventually("the manifest to be taken", func() bool { return p.plane.Apply(p.Context(), manifest) == nil })
}

// fill creates so many widgets with a text of this size in each, which cannot be compressed.
func (p *place) fill(count, size int) {
	p.Helper()
	text := make([]byte, size*3/4)
	var manifest strings.Builder
	for i := range count {
		_, _ = rand.Read(text)
		fmt.Fprintf(&manifest, "---\n{apiVersion: %s/v1, kind: Widget, metadata: {name: widget-%d, namespace: %s}, spec: {size: \"%d\", text: %q}}\n",
			widgetGroup, i, p.namespace, i, base64.StdEncoding.EncodeToString(text))
	}
	p.apply(manifest.String())
}

func target(types ...string) workspace.Target { return workspace.Target{Types: types} }

func TestTypeIsDeletedWhileItIsListed(t *testing.T) {
	p := newPlace(t)
	p.define("v1")
	p.fill(100, 2000)
	p.pave()
	d := p.watch()
	p.road.throttle(20_000) // so that the list takes seconds
	began := time.Now()
	if _, err := d.Workspace.Open(target(widgetPlural)); err != nil {
		t.Fatal(err)
	}
	listing := func() informers.State { return d.Watch(widgetPlural).State() }
	p.eventually("the middle of the list", func() bool { return listing().Listed > 5 })
	if _, err := p.plane.Kubectl(t.Context(), "delete", "crd", widgetCRD, "--wait=true"); err != nil {
		t.Fatal(err)
	}
	deleted := time.Now()
	if listing().Synced {
		t.Fatal("the list was too fast")
	}
	p.road.throttle(0)
	shown := d.AwaitPhase(widgetPlural, began, informers.Gone)
	if shown.LastHeard.IsZero() { // it is dated though the list was never complete
		t.Errorf("the rows that had come have no date: %s", shown)
	}

	p.define("v1")
	p.fill(3, 10)
	back := time.Now()
	d.AwaitPhase(widgetPlural, shown.At, informers.Live)
	p.tell(shown.At.Sub(deleted), p.oracle.Converge(t, d, back))
	if n := d.Watch(widgetPlural).Store().Len(); n != 3 {
		t.Errorf("%d widgets", n)
	}
}

func TestVersionIsNoLongerServed(t *testing.T) {
	p := newPlace(t)
	p.define("v1beta1", "v1")
	p.fill(10, 10)
	d := p.watch(func(o *Options) { o.Types = []string{widgetPlural + ".v1beta1." + widgetGroup} })
	if got := d.Watch(widgetPlural).State().Type.GVR.Version; got != "v1beta1" {
		t.Fatalf("it is watched in %s", got)
	}
	upgraded := time.Now()
	p.apply(widgets("v1"))
	served := time.Now()
	p.fill(12, 20)
	shown := d.Await(widgetPlural, upgraded, "not live", func(s informers.State) bool { return s.Phase != informers.Live })
	d.Await(widgetPlural, upgraded, "live in the other version", func(s informers.State) bool {
		return s.Phase == informers.Live && s.Type.GVR.Version == "v1"
	})
	p.tell(shown.At.Sub(upgraded), p.oracle.Converge(t, d, served))
	d.dated(widgetPlural, upgraded, shown.At)
}

func TestNamespaceIsDeletedAndComesBack(t *testing.T) {
	p := newPlace(t)
	d := p.watch()
	deleted := time.Now()
	if err := p.client.CoreV1().Namespaces().Delete(t.Context(), p.namespace, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	p.eventually("the namespace to be gone", func() bool {
		_, err := p.client.CoreV1().Namespaces().Get(t.Context(), p.namespace, metav1.GetOptions{})
		return apierrors.IsNotFound(err)
	})
	gone := time.Now()
	p.tell(0, p.oracle.Converge(t, d, gone))
	if n := d.Watch(configMaps).Store().Len(); n != 0 {
		t.Errorf("%d rows of a namespace that is gone", n)
	}
	p.settle()
	p.oracle.Converge(t, d, time.Now())
	// An empty namespace, and none, are no failure.
	d.never(configMaps, deleted, "not live", func(s informers.State) bool { return s.Phase != informers.Live })
}
