package ui_test

import (
	"fmt"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/relation"
	"github.com/dogwatch/dogwatch/model/versions"
	"github.com/dogwatch/dogwatch/ui/golden"
	"github.com/dogwatch/dogwatch/workspace"
)

type fakeRelations struct{ fakeSource }

func (s fakeRelations) Read() ([]workspace.Related, error) { return s.pages.related, nil }

func (b *fakeBackend) WatchRelations(of versions.Object, kind string) (workspace.Relations, error) {
	b.note("relations of %s %s", kind, of.Key)
	if b.pages.err != nil {
		return nil, b.pages.err
	}
	b.pages.open.Add(1)
	return fakeRelations{fakeSource{b.pages}}, nil
}

// related is an object that another relates to.
func related(how relation.How, depth int, kind, resource, namespace, name, via string, h model.Health) workspace.Related {
	gr := schema.ParseGroupResource(resource)
	key := model.Key{Namespace: namespace, Name: name}
	cause := ""
	if h.Level == model.Unhealthy {
		cause = "container api: exit 1\x1b[2J, restarts 7"
	}
	return workspace.Related{Cause: cause, Item: relation.Item{
		ID: relation.ID{Type: gr, Key: key}, Of: relation.Type{GVR: gr.WithVersion("v1"), Kind: kind, Namespaced: namespace != ""},
		How: how, Depth: depth, Via: via, Object: &model.Object{Key: key, Health: h},
	}}
}

// newRelationsScreen is a screen whose crashing pod relates to other objects.
func newRelationsScreen(t *testing.T, width, height int) *screen {
	t.Helper()
	s := newScreen(t, width, height)
	s.tab.Sources[0].Watch.GVR = schema.GroupVersionResource{Version: "v1", Resource: "pods"}
	s.tab.Sources[0].Watch.Cluster = "prod-eu"
	progressing := model.Health{Level: model.Progressing, Reason: "2 of 3 available"}
	crash := model.Health{Level: model.Unhealthy, Reason: "CrashLoopBackOff"}
	missing := related(relation.RefersTo, 0, "ConfigMap", "configmaps", "shop", "api-settings\x1b[2J", "spec.containers.*.envFrom.*.configMapRef", model.Health{})
	missing.Object, missing.Presence = nil, workspace.Missing
	hidden := related(relation.RefersTo, 0, "Secret", "secrets", "shop", "db-password", "spec.containers.*.env.*.valueFrom.secretKeyRef", model.Health{})
	hidden.Object, hidden.Presence = nil, workspace.Hidden
	unread := related(relation.RefersTo, 0, "Node", "nodes", "", "node-1", "spec.nodeName", model.Health{})
	unread.Object, unread.Presence = nil, workspace.Unread
	s.backend.pages.related = []workspace.Related{
		related(relation.Subject, 0, "Deployment", "deployments.apps", "shop", "api", "", progressing),
		related(relation.Subject, 1, "ReplicaSet", "replicasets.apps", "shop", "api-7c9d8b6f5", "", progressing),
		related(relation.Subject, 2, "Pod", "pods", "shop", crashing, "", crash),
		missing, hidden, unread,
		related(relation.RefersTo, 0, "Gateway", "gateways.gateway.networking.k8s.io", "infra", "public", "spec.parentRefs.*", model.Health{Level: model.Healthy}),
		related(relation.SelectedBy, 0, "Service", "services", "shop", "api", "spec.selector", model.Health{}),
		related(relation.SelectedBy, 0, "PodDisruptionBudget", "poddisruptionbudgets.policy", "shop", "api-at-least-two-of-three-with-a-long-name", "spec.selector", model.Health{Level: model.Progressing, Reason: "1 of 2 healthy"}),
		related(relation.ReferredBy, 0, "Pod", "pods", "web", "cart\x1b[31m-evil", "spec.somebodyRef", model.Health{}),
	}
	return s
}

func TestRelationsScreens(t *testing.T) {
	for _, size := range []struct{ width, height int }{{60, 15}, {80, 24}, {120, 40}, {200, 50}} {
		name := fmt.Sprintf("relations-%dx%d", size.width, size.height)
		t.Run(name, func(t *testing.T) {
			s := newRelationsScreen(t, size.width, size.height)
			s.press("down", "r", "down")
			s.settle()
			golden.Screen(t, name, s.view(), size.width, size.height)
		})
	}
}

func TestRelationsLeadToTheObject(t *testing.T) {
	s := newRelationsScreen(t, 120, 40)
	s.press("down", "r")
	s.mustHaveCalled("relations of Pod shop/" + crashing)
	s.mustHaveOpen(1, "with the relations")
	s.press("G", "enter")
	s.settle()
	s.mustShow("4 of 4", "▌ web", "YAML events rel hist")
	s.passed = time.Second // who walks through objects opens nothing on the way
	s.frame()
	s.press("g", "down", "down")
	s.mustShow("▌    Pod shop/api")
	s.press("down", "enter") // it does not exist
	s.mustShow("▌  ConfigMap")
	s.press("g", "enter")
	s.mustHaveCalled(`open deployments.apps in "shop"`)
	s.press("r")
	s.mustHaveOpen(0, "when the pane is closed")
}

// Of types that nobody watches it is said that what relates to the object is not known, and a key watches them; in the past there is none.
func TestRelationsSayWhatIsNotKnown(t *testing.T) {
	unknown := func(kind, resource string, presence workspace.Presence) workspace.Related {
		it := related(relation.NotKnown, 0, kind, resource, "shop", "", "", model.Health{})
		it.Object, it.Presence = nil, presence
		return it
	}
	for _, size := range []struct{ width, height int }{{80, 24}, {120, 40}} {
		s := newRelationsScreen(t, size.width, size.height)
		s.backend.pages.related = append(s.backend.pages.related[2:3], unknown("Service", "services", workspace.Hidden), unknown("Job", "jobs.batch", workspace.Unwatched),
			unknown("Endpoints", "endpoints", workspace.Unread), unknown("Ingress", "ingresses.networking.k8s.io", workspace.Unread))
		s.backend.pages.related[4].Cause = "the server is not ready"
		s.press("down", "r")
		s.settle()
		s.mustShow("which of these relate to it is not known", "Service   ⊘ may not be read", "Job   ? not watched: enter watches them", "Endpoints   …", "Ingress   ? not read yet: the server is not ready")
		golden.Screen(t, fmt.Sprintf("relations-unknown-%dx%d", size.width, size.height), s.view(), size.width, size.height)
		s.press("g", "down", "enter")
		s.mustShow("services may not be read")
		s.press("G", "enter")
		s.mustShow("it has not been read yet")
		s.press("g", "down", "down", "enter")
		s.mustHaveCalled(`open jobs.batch in "shop"`)
	}
	s := rewindScreen(t, 120, 40)
	s.backend.pages.related = []workspace.Related{unknown("Job", "jobs.batch", workspace.Unwatched)}
	s.press("r")
	s.settle()
	s.mustShow("Job   ? not watched then")
	s.press("enter")
	s.mustShow("it was not watched then")
}
