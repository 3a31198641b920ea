package admission

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/relation"
	"github.com/dogwatch/dogwatch/signals"
)

// world is a cluster with policies, whose rules an engine applies.
type world struct {
	testing.TB
	*Policies
	objects map[relation.ID][]byte
	version int
}

func newWorld(t *testing.T) *world {
	w := &world{TB: t, objects: map[relation.ID][]byte{}}
	w.Policies = New(w)
	return w
}

func (w *world) Objects(types []schema.GroupResource) []relation.ID {
	var all []relation.ID
	for id := range w.objects {
		if slices.Contains(types, id.Type) {
			all = append(all, id)
		}
	}
	slices.SortFunc(all, func(a, b relation.ID) int { return strings.Compare(a.String(), b.String()) })
	return all
}

func (w *world) Object(id relation.ID) []byte { return w.objects[id] }

func (w *world) Kind(gk schema.GroupKind) (relation.Type, bool) {
	resource := strings.ToLower(gk.Kind) + "s"
	return relation.Type{GVR: schema.GroupVersionResource{Group: gk.Group, Version: "v1", Resource: resource}, Kind: gk.Kind, Namespaced: gk.Kind != "Limit"}, gk.Kind != "Unknown"
}

// put adds an object or changes it, without text it goes. Metadata is made for it.
func (w *world) put(resource, namespace, name, text string) {
	w.Helper()
	id := relation.ID{Type: schema.ParseGroupResource(resource), Key: model.Key{Namespace: namespace, Name: name}}
	if text == "" {
		delete(w.objects, id)
		w.Take(id, nil)
		return
	}
	object := map[string]any{}
	if err := yaml.Unmarshal([]byte(text), &object); err != nil {
		w.Fatal(err)
	}
	w.version++
	meta, _ := object["metadata"].(map[string]any)
	if meta == nil {
		meta = map[string]any{}
		object["metadata"] = meta
	}
	meta["name"], meta["namespace"], meta["uid"], meta["resourceVersion"] = name, namespace, resource+name, fmt.Sprint(w.version)
	out, err := yaml.Marshal(object)
	if err != nil {
		w.Fatal(err)
	}
	if w.objects[id], err = yaml.YAMLToJSON(out); err != nil {
		w.Fatal(err)
	}
	w.Take(id, w.objects[id])
}

const (
	policyType  = "validatingadmissionpolicies.admissionregistration.k8s.io"
	bindingType = "validatingadmissionpolicybindings.admissionregistration.k8s.io"
)

func (w *world) policy(more string) {
	w.Helper()
	w.put(policyType, "", "limit", `
spec:
  matchConstraints: {resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [deployments]}]}
  validations: [{expression: "object.spec.replicas <= 5", message: too many}]
`+more)
}

func (w *world) bind(more string) {
	w.Helper()
	w.put(bindingType, "", "all", "spec:\n  policyName: limit\n  validationActions: [Deny]\n"+more)
}

// rules checks the rules' names, and the reasons why there are no more.
func (w *world) rules(want []string, faults ...string) {
	w.Helper()
	w.Refresh()
	var got []string
	for _, r := range w.Rules() {
		got = append(got, r.Name)
	}
	if !slices.Equal(got, want) {
		w.Errorf("the rules are %q, not %q", got, want)
	}
	for i, f := range w.Faults() {
		if f.Policy != "limit" || i >= len(faults) || !strings.Contains(f.Err.Error(), faults[i]) {
			w.Errorf("of %s: %v", f.Policy, f.Err)
		}
	}
	if len(w.Faults()) != len(faults) {
		w.Errorf("there are %d faults, not %d", len(w.Faults()), len(faults))
	}
}

// A policy is judged as long as it is bound, and stays the same rule as long as nothing of it changes.
func TestPolicyIsJudgedWhileItIsBound(t *testing.T) {
	w := newWorld(t)
	w.rules(nil)
	w.bind("")
	w.rules(nil)
	w.policy("")
	w.rules([]string{"limit by all"})
	first := w.Rules()[0]
	if first.Severity != signals.Warning || !first.Policy {
		t.Errorf("it is %+v", first)
	}
	if w.Refresh() {
		t.Error("it changed by itself")
	}
	w.put("pods", "shop", "web", "spec: {}")
	if w.Refresh() {
		t.Error("a pod changes the rules")
	}
	w.put(bindingType, "", "warn", "spec: {policyName: limit, validationActions: [Warn, Audit]}")
	w.rules([]string{"limit by all", "limit by warn"})
	if w.Rules()[0] != first || w.Rules()[1].Severity != signals.Info {
		t.Error("the first rule is another, or the second is as severe")
	}
	w.policy("  failurePolicy: Ignore\n")
	w.rules([]string{"limit by all", "limit by warn"})
	if w.Rules()[0] == first {
		t.Error("a policy that changed is the same rule")
	}
	w.put(bindingType, "", "all", "")
	w.rules([]string{"limit by warn"})
	w.put(policyType, "", "limit", "")
	w.rules(nil)
}

