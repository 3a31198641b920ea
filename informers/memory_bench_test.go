package informers

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/health"
	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
	"github.com/dogwatch/dogwatch/replay/apiserver/store"
)

// BenchmarkHeldPod lists pods from one server, first by a watch and then by client-go's dynamic informer, and reports what of
// the live heap each pod takes in both. It does so once, whatever N is.
func BenchmarkHeldPod(b *testing.B) {
	const n = 10_000
	server := podServer(b, n)
	access := server.Access()
	config := &rest.Config{Host: access.Host, BearerToken: access.Token, TLSClientConfig: rest.TLSClientConfig{CAData: access.CA}}
	heldByWatch(b, config, n) // what is made once, in the server too
	ours := heldByWatch(b, config, n)
	heldByDynamicInformer(b, config, n)
	dynamics := heldByDynamicInformer(b, config, n)
	b.ReportMetric(ours/n, "heap-B/pod")
	b.ReportMetric(dynamics/n, "dynamic-heap-B/pod")
	b.ReportMetric(dynamics/ours, "x-less")
}

// podServer serves pods as they are in real clusters.
func podServer(b *testing.B, n int) *apiserver.Server {
	st := store.New(store.Options{})
	if err := st.AddType(sample.Pods()); err != nil {
		b.Fatal(err)
	}
	items := make([]store.Item, n)
	for i := range items {
		items[i] = store.Item{JSON: busyPod(b, i, 1), Cells: json.RawMessage(fmt.Sprintf(
			`["pod-%d","1/1","Running","%d (3m ago)","3d","10.244.%d.%d","node-%02d","<none>","<none>"]`, i, i%3, i/250, i%250, i%100))}
	}
	if err := st.Load(pods, items, 2_000_000); err != nil {
		b.Fatal(err)
	}
	server := apiserver.New(st, apiserver.Options{})
	if err := server.Start(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := server.Close(); err != nil {
			b.Error(err)
		}
	})
	return server
}

// until waits for what nobody tells of.
func until(holds func() bool) {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !holds() {
		<-tick.C
	}
}

// heldByWatch gives the bytes that a watch of n pods takes.
func heldByWatch(b *testing.B, config *rest.Config, n int) float64 {
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		b.Fatal(err)
	}
	defer client.CloseIdleConnections()
	rules, err := health.Builtin()
	if err != nil {
		b.Fatal(err)
	}
	before := heap()
	manager := NewManager(context.Background(), Options{
		Health: func(gk schema.GroupKind) model.Judge { return rules.For(gk) },
	})
	manager.AddCluster("test", &getter{host: config.Host, client: client}, newCatalog(sample.Pods()))
	lease, err := manager.Add(Identity{Cluster: "test", GVR: pods})
	if err != nil {
		b.Fatal(err)
	}
	until(func() bool { return lease.Watch().State().Phase == Live })
	after := heap()
	if got := lease.Watch().Store().Len(); got != n {
		b.Fatalf("the watch holds %d pods, want %d", got, n)
	}
	lease.Watch().Store().Each(func(o *model.Object) bool {
		if text, err := o.JSON(); err != nil || !json.Valid(text) {
			b.Errorf("%s cannot be read: %v", o.Key, err)
		}
		return true
	})
	if err := manager.Close(context.Background()); err != nil {
		b.Fatal(err)
	}
	return float64(after.HeapAlloc) - float64(before.HeapAlloc)
}

// heldByDynamicInformer gives the bytes that client-go's informer of n unstructured pods takes.
func heldByDynamicInformer(b *testing.B, config *rest.Config, n int) float64 {
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		b.Fatal(err)
	}
	before := heap()
	ctx, cancel := context.WithCancel(context.Background())
	list := client.Resource(pods)
	informer := cache.NewSharedIndexInformer(&cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, opts metav1.ListOptions) (runtime.Object, error) {
			return list.List(ctx, opts)
		},
		WatchFuncWithContext: func(ctx context.Context, opts metav1.ListOptions) (watch.Interface, error) {
			return list.Watch(ctx, opts)
		},
	}, nil, 0, cache.Indexers{})
	var running sync.WaitGroup
	running.Go(func() { informer.RunWithContext(ctx) })
	until(informer.HasSynced)
	after := heap()
	if got := len(informer.GetStore().ListKeys()); got != n {
		b.Fatalf("the informer holds %d pods, want %d", got, n)
	}
	cancel()
	running.Wait()
	return float64(after.HeapAlloc) - float64(before.HeapAlloc)
}
