package problems

import (
	"strconv"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/health"
)

// A deployment that has no pods available tells of the newest of its pods that is not well, as long as it is not.
func TestTheNewestPodSaysWhyNoneIsAvailable(t *testing.T) {
	const (
		none = `"spec":{"replicas":2,"selector":{"matchLabels":{"app":"web"}}},"status":{"conditions":[` +
			`{"type":"Available","status":"False","message":"below the minimum","lastTransitionTime":"1999-12-31T23:00:00Z"}]}`
		pulls  = `"status":{"phase":"Pending","containerStatuses":[{"name":"web","state":{"waiting":{"reason":"ErrImagePull","message":"not found"}}}]}`
		failed = `"status":{"phase":"Failed","reason":"Evicted"}`
	)
	inBubble(t, func(w *world) {
		pods, deployments, jobs := w.watch("Pod", "pods"), w.watch("Deployment.apps", "deployments"), w.watch("Job.batch", "jobs")
		w.start()
		says := func(when, want string) {
			t.Helper()
			w.settle()
			window := w.list.Window(0, 1)
			if p := window.Problems[0]; p.Name != "web" || p.Reason != "0 of 2 available" || p.Message != want {
				t.Errorf("%s: %s %s: %q, want %q", when, p.Name, p.Reason, p.Message, want)
			}
		}
		w.labels = model.MakeLabelSet(map[string]string{"app": "web"})
		w.put("Deployment.apps", "shop", "web", none, deployments)
		says("without pods", "below the minimum")
		w.put("Pod", "other", "web-1", failed, pods)
		w.put("Job.batch", "shop", "web", `"status":{"conditions":[{"type":"Failed","status":"True","reason":"x"}]}`, jobs)
		w.labels = model.MakeLabelSet(map[string]string{"app": "api"})
		w.put("Pod", "shop", "api-1", failed, pods)
		says("with what is not its own", "below the minimum")
		w.labels = model.MakeLabelSet(map[string]string{"app": "web", "hash": "1"})
		w.put("Pod", "shop", "web-1", failed, pods)
		says("with a pod", "Evicted (Pod web-1)")
		time.Sleep(time.Minute)
		w.put("Pod", "shop", "web-2", pulls, pods)
		says("with a newer one", "ErrImagePull: container web: not found (Pod web-2)")
		changed := w.changed.Load()
		w.put("Deployment.apps", "shop", "web", none, deployments)
		says("in another version", "ErrImagePull: container web: not found (Pod web-2)")
		if got := w.changed.Load() - changed; got != 1 {
			t.Errorf("the list changes %d times for another version, as if the cause were found anew", got)
		}
		w.put("Pod", "shop", "web-2", fine, pods)
		says("when the newer one is well", "Evicted (Pod web-1)")
		pods.Delete(model.Key{Namespace: "shop", Name: "web-1"}, nil)
		says("when the other is gone", "below the minimum")
	})
}

// Selectors that name no value of a label, or several, select too.
func TestCausesAreFoundByAnySelector(t *testing.T) {
	for _, selector := range []string{
		`{"matchExpressions":[{"key":"app","operator":"In","values":["api","web"]}]}`,
		`{"matchExpressions":[{"key":"hash","operator":"Exists"}]}`,
		`{"matchExpressions":[{"key":"tier","operator":"NotIn","values":["test"]},{"key":"app","operator":"In","values":["web"]}]}`,
		`{"matchLabels":{"app":"web","hash":"1"}}`,
	} {
		inBubble(t, func(w *world) {
			pods, deployments := w.watch("Pod", "pods"), w.watch("Deployment.apps", "deployments")
			w.labels = model.MakeLabelSet(map[string]string{"app": "web", "hash": "1"})
			w.put("Pod", "shop", "web-1", failed, pods)
			w.labels = model.MakeLabelSet(map[string]string{"app": "other"})
			w.put("Pod", "shop", "other-1", failed, pods)
			w.put("Deployment.apps", "shop", "web", `"spec":{"replicas":2,"selector":`+selector+`},"status":{"conditions":[{"type":"Available","status":"False","lastTransitionTime":"1999-12-31T23:00:00Z"}]}`, deployments)
			w.start()
			w.settle()
			for _, p := range w.list.Window(0, 9).Problems {
				if p.Name == "web" && p.Message != "Evicted (Pod web-1)" {
					t.Errorf("%s: %q", selector, p.Message)
				}
			}
			if w.list.Len() != 3 {
				t.Errorf("%d are unhealthy", w.list.Len())
			}
		})
	}
}

// BenchmarkCausesInAnOutage is one look for what 1,000 deployments suffer from, in a namespace in which 20,000 pods are unhealthy.
func BenchmarkCausesInAnOutage(b *testing.B) {
	l := &List{}
	var concerned []*Problem
	for i := range 20_000 {
		app := strconv.Itoa(i % 1000)
		id := ID{Cluster: "c", Type: schema.GroupResource{Resource: "pods"}, Key: model.Key{Namespace: "shop", Name: strconv.Itoa(i)}}
		l.sorted = append(l.sorted, &Problem{ID: id, Kind: "Pod", labels: model.MakeLabelSet(map[string]string{"app": app, "hash": "1"})})
	}
	for i := range 1000 {
		selector := labels.SelectorFromSet(labels.Set{"app": strconv.Itoa(i)})
		id := ID{Cluster: "c", Key: model.Key{Namespace: "shop", Name: "d" + strconv.Itoa(i)}}
		concerned = append(concerned, &Problem{ID: id, caused: &health.Cause{Kind: schema.GroupKind{Kind: "Pod"}, Selector: selector}})
	}
	b.ReportAllocs()
	for b.Loop() {
		may := l.causesOf(concerned)
		for _, p := range concerned {
			if may.of(p) == nil {
				b.Fatal("no cause is found")
			}
		}
	}
}