// What is written of a policy, its binding or its parameters beside what they say makes no other rule of them.
func TestVersionsMakeNoOtherRule(t *testing.T) {
	w := newWorld(t)
	w.policy(byParams)
	w.bind("  paramRef: {name: small, parameterNotFoundAction: Deny}\n")
	w.put("limits.acme.io", "", "small", "most: 3")
	w.rules([]string{"limit by all with small"})
	first := w.Rules()[0]
	is := func(same bool, what string) {
		t.Helper()
		w.rules([]string{"limit by all with small"})
		if (w.Rules()[0] == first) != same {
			t.Errorf("%s: it is the same rule: %v", what, !same)
		}
		first = w.Rules()[0]
	}
	w.policy(byParams + "metadata: {annotations: {a: b}, generation: 2}\nstatus: {observedGeneration: 2}\n")
	is(true, "metadata and status of the policy")
	w.bind("  paramRef: {name: small, parameterNotFoundAction: Deny}\nmetadata: {labels: {a: b}}\n")
	is(true, "metadata of the binding")
	w.put("limits.acme.io", "", "small", "most: 3")
	is(true, "another version of the parameters")
	w.put("limits.acme.io", "", "small", "metadata: {annotations: {a: b}}\nmost: 3")
	is(false, "metadata of the parameters, which expressions see")
	w.bind("  paramRef: {name: small, parameterNotFoundAction: Allow}\n")
	is(false, "the spec of the binding")
	w.policy(byParams + "  failurePolicy: Ignore\n")
	is(false, "the spec of the policy")
}

func TestPolicyOfRequestsThatLeaveNothingIsNotJudged(t *testing.T) {
	w := newWorld(t)
	w.bind("")
	for operations, want := range map[string][]string{"DELETE": nil, "CONNECT": nil, "'*'": {"limit by all"}, "UPDATE": {"limit by all"}, "DELETE, CREATE": {"limit by all"}} {
		w.put(policyType, "", "limit", `{spec: {matchConstraints: {resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: [`+operations+`], resources: [deployments]}]}, validations: [{expression: "false"}]}}`)
		w.rules(want)
	}
}

const byParams = "  paramKind: {apiVersion: acme.io/v1, kind: Limit}\n"

func TestPolicyIsJudgedByItsParameters(t *testing.T) {
	w := newWorld(t)
	w.policy(byParams)
	w.bind("") // without any it is judged with none
	w.rules([]string{"limit by all"})
	w.bind("  paramRef: {name: small, parameterNotFoundAction: Deny}\n")
	w.rules([]string{"limit by all with no parameters"})
	w.put("limits.acme.io", "", "small", "most: 3")
	w.rules([]string{"limit by all with small"})
	small := w.Rules()[0]
	w.put("limits.acme.io", "", "large", "most: 9")
	w.rules([]string{"limit by all with small"})
	if w.Rules()[0] != small {
		t.Error("other parameters make another rule")
	}
	w.put("limits.acme.io", "", "small", "most: 4")
	w.rules([]string{"limit by all with small"})
	if w.Rules()[0] == small {
		t.Error("parameters that changed make the same rule")
	}
	w.bind("  paramRef: {selector: {matchLabels: {of: shop}}, parameterNotFoundAction: Allow}\n")
	w.rules(nil)
	w.put("limits.acme.io", "", "large", "metadata: {labels: {of: shop}}\nmost: 9")
	w.rules([]string{"limit by all with large"})
	if got := w.Types(); !slices.Contains(got, "limits.acme.io") || !slices.Contains(got, "deployments.apps") {
		t.Errorf("the types are %v", got)
	}
}

// Without a namespace for parameters, each object is judged by those in its own, and where there are none it is not admitted.
func TestParametersOfEachNamespace(t *testing.T) {
	w := newWorld(t)
	w.policy("  paramKind: {apiVersion: v1, kind: ConfigMap}\n")
	w.bind("  paramRef: {name: limits, parameterNotFoundAction: Deny}\n")
	w.put("configmaps", "shop", "limits", "data: {}")
	w.put("configmaps", "billing", "limits", "data: {}")
	w.put("configmaps", "billing", "other", "data: {}")
	w.rules([]string{"limit by all with billing/limits", "limit by all with shop/limits", "limit by all with no parameters"})
	w.policy("  paramKind: {apiVersion: v1, kind: ConfigMap}\n  failurePolicy: Ignore\n")
	w.rules([]string{"limit by all with billing/limits", "limit by all with shop/limits"})
	w.bind("  paramRef: {name: limits, namespace: shop, parameterNotFoundAction: Deny}\n")
	w.rules([]string{"limit by all with shop/limits"})
}

func TestPolicyThatIsNotJudgedSaysWhy(t *testing.T) {
	w := newWorld(t)
	w.bind("  paramRef: {name: small}\n")
	w.policy("  paramKind: {apiVersion: acme.io/v1, kind: Unknown}\n")
	w.rules(nil, "Unknown of acme.io/v1")
	if got := w.Types(); !slices.Contains(got, "unknown.acme.io") {
		t.Errorf("the types are %v", got)
	}
	w.policy("  paramKind: {apiVersion: v1, kind: Secret}\n")
	w.rules(nil, "whose values are not kept")
	w.policy("  matchConditions: [{name: me, expression: request.userInfo.username == 'me'}]\n")
	w.rules(nil, "who makes the request")
	w.policy("  matchConditions: [{name: none, expression: 'nothing'}]\n")
	w.rules(nil, "undeclared reference to 'nothing'")
	w.put(policyType, "", "limit", `{spec: {matchConstraints: {objectSelector: {matchExpressions: [{key: a, operator: Nonsense}]}}, validations: []}}`)
	w.rules(nil, "its objectSelector")
}
