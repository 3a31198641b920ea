package suite

import (
	"testing"

	"github.com/dogwatch/dogwatch/e2e/controlplane"
)

func TestReadsAreToldFromWrites(t *testing.T) {
	for name, c := range map[string]struct {
		verb string
		of   controlplane.AuditObject
		want bool
	}{
		"a list":              {"list", controlplane.AuditObject{Resource: "pods"}, true},
		"no resource":         {"get", controlplane.AuditObject{}, true},
		"a log":               {"get", controlplane.AuditObject{Resource: "pods", Subresource: "log"}, true},
		"a shell":             {"get", controlplane.AuditObject{Resource: "pods", Subresource: "exec"}, false},
		"own rights":          {"create", controlplane.AuditObject{Group: "authorization.k8s.io", Resource: "selfsubjectrulesreviews"}, true},
		"others' rights":      {"create", controlplane.AuditObject{Group: "authorization.k8s.io", Resource: "subjectaccessreviews"}, false},
		"who one is":          {"create", controlplane.AuditObject{Group: "authentication.k8s.io", Resource: "selfsubjectreviews"}, true},
		"a creation":          {"create", controlplane.AuditObject{Resource: "pods"}, false},
		"a change":            {"patch", controlplane.AuditObject{Resource: "pods"}, false},
		"a deletion":          {"delete", controlplane.AuditObject{Resource: "pods"}, false},
		"many deletions":      {"deletecollection", controlplane.AuditObject{Resource: "pods"}, false},
		"a post to elsewhere": {"post", controlplane.AuditObject{}, false},
	} {
		if got := IsRead(controlplane.AuditEvent{Verb: c.verb, Object: c.of}); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestDogwatchIsKnownByItsNameOrItsUsers(t *testing.T) {
	for name, c := range map[string]struct {
		agent, user string
		want        bool
	}{
		"its name":               {"dogwatch/v1.2.3", "somebody", true},
		"its name as admin":      {"dogwatch/devel", controlplane.Admin, true},
		"a user of its own":      {"curl", controlplane.Reader, true},
		"the harness":            {"dogwatch-e2e", controlplane.Admin, false},
		"a component":            {"kube-scheduler/v1", "system:kube-scheduler", false},
		"a client of the tests'": {"kubectl/v1", controlplane.Admin, false},
	} {
		e := controlplane.AuditEvent{UserAgent: c.agent, User: controlplane.AuditUser{Name: c.user}}
		if got := isDogwatch(e); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
