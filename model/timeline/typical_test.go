package timeline

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/change"
)

// typical makes the changes that most of a cluster's are: the status of pods, of which 3 to 6 fields change at once, renewals of
// leases, and deployments that are scaled.
type typical struct {
	*rand.Rand
	at       time.Time
	version  uint64
	pods     []*changing
	leases   []*changing
	scaled   []*changing
	sourceOf [3]SourceID
}

type changing struct {
	key      model.Key
	uid      types.UID
	version  uint64
	restarts int
	at       time.Time
}

func newTypical(t *Timeline, pods int) *typical {
	y := &typical{Rand: rand.New(rand.NewPCG(1, 1)), at: time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC), version: 1_000_000}
	for i, resource := range []string{"pods", "leases", "deployments"} {
		y.sourceOf[i] = t.SourceID(Source{Cluster: "prod", GVR: schema.GroupVersionResource{Version: "v1", Resource: resource}})
	}
	for i := range pods {
		y.pods = append(y.pods, y.changing(fmt.Sprintf("team-%d", i%40), fmt.Sprintf("service-%d-%x-%05x", i%300, y.Uint32(), y.IntN(1<<20))))
	}
	for i := range 500 {
		y.leases = append(y.leases, y.changing("kube-node-lease", fmt.Sprintf("node-%03d", i)))
		y.scaled = append(y.scaled, y.changing(fmt.Sprintf("team-%d", i%40), fmt.Sprintf("service-%d", i)))
	}
	return y
}

func (y *typical) changing(namespace, name string) *changing {
	uid := fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", y.Uint32(), y.IntN(1<<16), y.IntN(1<<12), y.IntN(1<<12), y.Uint64N(1<<48))
	return &changing{key: model.Key{Namespace: namespace, Name: name}, uid: types.UID(uid), version: y.version, at: y.at}
}

// next makes one change: of ten, six are of pods, three of leases and one of a deployment.
func (y *typical) next(r *Record) {
	y.at = y.at.Add(time.Duration(y.IntN(20_000)) * time.Microsecond)
	y.version += uint64(1 + y.IntN(5))
	kind, all := 0, y.pods
	switch n := y.IntN(10); {
	case n > 8:
		kind, all = 2, y.scaled
	case n > 5:
		kind, all = 1, y.leases
	}
	c := all[y.IntN(len(all))]
	*r = Record{
		At: y.at, Source: y.sourceOf[kind], Key: c.key, UID: c.uid, Type: model.Updated,
		Old: fmt.Sprint(c.version), New: fmt.Sprint(y.version), Fields: r.Fields[:0], versioned: true,
	}
	y.fields(r, kind, c)
	c.version, c.at = y.version, y.at
}

func (y *typical) fields(r *Record, kind int, c *changing) {
	by := change.Manager{Name: "kubelet", Operation: "Update", Subresource: "status", At: y.at.Unix()}
	add := func(path, old, new string) {
		r.Fields = append(r.Fields, Field{Change: change.Change{Path: change.Path(path), Old: []byte(old), New: []byte(new)}, By: by})
	}
	moment := func(t time.Time) string { return `"` + t.Format(time.RFC3339) + `"` }
	switch kind {
	case 0:
		truth := []string{`"True"`, `"False"`}
		i := c.restarts % 2
		c.restarts++
		changes := 1 + y.IntN(2)
		for _, kind := range []string{"Ready", "ContainersReady"}[:changes] {
			add(`status.conditions[type="`+kind+`"].lastTransitionTime`, moment(c.at), moment(y.at))
			add(`status.conditions[type="`+kind+`"].status`, truth[i], truth[1-i])
		}
		add(`status.containerStatuses[name="web"].ready`, "true", "false")
		if changes > 1 {
			add(`status.containerStatuses[name="web"].restartCount`, fmt.Sprint(c.restarts), fmt.Sprint(c.restarts+1))
		}
	case 1:
		by.Subresource = ""
		micro := func(t time.Time) string { return t.Format(`"2006-01-02T15:04:05.000000Z"`) }
		add("spec.renewTime", micro(c.at), micro(y.at))
	default:
		by.Name, by.Subresource = "kube-controller-manager", "scale"
		add("spec.replicas", fmt.Sprint(c.restarts), fmt.Sprint(c.restarts+1))
		add("metadata.generation", fmt.Sprint(c.restarts+1), fmt.Sprint(c.restarts+2))
		c.restarts++
	}
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

// BenchmarkAdd tells what a typical change costs, and how many of them 64 MiB hold.
func BenchmarkAdd(b *testing.B) {
	const limit = 64 << 20
	for _, pods := range []int{1000, 20_000} {
		b.Run(fmt.Sprint(pods, " pods"), func(b *testing.B) {
			var y *typical
			t := New(limit)
			y = newTypical(t, pods)
			var r Record
			b.ReportAllocs()
			for b.Loop() {
				y.next(&r)
				t.Add(&r, model.Packed{})
			}
			for t.Bytes() < limit*3/4 {
				y.next(&r)
				t.Add(&r, model.Packed{})
			}
			each := float64(t.Bytes()) / float64(t.Len())
			b.ReportMetric(each, "B/change")
			b.ReportMetric(limit/each, "changes/64MiB")
		})
	}
}
