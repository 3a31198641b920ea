package signals

import (
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/relation"
)

func anything() AdmissionCriteria {
	return AdmissionCriteria{Namespaces: labels.Everything(), Objects: labels.Everything()}
}

func ofTypes(group string, resources ...string) AdmissionCriteria {
	c := anything()
	c.Match = []AdmissionMatch{{Groups: []string{group}, Resources: resources, Versions: []string{"v1"}, Scope: "*"}}
	return c
}

// replicas is a policy about Deployments: not more than a limit of their namespace, or of their parameters.
func replicas(expression string, more ...func(*Admission)) *Admission {
	a := &Admission{
		Name: "limit by all", Policy: "limit", Severity: Warning, Criteria: []AdmissionCriteria{ofTypes("apps", "deployments")},
		Validations: []AdmissionValidation{{Expression: expression, Message: "too many"}},
	}
	for _, change := range more {
		change(a)
	}
	return a
}

func ruleOf(t *testing.T, a *Admission) *Rule {
	t.Helper()
	r, err := a.Rule()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

var shop = relation.ID{Type: namespaces, Key: model.Key{Name: "shop"}}

const (
	three = `{apiVersion: apps/v1, kind: Deployment, metadata: {labels: {app: web}}, spec: {replicas: 3}}`
	seven = `{apiVersion: apps/v1, kind: Deployment, metadata: {labels: {app: web}}, spec: {replicas: 7}}`
)

// A policy tells of what is there when it comes, of what comes and what is mended, and no more once it is gone.
func TestPolicyOfTheClusterJudgesWhatIs(t *testing.T) {
	w := newWorld(t, nil)
	w.present(id("deployments.apps", "big"), seven)
	w.present(id("deployments.apps", "small"), three)
	w.at = w.at.Add(time.Second)
	r := ruleOf(t, replicas("object.spec.replicas <= 5"))
	w.SetPolicies([]*Rule{r}, w.at)
	w.tells("1s opened NotAdmitted big too many")
	w.SetPolicies([]*Rule{r}, w.at)
	w.tells()
	w.wait(time.Second)
	w.set(id("deployments.apps", "small"), seven)
	w.tells("2s opened NotAdmitted small too many")
	w.wait(time.Second)
	w.set(id("deployments.apps", "big"), three)
	w.tells("3s resolved NotAdmitted big too many")
	if open := w.Open(); len(open) != 1 || !open[0].Policy || open[0].Fields["policy"] != "limit" || open[0].Severity != Warning || open[0].Subject.UID != "uid-small" {
		t.Errorf("open are %+v", open)
	}
	w.wait(time.Second)
	w.SetPolicies(nil, w.at)
	if len(w.told) != 1 || !w.told[0].Unknown || w.told[0].Subject.Name != "small" || len(w.Open()) > 0 {
		t.Errorf("a policy that is gone tells %+v", w.told)
	}
	w.told = nil
	w.set(id("deployments.apps", "other"), seven)
	w.tells()
}

// A new policy is another one, though it says the same.
func TestPolicyThatIsReplacedJudgesAnew(t *testing.T) {
	w := newWorld(t, nil)
	w.present(id("deployments.apps", "big"), seven)
	w.SetPolicies([]*Rule{ruleOf(t, replicas("object.spec.replicas <= 5"))}, w.at)
	w.told = nil
	w.wait(time.Second)
	w.SetPolicies([]*Rule{ruleOf(t, replicas("object.spec.replicas <= 9"))}, w.at)
	if len(w.told) != 1 || !w.told[0].Unknown || len(w.Open()) > 0 {
		t.Errorf("it tells %+v", w.told)
	}
}

// What both find in the same words is one violation, which neither ends nor opens. It is the new policy's from then on.
func TestWhatAnotherPolicyFindsInTheSameWordsGoesOn(t *testing.T) {
	const most = "object.spec.replicas <= params.most"
	limit := func(more string) *Rule {
		return ruleOf(t, replicas(most, func(a *Admission) { a.Params = []byte(more) }))
	}
	w := newWorld(t, nil)
	w.present(id("deployments.apps", "big"), seven)
	w.present(id("deployments.apps", "small"), three)
	w.SetPolicies([]*Rule{limit(`{"most":5}`)}, w.at)
	w.tells("0s opened NotAdmitted big too many")
	w.wait(time.Second)
	w.SetPolicies([]*Rule{limit(`{"most":6}`)}, w.at)
	w.tells()
	w.SetPolicies([]*Rule{limit(`{"most":2}`)}, w.at)
	w.tells("1s opened NotAdmitted small too many")
	w.SetPolicies([]*Rule{limit(`{"most":5}`)}, w.at)
	w.tells("1s unknown NotAdmitted small too many")
	w.wait(time.Second)
	w.set(id("deployments.apps", "big"), three)
	w.tells("2s resolved NotAdmitted big too many")
	w.set(id("deployments.apps", "big"), seven)
	w.told = nil
	for what, other := range map[string]*Rule{
		"another message":  ruleOf(t, replicas(most, func(a *Admission) { a.Params, a.Validations[0].Message = []byte(`{"most":5}`), "far too many" })),
		"another severity": ruleOf(t, replicas(most, func(a *Admission) { a.Params, a.Severity = []byte(`{"most":5}`), Info })),
		"another name":     ruleOf(t, replicas(most, func(a *Admission) { a.Params, a.Name = []byte(`{"most":5}`), "limit by none" })),
	} {
		w.SetPolicies([]*Rule{other}, w.at)
		if len(w.told) != 2 || !w.told[0].Unknown || !w.told[1].IsOpen() {
			t.Errorf("%s: told is %+v", what, w.told)
		}
		w.SetPolicies([]*Rule{limit(`{"most":5}`)}, w.at)
		w.told = nil
	}
}

func TestPolicyKnowsWhatAdmissionKnows(t *testing.T) {
	production := func(c *AdmissionCriteria) {
		c.Namespaces, _ = labels.Parse("env=production")
	}
	update := func(a *Admission) { a.OnUpdate = true }
	for name, test := range map[string]struct {
		policy *Admission
		denied string // what it says of seven replicas in shop, which is env=production; empty for nothing
	}{
		"the object":    {replicas("object.spec.replicas <= 5"), "too many"},
		"it is right":   {replicas("object.spec.replicas <= 7"), ""},
		"no old object": {replicas("oldObject == null && request.operation == 'UPDATE'"), "too many"},
		"an update":     {replicas("oldObject.spec.replicas == 7 && request.operation == 'UPDATE'", update), ""},
		"the request":   {replicas("request.kind.kind == 'Deployment' && request.resource.resource == 'deployments' && request.kind.version == 'v1' && request.namespace == 'shop' && request.name == 'big' && request.operation == 'CREATE' && !request.dryRun"), ""},
		"the namespace": {replicas("namespaceObject.metadata.labels.env != 'production'"), "too many"},
		"a variable": {replicas("variables.twice <= 10", func(a *Admission) {
			a.Variables = []AdmissionExpression{{"n", "object.spec.replicas"}, {"twice", "variables.n * 2"}}
		}), "too many"},
		"parameters":    {replicas("object.spec.replicas <= params.data.most", func(a *Admission) { a.Params = []byte(`{"data":{"most":6}}`) }), "too many"},
		"no parameters": {replicas("params == null", func(a *Admission) { a.Params = nil }), ""},
		"missing ones":  {replicas("true", func(a *Admission) { a.Missing = "they are not there" }), "they are not there"},
		"a message": {replicas("false", func(a *Admission) {
			a.Validations[0].MessageExpression = "string(object.spec.replicas) + ' are too many'"
		}), "7 are too many"},
		"a broken message": {replicas("false", func(a *Admission) { a.Validations[0].MessageExpression = "object.spec.nothing" }), "too many"},
		"no message":       {replicas("false", func(a *Admission) { a.Validations[0].Message = "" }), "failed expression: false"},
		"several": {replicas("false", func(a *Admission) {
			a.Validations = append(a.Validations, AdmissionValidation{Expression: "true", Message: "not this"}, AdmissionValidation{Expression: "1 > 2", Message: "this, too"})
		}), "too many; this, too"},
		"a condition that is not so": {replicas("false", func(a *Admission) { a.Conditions = []AdmissionExpression{{"small", "object.spec.replicas < 5"}} }), ""},
		"a condition that is":        {replicas("false", func(a *Admission) { a.Conditions = []AdmissionExpression{{"large", "object.spec.replicas > 5"}} }), "too many"},
		"an error":                   {replicas("object.spec.nothing == 1"), "too many (cannot be evaluated: no such key: nothing)"},
		"an error that is ignored":   {replicas("object.spec.nothing == 1", func(a *Admission) { a.FailOpen = true }), ""},
		"a condition that fails": {
			replicas("true", func(a *Admission) { a.Conditions = []AdmissionExpression{{"x", "object.spec.nothing"}} }),
			"a match condition cannot be evaluated: no such key: nothing",
		},
		"a condition's failure that is ignored": {replicas("false", func(a *Admission) {
			a.FailOpen, a.Conditions = true, []AdmissionExpression{{"x", "object.spec.nothing"}}
		}), ""},
		"another type":                  {replicas("false", func(a *Admission) { a.Criteria[0] = ofTypes("apps", "statefulsets") }), ""},
		"another group":                 {replicas("false", func(a *Admission) { a.Criteria[0] = ofTypes("batch", "deployments") }), ""},
		"all types":                     {replicas("false", func(a *Admission) { a.Criteria[0] = ofTypes("*", "*") }), "too many"},
		"all of a group":                {replicas("false", func(a *Admission) { a.Criteria[0] = ofTypes("apps", "*/*") }), "too many"},
		"a subresource":                 {replicas("false", func(a *Admission) { a.Criteria[0] = ofTypes("apps", "deployments/scale") }), ""},
		"any object":                    {replicas("false", func(a *Admission) { a.Criteria = append(a.Criteria, anything()) }), "too many"},
		"another object":                {replicas("false", func(a *Admission) { a.Criteria[0].Match[0].Names = []string{"small"} }), ""},
		"another version":               {replicas("false", func(a *Admission) { a.Criteria[0].Match[0].Versions = []string{"v2"} }), "too many"},
		"only that version":             {replicas("false", func(a *Admission) { m := &a.Criteria[0].Match[0]; m.Versions, m.Exact = []string{"v2"}, true }), ""},
		"exactly it":                    {replicas("false", func(a *Admission) { a.Criteria[0].Match[0].Exact = true }), "too many"},
		"of the cluster":                {replicas("false", func(a *Admission) { a.Criteria[0].Match[0].Scope = "Cluster" }), ""},
		"of a namespace":                {replicas("false", func(a *Admission) { a.Criteria[0].Match[0].Scope = "Namespaced" }), "too many"},
		"excluded":                      {replicas("false", func(a *Admission) { a.Criteria[0].Exclude = a.Criteria[0].Match }), ""},
		"the binding's":                 {replicas("false", func(a *Admission) { a.Criteria = append(a.Criteria, ofTypes("apps", "statefulsets")) }), ""},
		"labels":                        {replicas("false", func(a *Admission) { a.Criteria[0].Objects, _ = labels.Parse("app=web") }), "too many"},
		"other labels":                  {replicas("false", func(a *Admission) { a.Criteria[0].Objects, _ = labels.Parse("app=db") }), ""},
		"labels of the namespace":       {replicas("false", func(a *Admission) { production(&a.Criteria[0]) }), "too many"},
		"other labels of the namespace": {replicas("false", func(a *Admission) { a.Criteria[0].Namespaces, _ = labels.Parse("env=test") }), ""},
		"in another namespace":          {replicas("false", func(a *Admission) { a.Namespace = "other" }), ""},
		"in this namespace":             {replicas("false", func(a *Admission) { a.Namespace = "shop" }), "too many"},
		"not in this namespace":         {replicas("false", func(a *Admission) { a.NotIn = []string{"other", "shop"} }), ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.objects[shop] = jsonOf(t, "shop", `{metadata: {labels: {env: production}}}`)
			w.SetPolicies([]*Rule{ruleOf(t, test.policy)}, w.at)
			w.told = nil // of the namespace
			w.present(id("deployments.apps", "big"), seven)
			if test.denied == "" {
				w.tells()
				return
			}
			w.tells("0s opened NotAdmitted big " + test.denied)
		})
	}
}

