package recorded

import (
	"fmt"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/replay/recording"
	"github.com/dogwatch/dogwatch/signals"
)

// A rule lacks what was never recorded, and what was never seen though it was to be; not what has no objects, came later or went.
func TestRulesLackWhatWasNotSeen(t *testing.T) {
	s := newScript(t, "rules: []")
	served := func(names ...recording.TypeName) (all []recording.Type) {
		for _, name := range names {
			all = append(all, recording.Type{Name: name, Kind: "X", Namespaced: true})
		}
		return all
	}
	write := func(e recording.Entry) {
		t.Helper()
		e.At = s.at
		if err := s.Write(e); err != nil {
			t.Fatal(err)
		}
	}
	s.state(served("pods.v1", "secrets.v1", "configmaps.v1", "nodes.v1", "deployments.v1.apps"), [2]string{"nodes.v1", "n"})
	for _, of := range []recording.TypeName{"secrets.v1", "configmaps.v1", "nodes.v1"} {
		write(recording.Entry{Kind: recording.Watch, Type: of, Reason: "forbidden"})
	}
	write(recording.Entry{Kind: recording.Watch, Type: "configmaps.v1", Live: true})
	write(recording.Entry{Kind: recording.Watch, Type: "configmaps.v1", Reason: "retrying"})
	write(recording.Entry{Kind: recording.Served, Types: served("pods.v1", "gadgets.v1.acme.io")})
	own, wrong := signals.Load("test.yaml", []byte(`rules:
- name: all
  types: ["*"]
  when: related["pods"].size() > 0
  signal: {type: T, severity: info, title: t}
- name: seen
  types: [pods, configmaps, nodes, deployments.apps, gadgets.acme.io]
  when: "true"
  signal: {type: T, severity: info, title: t}
- name: some
  types: [pods, secrets, gadgets]
  when: related["deployments"].size() > 0
  signal: {type: T, severity: info, title: t}
`))
	if len(wrong) > 0 {
		t.Fatal(wrong)
	}
	lacking := s.Lacking(own)
	got := fmt.Sprintf("%d", len(lacking))
	for _, l := range lacking {
		got += fmt.Sprint(" ", l.Rule.Name, l.Types, l.Related)
	}
	want := fmt.Sprint("1 some", []Unseen{{schema.GroupResource{Resource: "secrets"}, "forbidden"}, {Type: schema.GroupResource{Resource: "gadgets"}}},
		[]Unseen{{Type: schema.GroupResource{Resource: "deployments"}}})
	if got != want {
		t.Errorf("they lack %s, want %s", got, want)
	}
	if got, want := fmt.Sprint(s.Recorded()), "[configmaps deployments.apps gadgets.acme.io nodes pods secrets]"; got != want {
		t.Errorf("%s were recorded, want %s", got, want)
	}
}
