package cluster

import (
	"context"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
)

func TestPanicsReachTheCrashHandlers(t *testing.T) {
	handlers, really := utilruntime.PanicHandlers, utilruntime.ReallyCrash
	defer func() { utilruntime.PanicHandlers, utilruntime.ReallyCrash = handlers, really }()
	var caught any
	utilruntime.ReallyCrash = false
	utilruntime.PanicHandlers = []func(context.Context, any){func(_ context.Context, r any) { caught = r }}
	if err := guarded(func() { panic("boom") })(); err != nil || caught != "boom" {
		t.Errorf("caught %v, error %v", caught, err)
	}
}

func TestAReplacedDefinitionIsUpdated(t *testing.T) {
	w := &typeWatcher{woken: make(chan struct{}, 1), changes: make(map[definition]change)}
	crd := &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{Name: foos.name}}
	w.put(definitions, crd, removed)
	w.put(definitions, crd, added)
	if got := w.take()[foos]; got != updated {
		t.Errorf("change = %v", got)
	}
}
