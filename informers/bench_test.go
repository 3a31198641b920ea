//go:build unix

package informers

import (
	"bytes"
	"context"
	"errors"
	"io"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/health"
	"github.com/dogwatch/dogwatch/model/timeline"
	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
)

const busyCount = 8 * busyPods

// podDecoder is a decoder of pods as watches have it: it judges their health.
func podDecoder(b *testing.B, s *model.Store) *decoder {
	rules, err := health.Builtin()
	if err != nil {
		b.Fatal(err)
	}
	d := testDecoder(pods)
	d.health = rules.For(schema.GroupKind{Kind: "Pod"})
	d.held = s.Get
	return d
}

// readAll reads a stream's events.
func readAll(b *testing.B, events *eventReader, handle func(event) error) {
	for {
		if err := events.next(handle); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			b.Fatal(err)
		}
	}
}

// processorTime is what the process has used so far: others on the machine do not count.
func processorTime(b *testing.B) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// against runs a way to take the events of a stream in turn with reading the same bytes by jsontext alone, on one core, and
// reports how many times as much of the processor's time it takes, collecting garbage included.
func against(b *testing.B, stream []byte, events int, take func()) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	b.SetBytes(int64(len(stream) / events))
	b.ReportAllocs()
	take() // what is learned and made once
	b.ResetTimer()
	var taking, reading time.Duration
	for i := 0; i < b.N; i += events {
		begin := processorTime(b)
		take()
		taking += processorTime(b) - begin
		b.StopTimer()
		begin = processorTime(b)
		for in := jsontext.NewDecoder(bytes.NewReader(stream), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)); ; {
			if _, err := in.ReadValue(); err != nil {
				break
			}
		}
		reading += processorTime(b) - begin
		b.StartTimer()
	}
	rounds := (b.N + events - 1) / events
	b.ReportMetric(float64(taking.Nanoseconds())/float64(rounds*events), "cpu-ns/event")
	b.ReportMetric(float64(rounds*events)/taking.Seconds(), "events/cpu-s")
	b.ReportMetric(taking.Seconds()/reading.Seconds(), "x-jsontext")
}

// BenchmarkTake takes updates of pods: each is decoded, judged, packed and stored, then
// unpacked, diffed with the version before, and remembered with who made each change.
func BenchmarkTake(b *testing.B) {
	stream := busyEvents(b, busyCount)
	b.Run("all", func(b *testing.B) {
		// All of the program's own: what a watch does, and what the history does with it, which reads both versions anew.
		store := model.NewStore()
		d := podDecoder(b, store)
		history := timeline.New(64 << 20)
		taker := timeline.NewTaker(history)
		changes := store.SubscribeManaged(make(chan struct{}, 1), 1)
		against(b, stream, busyCount, func() {
			events := d.events(bytes.NewReader(stream))
			events.managed = true
			readAll(b, events, func(e event) error {
				store.Apply(e.Object)
				for _, delta := range changes.TryNext() {
					if err := taker.Take(1, delta); err != nil {
						return err
					}
				}
				return nil
			})
		})
		fields, owned := 0, 0
		for r := range history.Forward(0, timeline.Filter{}) {
			fields += len(r.Fields)
			for _, f := range r.Fields {
				if f.By.Name == "kubelet" {
					owned++
				}
			}
		}
		if n := history.Len(); n < b.N || fields < 3*n || owned < fields {
			b.Errorf("%d changes of %d fields, %d with their manager, in %d events", n, fields, owned, b.N)
		}
		b.ReportMetric(float64(history.Bytes())/float64(history.Len()), "history-B/event")
	})
	b.Run("decode", func(b *testing.B) {
		d := podDecoder(b, model.NewStore())
		against(b, stream, busyCount, func() {
			readAll(b, d.events(bytes.NewReader(stream)), func(event) error { return nil })
		})
	})
	b.Run("held already", func(b *testing.B) {
		d := podDecoder(b, model.NewStore())
		held := map[string]*model.Object{}
		readAll(b, d.events(bytes.NewReader(stream)), func(e event) error { held[e.Object.ResourceVersion] = e.Object; return nil })
		// Each event is of the version that is held then, as in a list that is read again.
		d.held = func(model.Key) (*model.Object, bool) {
			o, ok := held[d.parts.resourceVersion]
			return o, ok
		}
		against(b, stream, busyCount, func() {
			readAll(b, d.events(bytes.NewReader(stream)), func(event) error { return nil })
		})
	})
	b.Run("by an informer", func(b *testing.B) {
		// What a watch does today: client-go's queue and cache are in it, the diff is not.
		list := bytes.ReplaceAll(busyEvents(b, busyPods), []byte(`"type":"MODIFIED"`), []byte(`"type":"ADDED"`))
		list = append(list, event1("BOOKMARK", eventTable("null", `{"cells":[],"object":{"metadata":{"resourceVersion":"1000000",`+
			`"annotations":{"k8s.io/initial-events-end":"true"}}}}`))...)
		rules, err := health.Builtin()
		if err != nil {
			b.Fatal(err)
		}
		both := append(list, stream...)
		server := emptyServer{string(both)}
		against(b, both, busyCount+busyPods, func() {
			manager := NewManager(context.Background(), Options{
				Health: func(gk schema.GroupKind) model.Judge { return rules.For(gk) },
			})
			manager.AddCluster("test", server, newCatalog(sample.Pods()))
			lease, err := manager.Add(Identity{Cluster: "test", GVR: pods})
			if err != nil {
				b.Fatal(err)
			}
			until(func() bool {
				s := lease.Watch().State()
				if s.Err != nil {
					b.Fatal(s.Err)
				}
				return s.Stats.Events == busyCount
			})
			lease.Drop()
			if err := manager.Close(context.Background()); err != nil {
				b.Fatal(err)
			}
		})
	})
}
