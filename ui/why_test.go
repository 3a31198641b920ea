package ui_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/change"
	"github.com/dogwatch/dogwatch/model/health"
	"github.com/dogwatch/dogwatch/model/problems"
	"github.com/dogwatch/dogwatch/model/relation"
	"github.com/dogwatch/dogwatch/model/versions"
	"github.com/dogwatch/dogwatch/model/why"
	"github.com/dogwatch/dogwatch/ui/golden"
	"github.com/dogwatch/dogwatch/workspace"
)

type fakeReasons struct{ fakeSource }

func (s fakeReasons) Read() (*why.Answer, error) { return s.pages.answer, nil }

func (b *fakeBackend) WatchReasons(of versions.Object, kind string) (workspace.Reasons, error) {
	b.note("reasons of %s %s", kind, of.Key)
	if b.pages.err != nil {
		return nil, b.pages.err
	}
	b.pages.open.Add(1)
	return fakeReasons{fakeSource{b.pages}}, nil
}

// stepOf is an object on the way to a cause.
func stepOf(it workspace.Related, message string, since time.Time) why.Step {
	step := why.Step{Item: it.Item, Presence: why.Missing}
	if it.Object != nil {
		step.Finding = health.Finding{Health: it.Object.Health, Message: message, Since: since}
	}
	return step
}

// newWhyScreen is a screen on which a pod lacks a ConfigMap that was deleted.
func newWhyScreen(t *testing.T, width, height int) *screen {
	t.Helper()
	s := newScreen(t, width, height)
	s.tab.Sources[0].Watch.GVR = schema.GroupVersionResource{Version: "v1", Resource: "pods"}
	s.tab.Sources[0].Watch.Cluster = "prod-eu"
	unhealthy := model.Health{Level: model.Unhealthy, Reason: "CreateContainerConfigError"}
	settings := related(relation.RefersTo, 0, "ConfigMap", "configmaps", "shop", "api-settings\x1b[2J", "", model.Health{})
	settings.Object = nil
	node := related(relation.RefersTo, 0, "Node", "nodes", "", "node-1", "", model.Health{Level: model.Unhealthy, Reason: "DiskPressure"})
	pod := related(relation.Subject, 0, "Pod", "pods", "shop", crashing, "", unhealthy)
	deployment := related(relation.Subject, 0, "Deployment", "deployments.apps", "shop", "api", "", model.Health{Level: model.Unhealthy, Reason: "2 of 3 available"})
	set := related(relation.Owned, 1, "ReplicaSet", "replicasets.apps", "shop", "api-7c9d8b6f5", "", model.Health{Level: model.Progressing, Reason: "2 of 3 available"})
	answer := &why.Answer{
		Steps: []why.Step{
			stepOf(deployment, "Deployment does not have minimum availability.", now.Add(-4*time.Minute)), stepOf(set, "", time.Time{}),
			stepOf(pod, `container api: configmap "api-settings" not found`, now.Add(-4*time.Minute)), stepOf(settings, "", time.Time{}),
		},
		Event:   &why.Event{Reason: "Failed", Message: `Error: configmap "api-settings" not found`, Source: "kubelet on node-1", Count: 19, Last: now.Add(-12 * time.Second)},
		EventOf: 2, Also: []why.Step{stepOf(node, "", time.Time{})}, Remembers: true, Since: now.Add(-time.Hour),
		Changes: []why.Change{
			{Item: settings.Item, At: now.Add(-5 * time.Minute), Seq: 7, Type: model.Deleted},
			{
				Item: deployment.Item, At: now.Add(-9 * time.Minute), Seq: 3, Type: model.Updated, By: change.Manager{Name: "kubectl-edit\x1b[31m"},
				Path: `spec.template.spec.containers[name="api"].image`, Old: []byte(`"shop/api:1.8.2"`), New: []byte(`"shop/api:1.9.0"`), More: 1,
			},
		},
		Forgotten: []relation.Type{set.Of}, Hidden: []relation.Item{related(relation.RefersTo, 0, "Secret", "secrets", "shop", "db", "", model.Health{}).Item},
	}
	answer.Steps[2].Others = 2
	s.backend.pages.answer = answer
	return s
}

func TestWhyScreens(t *testing.T) {
	for _, size := range []struct{ width, height int }{{60, 15}, {80, 24}, {120, 30}, {200, 50}} {
		name := fmt.Sprintf("why-%dx%d", size.width, size.height)
		t.Run(name, func(t *testing.T) {
			s := newWhyScreen(t, size.width, size.height)
			s.press("down", "W", "down")
			s.settle()
			golden.Screen(t, name, s.view(), size.width, size.height)
		})
	}
}

