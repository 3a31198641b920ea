package informers

import (
	"context"
	"fmt"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
)

// BenchmarkIdleWatch measures what an empty watch holds.
func BenchmarkIdleWatch(b *testing.B) {
	const n = 300
	var types []schema.GroupVersionResource
	st, err := sample.Store(0)
	if err != nil {
		b.Fatal(err)
	}
	for i := range n {
		crd := sample.Gauges()
		crd.Resource.Group = fmt.Sprintf("g%d.acme.io", i)
		if err := st.AddType(crd); err != nil {
			b.Fatal(err)
		}
		types = append(types, crd.Resource)
	}
	for range b.N {
		manager := NewManager(context.Background(), Options{})
		manager.AddCluster("test", emptyServer{}, newCatalog(st.Types()...))
		before := heap()
		var leases []*Lease
		for _, gvr := range types {
			l, err := manager.Add(Identity{Cluster: "test", GVR: gvr})
			if err != nil {
				b.Fatal(err)
			}
			leases = append(leases, l)
		}
		for _, l := range leases {
			for l.Watch().State().Phase != Live {
				runtime.Gosched()
			}
		}
		after := heap()
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/n, "heap-B/watch")
		b.ReportMetric(float64(after.StackInuse-before.StackInuse)/n, "stack-B/watch")
		b.ReportMetric(float64(runtime.NumGoroutine())/n, "goroutines/watch")
		begin := time.Now()
		if err := manager.Close(context.Background()); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(time.Since(begin).Milliseconds()), "ms-to-drop-all")
	}
}

// emptyServer answers each watch with an empty list, and is silent from then on.
type emptyServer struct{}

func (emptyServer) Get(ctx context.Context, _ string, _ url.Values, _ string) (*Response, error) {
	return &Response{Body: &silence{ctx: ctx, text: strings.NewReader(bookmarkAt("3", true))}}, nil
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
