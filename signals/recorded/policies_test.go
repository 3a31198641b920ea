package recorded

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/replay/recording"
	"github.com/dogwatch/dogwatch/signals"
)

func typesServed(names ...string) []recording.Type {
	var all []recording.Type
	for _, n := range names {
		all = append(all, map[string]recording.Type{
			"policies":    {Name: "validatingadmissionpolicies.v1.admissionregistration.k8s.io", Kind: "ValidatingAdmissionPolicy"},
			"bindings":    {Name: "validatingadmissionpolicybindings.v1.admissionregistration.k8s.io", Kind: "ValidatingAdmissionPolicyBinding"},
			"namespaces":  {Name: "namespaces.v1", Kind: "Namespace"},
			"deployments": {Name: "deployments.v1.apps", Kind: "Deployment", Namespaced: true},
		}[n])
	}
	return all
}

const (
	thePolicy = `{"apiVersion":"admissionregistration.k8s.io/v1","kind":"ValidatingAdmissionPolicy","metadata":{"name":"limit","uid":"p","resourceVersion":"1"},"spec":{
		"matchConstraints":{"resourceRules":[{"apiGroups":["apps"],"apiVersions":["v1"],"operations":["CREATE"],"resources":["deployments"]}]},
		"validations":[{"expression":"object.spec.replicas <= 5","message":"too many"}]}}`
	theBinding = `{"apiVersion":"admissionregistration.k8s.io/v1","kind":"ValidatingAdmissionPolicyBinding","metadata":{"name":"all","uid":"b","resourceVersion":"2"},"spec":{"policyName":"limit","validationActions":["Deny"]}}`
	tooMany    = `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"namespace":"shop","name":"web","uid":"d","resourceVersion":"3"},"spec":{"replicas":7}}`
)

// begin writes a segment's beginning, of which the objects are given with their types.
func (s *script) begin(types []recording.Type, objects ...[2]string) {
	s.Helper()
	s.at = s.at.Add(time.Second)
	if err := s.Begin(recording.Header{At: s.at, Types: types, Objects: len(objects)}); err != nil {
		s.Fatal(err)
	}
	for _, o := range objects {
		s.tell(recording.Present, o[0], o[1])
	}
}

// tell writes a line.
func (s *script) tell(kind recording.Kind, of, object string) {
	s.Helper()
	if err := s.Write(recording.Entry{At: s.at, Kind: kind, Type: recording.TypeName(of), Object: []byte(object)}); err != nil {
		s.Fatal(err)
	}
}

func TestClustersPoliciesJudgeARecording(t *testing.T) {
	s := newScript(t, "rules: []")
	s.Judge, _ = NewJudge(Rules{ClusterPolicies: true}, func(one signals.Signal) { s.told = append(s.told, one) })
	if wanted := s.Wanted(); !slices.Equal(wanted.Policies, []string{policiesName, bindingsName}) || wanted.Builtin != nil {
		t.Errorf("it wants %+v", wanted)
	}
	types := typesServed("policies", "bindings", "deployments")
	const policies, bindings, deployments = "validatingadmissionpolicies.v1.admissionregistration.k8s.io", "validatingadmissionpolicybindings.v1.admissionregistration.k8s.io", "deployments.v1.apps"
	s.begin(types, [2]string{deployments, tooMany}, [2]string{policies, thePolicy}, [2]string{bindings, theBinding})
	if len(s.told) != 1 || s.told[0].Rule != "limit by all" || s.told[0].Message != "too many" || !s.told[0].IsOpen() {
		t.Fatalf("told is %+v", s.told)
	}
	if wanted := s.Wanted(); !slices.Equal(wanted.Policies, []string{"deployments.apps", policiesName, bindingsName}) {
		t.Errorf("it wants %+v", wanted)
	}
	s.tell(recording.Modified, bindings, strings.Replace(theBinding, `"2"`, `"4","annotations":{"a":"b"}`, 1))
	s.tell(recording.Modified, policies, strings.Replace(thePolicy, "<= 5", "<= 6", 1))
	if len(s.told) != 1 {
		t.Errorf("for edits that leave it as it is told is %+v", s.told[1:])
	}
	s.tell(recording.Deleted, bindings, theBinding)
	if len(s.told) != 2 || !s.told[1].Unknown || len(s.Faults()) > 0 {
		t.Errorf("told is %+v, faults %v", s.told[1:], s.Faults())
	}
	selecting := thePolicy[:len(thePolicy)-2] + `,"variables":[{"name":"n","expression":"namespaceObject.metadata.name"}],"matchConditions":[{"name":"x","expression":"variables.n != ''"}]}}`
	s.tell(recording.Modified, policies, selecting)
	s.tell(recording.Added, bindings, theBinding)
	if faults := s.Faults(); len(faults) != 1 || faults[0].Err != errNoNamespaces || faults[0].Object() != "" { //nolint:errorlint // it is this very one
		t.Errorf("without namespaces faults are %v", faults)
	}
	if wanted := s.Wanted(); !slices.Contains(wanted.Policies, "namespaces") {
		t.Errorf("it wants %+v", wanted)
	}
}

const (
	policiesName = "validatingadmissionpolicies.admissionregistration.k8s.io"
	bindingsName = "validatingadmissionpolicybindings.admissionregistration.k8s.io"
)

// Types that rules name are told, those of related objects, too.
func TestTypesOfRulesAreWanted(t *testing.T) {
	s := newScript(t, `
rules:
- {name: a, types: [pods, deployments.apps], when: 'related["nodes"].size() > 0', signal: {type: A, severity: info, title: a}}
- {name: b, types: [pods], when: "true", signal: {type: B, severity: info, title: b}}
`)
	if wanted := s.Wanted(); !slices.Equal(wanted.Own, []string{"deployments.apps", "nodes", "pods"}) {
		t.Errorf("it wants %+v", wanted)
	}
}

// The types of the rules that there are by now are wanted, and those of dogwatch's own stay.
func TestRulesOfTheUserAreSetAnew(t *testing.T) {
	const there = `rules: [{name: there, types: [TYPES], when: "true", signal: {type: There, severity: info, title: a}}]`
	of := func(types string) []*signals.Rule {
		rules, wrong := signals.Load("test.yaml", []byte(strings.Replace(there, "TYPES", types, 1)))
		if len(wrong) > 0 {
			t.Fatal(wrong)
		}
		return rules
	}
	s := newScript(t, "rules: []")
	s.Judge, _ = NewJudge(Rules{Own: of("pods"), Builtin: of("nodes")}, func(one signals.Signal) { s.told = append(s.told, one) })
	s.begin(typesServed("deployments"), [2]string{"deployments.v1.apps", tooMany})
	s.SetOwn(of("deployments.apps"), s.at)
	if wanted := s.Wanted(); !slices.Equal(wanted.Own, []string{"deployments.apps"}) || !slices.Equal(wanted.Builtin, []string{"nodes"}) {
		t.Errorf("it wants %+v", wanted)
	}
	if len(s.told) != 1 || s.told[0].Subject.Name != "web" || !s.told[0].IsOpen() {
		t.Errorf("told is %+v", s.told)
	}
	s.SetOwn(nil, s.at)
	if wanted := s.Wanted(); len(s.told) != 2 || !s.told[1].Unknown || wanted.Own != nil {
		t.Errorf("told is %+v, and it wants %+v", s.told, wanted)
	}
}
