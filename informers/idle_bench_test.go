package informers

import (
	"context"
	"fmt"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	k8sruntime "k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"

	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
	"github.com/dogwatch/dogwatch/replay/apiserver/store"
)

const idleWatches = 300

// BenchmarkIdleWatch measures what an empty watch holds, how much of that client-go's informer alone does, and how long it
// takes to drop all.
func BenchmarkIdleWatch(b *testing.B) {
	b.Run("ours", func(b *testing.B) {
		var served []store.Type
		for i := range idleWatches + 1 {
			crd := sample.Gauges()
			crd.Resource.Group = fmt.Sprintf("g%d.acme.io", i)
			served = append(served, crd)
		}
		manager := NewManager(context.Background(), Options{})
		manager.AddCluster("test", emptyServer{bookmarkAt("3", true)}, newCatalog(served...))
		watch := func(i int) *Watch {
			l, err := manager.Add(Identity{Cluster: "test", GVR: served[i].Resource})
			if err != nil {
				b.Fatal(err)
			}
			return l.Watch()
		}
		measureIdle(b, func(i int) (started func() bool) {
			w := watch(i)
			return func() bool { return w.State().Phase == Live }
		}, func() {
			if err := manager.Close(context.Background()); err != nil {
				b.Fatal(err)
			}
		})
	})
	b.Run("client-go alone", func(b *testing.B) {
		ctx, cancel := context.WithCancel(context.Background())
		var running sync.WaitGroup
		measureIdle(b, func(int) (started func() bool) {
			_, informer := cache.NewInformerWithOptions(cache.InformerOptions{ListerWatcher: quietLister{}, Handler: cache.ResourceEventHandlerFuncs{}})
			running.Go(func() { informer.RunWithContext(ctx) })
			return informer.HasSynced
		}, func() {
			cancel()
			running.Wait()
		})
	})
}

// measureIdle starts watches and drops them, once for the benchmark, whatever its N.
func measureIdle(b *testing.B, start func(int) (started func() bool), dropAll func()) {
	wait := func(started func() bool) {
		for !started() {
			runtime.Gosched()
		}
	}
	wait(start(0)) // what is made once
	before := heap()
	goroutines := runtime.NumGoroutine()
	starting := make([]func() bool, 0, idleWatches)
	for i := range idleWatches {
		starting = append(starting, start(i+1))
	}
	for _, started := range starting {
		wait(started)
	}
	clear(starting)
	after := heap()
	each := func(before, after uint64) float64 { return (float64(after) - float64(before)) / idleWatches }
	b.ReportMetric(each(before.HeapAlloc, after.HeapAlloc), "heap-B/watch")
	b.ReportMetric(each(before.StackInuse, after.StackInuse), "stack-B/watch")
	b.ReportMetric(each(uint64(goroutines), uint64(runtime.NumGoroutine())), "goroutines/watch")
	begin := time.Now()
	dropAll()
	b.ReportMetric(float64(time.Since(begin).Milliseconds()), "ms-to-drop-all")
}

// quietLister has nothing and says nothing.
type quietLister struct{}

func (quietLister) List(metav1.ListOptions) (k8sruntime.Object, error) {
	return &objectList{ListMeta: metav1.ListMeta{ResourceVersion: "3"}}, nil
}

func (quietLister) Watch(metav1.ListOptions) (watch.Interface, error) { return watch.NewFake(), nil }

// IsWatchListSemanticsUnSupported has the informer ask for a list.
func (quietLister) IsWatchListSemanticsUnSupported() bool { return true }

// emptyServer answers each watch with an empty list, and is silent from then on.
type emptyServer struct{ text string }

func (s emptyServer) Get(ctx context.Context, _ string, _ url.Values, _ string) (*Response, error) {
	return &Response{Body: &silence{ctx: ctx, text: strings.NewReader(s.text)}}, nil
}

// silence is a text whose end never comes.
type silence struct {
	ctx  context.Context
	text *strings.Reader
}

func (s *silence) Read(p []byte) (int, error) {
	if s.text.Len() > 0 {
		return s.text.Read(p)
	}
	<-s.ctx.Done()
	return 0, s.ctx.Err()
}

func (*silence) Close() error { return nil }

// heap measures what is in use after collections.
func heap() runtime.MemStats {
	for range 6 { // each shrinks stacks by half at most
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m
}
