package player

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	v1 "k8s.io/api/core/v1"

	"k8s.io/client-go/rest"

	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
	"github.com/dogwatch/dogwatch/replay/apiserver/store"
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
	last := make([]int, manyPods)
	for i := range manyEvents {
		pod := i * 7919 % manyPods
		last[pod] = 100_000 + i
		check(w.Write(podEntry(recording.Modified, start.Add(time.Duration(i+1)*step), pod, last[pod])))
	}
	header.At, header.Continues = start.Add(manyTime+time.Second), true
	check(w.Begin(header))
	for pod, version := range last {
		check(w.Write(podEntry(recording.Present, header.At, pod, version)))
	}
	check(w.Close(header.At.Add(time.Second)))
	rec, err := recording.Open(bytes.NewReader(out.Bytes()), int64(out.Len()))
	check(err)
	fmt.Printf("%d MB in the file, %d bytes a pod\n", out.Len()>>20, len(podEntry(recording.Present, start, 0, 0).Object))
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
	object := strings.ReplaceAll(strings.ReplaceAll(podText(), "NAME", name), "VERSION", fmt.Sprint(version))
	for sum := sha256.Sum256([]byte(object[:200])); ; sum = sha256.Sum256(sum[:]) { // what no two pods share
		salted := strings.Replace(object, "SALT", fmt.Sprintf("%x", sum), 1)
		if salted == object {
			break
		}
		object = salted
	}
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
	for n := range 15 {
		env := v1.EnvVar{Name: fmt.Sprintf("VARIABLE_%d", n), Value: fmt.Sprintf("value SALT of number %d", n)}
		pod.Spec.Containers[0].Env = append(pod.Spec.Containers[0].Env, env)
	}
	return string(sample.JSON(pod))
})

// BenchmarkOpen opens the large recording at instants early and late in its segment.
func BenchmarkOpen(b *testing.B) {
	rec := large()
	for _, part := range []int{0, 50, 100} {
		b.Run(fmt.Sprintf("%d%%", part), func(b *testing.B) {
			p := &Player{stopped: make(chan struct{}), endEra: func(error) {}, scene: &scene{}}
			defer onProcessor(b)()
			for b.Loop() {
				p.close()
				var err error
				p, err = New(rec, Options{At: partOfLarge(part), Paused: true})
				check(err)
			}
			b.ReportMetric(float64(liveHeap())/(1<<20), "MB-live")
			p.close()
		})
	}
}

// BenchmarkSeek goes to and fro between instants, and BenchmarkStepBack one change back.
func BenchmarkSeek(b *testing.B) {
	p, err := New(large(), Options{Paused: true})
	check(err)
	defer p.close()
	defer onProcessor(b)()
	for i := 0; b.Loop(); i++ {
		check(p.seek(b.Context(), partOfLarge([]int{50, 100, 0}[i%3])))
	}
	b.ReportMetric(float64(liveHeap())/(1<<20), "MB-live")
}

func BenchmarkStepBack(b *testing.B) {
	p, err := New(large(), Options{At: partOfLarge(50), Paused: true})
	check(err)
	defer p.close()
	defer onProcessor(b)()
	for b.Loop() {
		check(p.stepBack(b.Context()))
	}
}

// BenchmarkTurn goes over the border to the next segment while playing.
func BenchmarkTurn(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		p, err := New(large(), Options{At: partOfLarge(100), Paused: true})
		check(err)
		for line, ok := p.scene.peek(); ok; line, ok = p.scene.peek() {
			p.scene.play(line)
		}
		b.StartTimer()
		if p.scene.turn() {
			b.Fatal("the next segment differs")
		}
		b.StopTimer()
		p.close()
		b.StartTimer()
	}
}

// BenchmarkCount counts all changes, without resting.
func BenchmarkCount(b *testing.B) {
	p, err := New(large(), Options{Paused: true})
	check(err)
	defer p.close()
	defer onProcessor(b)()
	for b.Loop() {
		for _, part := range p.parts {
			for _, err := range part.lines() {
				check(err)
			}
		}
	}
}

// BenchmarkRelist lists all pods page by page from the server, as a dashboard does after a seek.
func BenchmarkRelist(b *testing.B) {
	p, err := New(large(), Options{At: partOfLarge(50), Paused: true})
	check(err)
	defer p.close()
	server := apiserver.New(p.Store(), apiserver.Options{Now: p.Now})
	check(server.Start(b.Context()))
	defer func() { _ = server.Close() }()
	for _, encoding := range []string{"identity", "gzip"} {
		b.Run(encoding, func(b *testing.B) {
			client, err := rest.HTTPClientFor(&rest.Config{TLSClientConfig: rest.TLSClientConfig{CAData: server.Access().CA}})
			check(err)
			defer client.CloseIdleConnections()
			var first time.Duration
			defer onProcessor(b)()
			for b.Loop() {
				check(p.Store().LoadRead(pods, readOf(p), 1)) // forgets what was sorted before
				began := time.Now()
				for page, next := 0, ""; page == 0 || next != ""; page++ {
					next = listPage(b, client, server.Access().Host, encoding, next)
					if page == 0 {
						first = time.Since(began)
					}
				}
			}
			b.ReportMetric(float64(first.Milliseconds()), "ms-first-page")
		})
	}
}

func readOf(p *Player) []*store.Object {
	var all []*store.Object
	for _, o := range p.scene.tables["pods.v1"].objects {
		all = append(all, o.read)
	}
	return all
}

func listPage(b *testing.B, client *http.Client, host, encoding, from string) (next string) {
	url := host + "/api/v1/pods?limit=500&includeObject=Object&continue=" + from
	r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, url, http.NoBody)
	check(err)
	r.Header.Set("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io")
	r.Header.Set("Accept-Encoding", encoding)
	resp, err := client.Do(r)
	check(err)
	defer func() { _ = resp.Body.Close() }()
	var body io.Reader = resp.Body
	if encoding == "gzip" {
		body, err = gzip.NewReader(body)
		check(err)
	}
	text, err := io.ReadAll(body)
	check(err)
	_, rest, ok := strings.Cut(string(text[:1000]), `"continue":"`)
	if !ok {
		return ""
	}
	next, _, _ = strings.Cut(rest, `"`)
	return next
}

// onProcessor reports how long the processors were busy, which other programs change less than the time that passes.
func onProcessor(b *testing.B) func() {
	began := busy()
	return func() {
		b.ReportMetric(float64((busy()-began).Milliseconds())/float64(b.N), "cpu-ms/op")
	}
}

func busy() time.Duration {
	var use syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &use))
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

func partOfLarge(percent int) time.Time {
	return start.Add(manyTime * time.Duration(percent) / 100)
}

func liveHeap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