// On a small screen what steps say gives way to what changed before.
func TestWhatLedToItIsInSight(t *testing.T) {
	s := newWhyScreen(t, 80, 24)
	answer := s.backend.pages.answer
	answer.Steps[2].Finding.Message = strings.Repeat("container api: there is much to say of that, ", 20)
	answer.Changes = answer.Changes[1:]
	s.press("down", "W")
	s.settle()
	s.mustShow("✖ ConfigMap", "there is much to say of that,…", "what changed before it", "by kubectl-edit", "shop/api:1.8.2 → shop/api:1.9.0")
	if view := s.view(); strings.Contains(view, "minimum availability") {
		t.Errorf("what a step says for another is told, too:\n%s", view)
	}
}

func TestWhyLeadsToObjectsAndChanges(t *testing.T) {
	s := newWhyScreen(t, 120, 40)
	s.press("down", "W")
	s.mustHaveCalled("reasons of Pod shop/" + crashing)
	s.mustHaveOpen(1, "with the answer")
	s.press("enter")
	s.mustHaveCalled(`open deployments.apps in "shop"`)
	s.press("W")
	s.mustHaveOpen(0, "when the pane is closed")
}

func TestWhyOfAWellObject(t *testing.T) {
	s := newWhyScreen(t, 120, 40)
	well := related(relation.Subject, 0, "Pod", "pods", "shop", crashing, "", model.Health{Level: model.Healthy, Reason: "Running"})
	s.backend.pages.answer = &why.Answer{Steps: []why.Step{stepOf(well, "", time.Time{})}, Remembers: true, Since: now.Add(-time.Hour)}
	s.press("W")
	s.settle()
	s.mustShow("nothing is known to be wrong with it", "nothing but status and noise has changed since")
}

func TestAChangeLeadsToItsDifference(t *testing.T) {
	s := newWhyScreen(t, 120, 40)
	pages := s.backend.pages
	pages.log = newPagesScreen(t, 120, 40).backend.pages.log
	for _, v := range pages.log().Versions {
		if v.ResourceVersion == "1048" {
			pages.answer.Changes[1].Seq = v.ID.Seq
		}
	}
	s.press("down", "W")
	s.mustHaveOpen(1, "with the answer")
	s.press("down", "down", "down", "down", "down", "enter") // behind four steps, the second change
	s.settle()
	s.mustHaveCalled("versions of shop/api")
	s.mustShow("1044 → 1048")
}

func TestWhyOfAnObjectThatIsNamed(t *testing.T) {
	s := newWhyScreen(t, 120, 40)
	s.press(":why nope x", "enter")
	s.mustShow("the server has no such type")
	s.press(":why po "+crashing+" shop", "enter")
	s.settle()
	s.mustHaveCalled("reasons of Pod shop/" + crashing)
	s.mustShow("before it", "ConfigMap", "not under the cursor")
}

func TestProblemsLeadToTheirCause(t *testing.T) {
	s := newProblemsScreen(t, 120, 40)
	s.backend.pages.answer = newWhyScreen(t, 120, 40).backend.pages.answer
	s.press("P", "/CrashLoop", "enter")
	s.listed(func(w problems.Window) bool { return w.Len == 1 })
	s.press("W")
	s.settle()
	s.mustHaveCalled("reasons of Pod shop/" + crashing)
	s.mustShow("before it", "ConfigMap")
}

// That nothing changed is not told beside changes that are not known.
func TestWhatIsNotRememberedIsNotToldAsNothing(t *testing.T) {
	s := newWhyScreen(t, 200, 40)
	answer := s.backend.pages.answer
	answer.Changes, answer.Began = nil, now.Add(-4*time.Minute)
	s.press("down", "W")
	s.settle()
	s.mustShow("nothing is known since 13:02:31 that may have led to it, but no tab watches ReplicaSet", "(a adds it)")
	if view := s.view(); strings.Contains(view, "nothing that may have led") {
		t.Errorf("it is told that nothing has changed:\n%s", view)
	}
	s.press("W")
	answer.Forgotten = append(answer.Forgotten, answer.Steps[3].Of)
	s.press("W")
	s.settle()
	s.mustShow("no tab watches ReplicaSet", "ConfigMap: what changed of them is not known (a adds them)")
	s.press("W")
	answer.IsPast = true
	s.press("W")
	s.settle()
	s.mustShow("no tab watched ReplicaSet", "ConfigMap then: what changed of them is not known")
	s.press("W")
	answer.Forgotten = nil
	s.press("W")
	s.settle()
	s.mustShow("nothing that may have led to it has changed since 13:02:31")
}
