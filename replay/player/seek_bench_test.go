package player

import (
	"bytes"
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	v1 "k8s.io/api/core/v1"

	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
	"github.com/dogwatch/dogwatch/replay/recording"
)

// The large recording has a segment of this many pods and as many events and a bit, as the recorder makes them.
const (
	manyPods   = 50_000
	manyEvents = 51_000
	manyTime   = time.Hour
)

// large is made once: it takes several seconds.
var large = sync.OnceValue(makeLarge)

func makeLarge() *recording.Recording {
	var out bytes.Buffer
	w, err := recording.NewWriter(&out)
	check(err)
	header := recording.Header{At: start, Objects: manyPods, Types: []recording.Type{{
		Name: "pods.v1", Kind: "Pod", Namespaced: true, Verbs: []string{"get", "list", "watch"}, Columns: podColumns(),
	}}}
	check(w.Begin(header))
	for i := range manyPods {
		check(w.Write(podEntry(recording.Present, start, i, 1000+i)))
	}
	step := manyTime / manyEvents
	for i := range manyEvents {
		check(w.Write(podEntry(recording.Modified, start.Add(time.Duration(i+1)*step), i*7919%manyPods, 100_000+i)))
	}
	check(w.Close(start.Add(manyTime)))
	rec, err := recording.Open(bytes.NewReader(out.Bytes()), int64(out.Len()))
	check(err)
	return rec
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func podColumns() []recording.Column {
	var columns []recording.Column
	for _, c := range sample.Pods().Columns {
		columns = append(columns, recording.Column{TableColumnDefinition: c.TableColumnDefinition, Age: c.Name == "Age"})
	}
	return columns
}

// podEntry is about a pod of some 6 KB, a third of which are managedFields, as pods of real clusters are.
func podEntry(kind recording.Kind, at time.Time, i, version int) recording.Entry {
	name := fmt.Sprintf("web-7c9d8f6b5d-%05d", i)
	object := strings.NewReplacer("NAME", name, "VERSION", fmt.Sprint(version), "SALT", fmt.Sprintf("%x", i*7919+version)).Replace(podText())
	return recording.Entry{
		At: at, Kind: kind, Type: "pods.v1", Object: jsontext.Value(object),
		Cells: jsontext.Value(fmt.Sprintf(`[%q,"1/1","Running","0","2026-11-01T08:00:00Z","10.244.0.2","node-01","<none>","<none>"]`, name)),
	}
}

// podText is a pod's JSON, its members in the order in which an API server writes them.
var podText = sync.OnceValue(func() string {
	var pod v1.Pod
	check(json.Unmarshal(sample.Pod(0), &pod))
	pod.Name, pod.ResourceVersion = "NAME", "VERSION"
	for i := range pod.ManagedFields {
		var fields strings.Builder
		fields.WriteString(`{"f:spec":{"f:containers":{`)
		for n := range 30 {
			fmt.Fprintf(&fields, `"k:{\"name\":\"VARIABLE_%d\"}":{".":{},"f:value":{}},`, n)
		}
		fields.WriteString(`"f:image":{}}}}`)
		pod.ManagedFields[i].FieldsV1.SetRawBytes([]byte(fields.String()))
	}
	for n := range 20 {
		env := v1.EnvVar{Name: fmt.Sprintf("VARIABLE_%d", n), Value: fmt.Sprintf("value SALT of number %d", n)}
		pod.Spec.Containers[0].Env = append(pod.Spec.Containers[0].Env, env)
	}
	return string(sample.JSON(pod))
})

func BenchmarkSeek(b *testing.B) {
	rec := large()
	for _, part := range []int{0, 50, 100} {
		b.Run(fmt.Sprintf("%d%%", part), func(b *testing.B) {
			at := start.Add(manyTime * time.Duration(part) / 100)
			for b.Loop() {
				p, err := New(rec, Options{At: at, Paused: true})
				check(err)
				b.StopTimer()
				b.ReportMetric(float64(liveHeap())/(1<<20), "MB-live")
				p.close()
				runtime.KeepAlive(p)
				b.StartTimer()
			}
		})
	}
}

func liveHeap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