// What a policy reads of the object as it was before an update is the object as it is: it is judged again when that changes.
func TestPolicyAboutUpdatesIsJudgedAgain(t *testing.T) {
	w := newWorld(t, nil)
	w.SetPolicies([]*Rule{ruleOf(t, replicas("oldObject.spec.replicas <= 5", func(a *Admission) { a.OnUpdate = true }))}, w.at)
	w.set(id("deployments.apps", "web"), three)
	w.tells()
	w.wait(time.Second)
	w.set(id("deployments.apps", "web"), seven)
	w.tells("1s opened NotAdmitted web too many")
}

// What is not known of a namespace is not guessed: it is told once it is known, and again when it changes.
func TestPolicyWaitsForTheNamespace(t *testing.T) {
	w := newWorld(t, nil)
	a := replicas("object.spec.replicas <= 5")
	a.Criteria[0].Namespaces, _ = labels.Parse("env=production")
	r := ruleOf(t, a)
	w.SetPolicies([]*Rule{r}, w.at)
	if !r.LooksAtNamespaces() {
		t.Error("it is not said to look at namespaces")
	}
	w.present(id("deployments.apps", "big"), seven)
	w.tells()
	w.wait(time.Second)
	w.set(shop, `{metadata: {labels: {env: production}}}`)
	w.tells("1s opened NotAdmitted big too many")
	w.wait(time.Second)
	w.set(shop, `{metadata: {labels: {env: test}}}`)
	w.tells("2s resolved NotAdmitted big too many")
}

