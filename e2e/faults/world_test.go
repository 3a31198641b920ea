package faults

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"

	"github.com/dogwatch/dogwatch/e2e/await"
	"github.com/dogwatch/dogwatch/e2e/controlplane"
	"github.com/dogwatch/dogwatch/informers"
)

// configMaps are what the tests of faults watch.
const configMaps = "configmaps"

// objects is how many there are at first.
const objects = 20

// world is a namespace of the test's own, a proxy in front of its server, and the truth about it.
type world struct {
	*testing.T
	proxy     *Proxy
	oracle    *Oracle
	client    kubernetes.Interface
	namespace string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	client, err := bare.Client()
	if err != nil {
		t.Fatal(err)
	}
	oracle, err := NewOracle(bare.RESTConfig(controlplane.Admin))
	if err != nil {
		t.Fatal(err)
	}
	name := strings.Trim(regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(t.Name()), "-"), "-")
	w := &world{T: t, oracle: oracle, client: client, namespace: fmt.Sprintf("%.40s-%04x", name, rand.Uint32N(1<<16))}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: w.namespace}}
	if _, err := client.CoreV1().Namespaces().Create(t.Context(), namespace, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	for i := range objects {
		if err := w.create(t.Context(), i); err != nil {
			t.Fatal(err)
		}
	}
	w.proxy = NewProxy(t, bare.RESTConfig(controlplane.Admin))
	return w
}

// options are those of a dogwatch behind the proxy.
func (w *world) options() Options {
	return Options{
		Kubeconfig: w.proxy.Kubeconfig(bare.Token(controlplane.Reader)),
		Types:      []string{configMaps}, Namespace: w.namespace,
	}
}

// watch starts a dogwatch behind the proxy, and returns it when it holds what the server has.
func (w *world) watch(change ...func(*Options)) *Dogwatch {
	w.Helper()
	options := w.options()
	for _, f := range change {
		f(&options)
	}
	d := Start(w.T, options)
	w.oracle.Converge(w, d, time.Now())
	return d
}

func objectName(i int) string { return fmt.Sprintf("object-%d", i) }

func (w *world) create(ctx context.Context, i int) error {
	object := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: objectName(i), Labels: map[string]string{"n": fmt.Sprint(i)}},
		Data:       map[string]string{"text": strings.Repeat("0123456789", 20)},
	}
	_, err := w.client.CoreV1().ConfigMaps(w.namespace).Create(ctx, object, metav1.CreateOptions{})
	return err
}

// change makes the i-th object another than it was: one more key shows in its cells.
func (w *world) change(ctx context.Context, i int, value string) error {
	patch := fmt.Appendf(nil, `{"data":{"k%d":%q}}`, rand.IntN(50), value)
	_, err := w.client.CoreV1().ConfigMaps(w.namespace).Patch(ctx, objectName(i), types.MergePatchType, patch, metav1.PatchOptions{})
	return err
}

// replace deletes the i-th object, or creates it again.
func (w *world) replace(ctx context.Context, i int) error {
	err := w.client.CoreV1().ConfigMaps(w.namespace).Delete(ctx, objectName(i), metav1.DeleteOptions{})
	if apierrors.IsNotFound(err) {
		return w.create(ctx, i)
	}
	return err
}

// churn changes, deletes and creates objects until the returned function is called. It asks the server itself, so that
// there is something to miss.
func (w *world) churn(seed uint64) (stop func()) {
	ctx, cancel := context.WithCancel(w.Context())
	var churning sync.WaitGroup
	churning.Go(func() {
		random := rand.New(rand.NewPCG(seed, 1))
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for ctx.Err() == nil {
			i := random.IntN(2 * objects)
			var err error
			if random.IntN(3) == 0 {
				err = w.replace(ctx, i)
			} else {
				err = w.change(ctx, i, fmt.Sprint(random.Uint32()))
			}
			if err != nil && ctx.Err() == nil && !apierrors.IsNotFound(err) && !apierrors.IsAlreadyExists(err) {
				w.Errorf("churning: %v", err)
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
			}
		}
	})
	stop = func() {
		cancel()
		churning.Wait()
	}
	w.Cleanup(stop)
	return stop
}

// every gives each request to the objects that are watched the same fault.
func (w *world) every(fault Fault) func(*http.Request) *Fault {
	return w.onObjects(func(*http.Request) *Fault { return &fault })
}

// onObjects leaves discovery and all else alone.
func (w *world) onObjects(hook func(*http.Request) *Fault) func(*http.Request) *Fault {
	path := "/namespaces/" + w.namespace + "/"
	return func(r *http.Request) *Fault {
		if !strings.Contains(r.URL.Path, path) {
			return nil
		}
		return hook(r)
	}
}

// asked counts the requests for the objects that are watched, since a moment.
func (w *world) asked(from time.Time) int {
	n := 0
	for _, r := range w.proxy.Requests(from) {
		if w.isOurs(r) {
			n++
		}
	}
	return n
}

// isOurs tells whether a request is for the objects that are watched.
func (w *world) isOurs(r Request) bool {
	return strings.Contains(r.Path, "/namespaces/"+w.namespace+"/")
}

// retrying is the state after a failure whose reason holds a text.
func retrying(reason string) func(informers.State) bool {
	return func(s informers.State) bool {
		return s.Phase == informers.Retrying && strings.Contains(s.Reason, reason)
	}
}

// eventually waits until a condition holds.
func (w *world) eventually(what string, holds func() bool) {
	w.Helper()
	await.Success(w, Patience, what, func(context.Context) error {
		if !holds() {
			return errors.New("not yet")
		}
		return nil
	})
}

// count is how often a type's watch has come into a state since a moment.
func (d *Dogwatch) count(resource string, from time.Time, good func(informers.State) bool) int {
	n := 0
	for _, t := range d.Log(resource, from) {
		if good(t.State) {
			n++
		}
	}
	return n
}
