package informers

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/url"
	"runtime"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
)

// podEvents is a stream of updates of pods, as a server sends it.
func podEvents(b *testing.B, n int) []byte {
	columns := `[{"name":"Name","type":"string","format":"name"},{"name":"Ready","type":"string"},{"name":"Status","type":"string"},` +
		`{"name":"Restarts","type":"string"},{"name":"Age","type":"string"},{"name":"Node","type":"string","priority":1}]`
	var stream bytes.Buffer
	for i := range n {
		version := fmt.Appendf(nil, `"metadata":{"uid":"00000000-0000-4000-8000-%012d","resourceVersion":"%d",`, i%500, i+1)
		pod := bytes.Replace(sample.Pod(i%500), []byte(`"metadata":{`), version, 1)
		row := fmt.Sprintf(`{"cells":["pod-%d","1/1","Running","%d","3d","node-%d"],"object":%s}`, i%500, i%3, i%40, pod)
		stream.WriteString(event1("MODIFIED", eventTable(columns, row)))
		columns = "null"
	}
	b.SetBytes(int64(stream.Len() / n))
	b.ReportAllocs()
	b.ResetTimer()
	return stream.Bytes()
}

// BenchmarkDecode takes events apart, against reading the same bytes' JSON.
func BenchmarkDecode(b *testing.B) {
	const n = 2000
	b.Run("events", func(b *testing.B) {
		stream := podEvents(b, n)
		for i := 0; i < b.N; {
			events := testDecoder(pods).events(bytes.NewReader(stream))
			events.managed = true
			for ; i < b.N; i++ {
				if err := events.next(func(event) error { return nil }); err != nil {
					break
				}
			}
		}
	})
	b.Run("held already", func(b *testing.B) {
		stream := podEvents(b, n)
		d := testDecoder(pods)
		held := map[string]*model.Object{}
		for events := d.events(bytes.NewReader(stream)); ; {
			err := events.next(func(e event) error { held[e.Object.ResourceVersion] = e.Object; return nil })
			if err != nil {
				break
			}
		}
		// Each event is of the version that is held then, as in a list that is read again.
		d.held = func(model.Key) (*model.Object, bool) {
			o, ok := held[d.parts.resourceVersion]
			return o, ok
		}
		b.ResetTimer()
		for i := 0; i < b.N; {
			events := d.events(bytes.NewReader(stream))
			for ; i < b.N; i++ {
				if err := events.next(func(event) error { return nil }); err != nil {
					break
				}
			}
		}
	})
	b.Run("jsontext alone", func(b *testing.B) {
		stream := podEvents(b, n)
		for i := 0; i < b.N; {
			in := text(bytes.NewReader(stream))
			for ; i < b.N; i++ {
				if _, err := in.ReadValue(); err != nil {
					break
				}
			}
		}
	})
}

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
		if err := manager.Close(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
}

// emptyServer answers each watch with an empty list, and is silent from then on.
type emptyServer struct{}

func (emptyServer) Get(ctx context.Context, _ string, _ url.Values, _ string) (*Response, error) {
	r, w := io.Pipe()
	context.AfterFunc(ctx, func() { w.CloseWithError(ctx.Err()) })
	go func() { _, _ = io.WriteString(w, bookmarkAt("3", true)) }()
	return &Response{Body: r}, nil
}

// heap measures what is in use after collections.
func heap() runtime.MemStats {
	for range 6 { // each shrinks stacks by half at most
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m
}
