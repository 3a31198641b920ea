package problems

import (
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/model"
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
		w.put("Deployment.apps", "shop", "web", none, deployments)
		says("in another version", "ErrImagePull: container web: not found (Pod web-2)")
		w.put("Pod", "shop", "web-2", fine, pods)
		says("when the newer one is well", "Evicted (Pod web-1)")
		pods.Delete(model.Key{Namespace: "shop", Name: "web-1"}, nil)
		says("when the other is gone", "below the minimum")
	})
}