// What depends on who asks, or on values that are not kept, is not judged.
func TestPolicyThatCannotBeJudgedSaysWhy(t *testing.T) {
	for expression, want := range map[string]string{
		"request.userInfo.username == 'x'":                           "who makes the request",
		"has(request.userInfo)":                                      "who makes the request",
		"authorizer.group('').resource('pods').check('x').allowed()": "undeclared reference to 'authorizer'",
		"object.spec.": "Syntax error",
		"1":            "wanted is bool",
	} {
		if _, err := replicas(expression).Rule(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", expression, err)
		}
	}
	w := newWorld(t, nil)
	a := replicas("object.data.size() < 2")
	a.Criteria[0] = ofTypes("", "secrets")
	w.SetPolicies([]*Rule{ruleOf(t, a)}, w.at)
	w.present(id("secrets", "s"), `{data: {a: "*", b: "*"}}`)
	if faults := w.Faults(); len(faults) != 1 || faults[0].Err != errMasked || len(w.Open()) > 0 { //nolint:errorlint // it is this very one
		t.Errorf("faults are %v", faults)
	}
}

func TestTypesOfAPolicy(t *testing.T) {
	a := replicas("true")
	a.Criteria[0].Match = append(a.Criteria[0].Match, AdmissionMatch{Groups: []string{""}, Resources: []string{"pods", "pods/status", "services"}})
	want := []schema.GroupResource{{Group: "apps", Resource: "deployments"}, {Resource: "pods"}, {Resource: "services"}}
	if got := ruleOf(t, a).Types; !slices.Equal(got, want) {
		t.Errorf("they are %v", got)
	}
	a.Criteria[0] = ofTypes("", "*")
	if got := ruleOf(t, a).Types; got != nil {
		t.Errorf("all types are %v", got)
	}
}

// A policy may be called as a rule of the user's, whose signals are others.
func TestAPolicyIsNotTakenForARuleOfItsName(t *testing.T) {
	policy := ruleOf(t, replicas("object.spec.replicas <= 5"))
	w := newWorld(t, load(t, `
rules:
- {name: `+policy.Name+`, types: [deployments.apps], when: object.spec.replicas > 5, signal: {type: Many, severity: info, title: There are many}}
`))
	w.SetPolicies([]*Rule{policy}, w.at)
	w.set(id("deployments.apps", "web"), "spec: {replicas: 6}")
	if open := w.Open(); len(open) != 2 || open[0].Rule != open[1].Rule || open[0].Fingerprint == open[1].Fingerprint {
		t.Errorf("open is %+v", open)
	}
}
