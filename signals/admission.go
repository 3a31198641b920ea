package signals

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/cel-go/cel"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/model/jsonscan"
)

// Admission is a policy of the cluster's own, a ValidatingAdmissionPolicy as one of its bindings applies it with one object of parameters:
// Rule makes the rule that tells which of the objects that exist it would not admit today.
type Admission struct {
	// Name is the rule's, Policy the policy's.
	Name, Policy string
	Severity     Severity
	// Criteria say to which objects it applies: to those that all of them select, the policy's own and the binding's.
	Criteria []AdmissionCriteria
	// Namespace limits it to objects in one, "" does not. NotIn leaves out objects in some.
	Namespace string
	NotIn     []string
	// OnUpdate tells that it is asked of updates only: the object is judged as one that is written again as it is.
	OnUpdate bool
	// FailOpen tells that what cannot be evaluated is admitted.
	FailOpen bool
	// Params is the JSON of the object of parameters, nil for none. Missing says in words that it has to be there and is not: nothing is admitted then.
	Params      []byte
	Missing     string
	Variables   []AdmissionExpression
	Conditions  []AdmissionExpression
	Validations []AdmissionValidation
}

// AdmissionMatch names objects as a rule of admission does; "*" is any.
type AdmissionMatch struct {
	Groups, Resources []string
	// Versions are looked at where Exact is set: else another version of the same object is as good.
	Versions []string
	Exact    bool
	// Names are of single objects, nil for all.
	Names []string
	// Scope is "Namespaced", "Cluster", or "*" for both.
	Scope string
}

// AdmissionCriteria select objects.
type AdmissionCriteria struct {
	// Match are those of which one has to match, nil for any object, and Exclude those of which none may.
	Match, Exclude []AdmissionMatch
	// Namespaces and Objects select by the labels of the object's namespace, and by its own.
	Namespaces, Objects labels.Selector
}

// AdmissionExpression is an expression with its name.
type AdmissionExpression struct{ Name, Expression string }

// AdmissionValidation is what has to be true, and what is said where it is not.
type AdmissionValidation struct{ Expression, Message, MessageExpression string }

// What expressions of admission know besides the object.
const (
	oldObjectName       = "oldObject"
	requestName         = "request"
	paramsName          = "params"
	namespaceObjectName = "namespaceObject"
)

// admission is an Admission that was compiled.
type admission struct {
	*Admission
	conditions  []*expression
	validations []validation
	ofNamespace bool // it looks at the namespace's object
}

type validation struct {
	*expression
	message string
	says    *expression // nil for message
}

// errOfRequest is of what only a request has.
var errOfRequest = errors.New("it asks who makes the request, which what exists does not tell")

// Rule compiles the policy. An error says why it cannot be judged here.
func (a *Admission) Rule() (*Rule, error) {
	env, err := admissionEnvironment()
	if err != nil {
		return nil, err
	}
	r := &Rule{
		Name: a.Name, Policy: true, Type: "NotAdmitted", Severity: a.Severity, title: "Would not be admitted today", Types: a.types(),
		variables: map[string]*expression{}, admission: &admission{Admission: a},
	}
	c := admissionCompiler{env: env, rule: r}
	for _, v := range a.Variables {
		c.variable(v)
	}
	for _, v := range a.Conditions {
		r.admission.conditions = append(r.admission.conditions, c.compile("match condition "+v.Name, v.Expression, cel.BoolType))
	}
	for i, v := range a.Validations {
		made := validation{expression: c.compile(fmt.Sprintf("validation %d", i+1), v.Expression, cel.BoolType), message: v.said()}
		if v.MessageExpression != "" {
			made.says = c.compile(fmt.Sprintf("message of validation %d", i+1), v.MessageExpression, cel.StringType)
		}
		r.admission.validations = append(r.admission.validations, made)
	}
	if c.err != nil {
		return nil, c.err
	}
	r.admission.ofNamespace = r.reads.names[namespaceObjectName]
	for _, s := range a.Criteria {
		r.admission.ofNamespace = r.admission.ofNamespace || !s.Namespaces.Empty()
		if !s.Objects.Empty() {
			r.reads.paths = append(r.reads.paths, []string{"metadata", "labels"})
		}
	}
	r.causes = r.reads.paths
	return r, nil
}

func (v *AdmissionValidation) said() string {
	if v.Message != "" {
		return v.Message
	}
	return "failed expression: " + strings.TrimSpace(v.Expression)
}

// LooksAtNamespaces tells whether a rule is about namespaces' labels or fields, too: without them it tells nothing.
func (r *Rule) LooksAtNamespaces() bool { return r.admission != nil && r.admission.ofNamespace }

// types are those that it is about, nil where some are named by "*".
func (a *Admission) types() []schema.GroupResource {
	all := []schema.GroupResource{}
	if len(a.Criteria) == 0 {
		return nil
	}
	for _, m := range a.Criteria[0].Match {
		for _, group := range m.Groups {
			for _, resource := range m.Resources {
				if group == "*" || resource == "*" || resource == "*/*" {
					return nil
				}
				if gr := (schema.GroupResource{Group: group, Resource: resource}); !strings.Contains(resource, "/") && !slices.Contains(all, gr) {
					all = append(all, gr)
				}
			}
		}
	}
	return all
}

func admissionEnvironment() (*cel.Env, error) {
	env, err := newEnvironment()
	if err != nil {
		return nil, err
	}
	env, err = env.Extend(
		cel.Variable(oldObjectName, cel.DynType), cel.Variable(requestName, cel.DynType), cel.Variable(paramsName, cel.DynType),
		cel.Variable(namespaceObjectName, cel.DynType),
	)
	if err != nil {
		return nil, fmt.Errorf("making the environment of policies: %w", err)
	}
	return env, nil
}

// admissionCompiler compiles expressions until one is wrong.
type admissionCompiler struct {
	env  *cel.Env
	rule *Rule
	err  error
}

func (c *admissionCompiler) compile(what, source string, result *cel.Type) *expression {
	if c.err != nil {
		return nil
	}
	e, fault := compile(c.env, source, result)
	switch {
	case fault != nil:
		c.err = fmt.Errorf("%s: %s", what, fault.message)
	case e.reads.ofUser:
		c.err = fmt.Errorf("%s: %w", what, errOfRequest)
	default:
		c.rule.reads.merge(e.reads)
	}
	return e
}

func (c *admissionCompiler) variable(v AdmissionExpression) {
	e := c.compile("variable "+v.Name, v.Expression, cel.DynType)
	if c.err != nil {
		return
	}
	name := variables + v.Name
	if c.env, c.err = c.env.Extend(cel.Variable(name, e.result)); c.err == nil {
		c.rule.variables[name] = e
	}
}

// matches tells whether the policy applies to the object.
func (a *admission) matches(v *evaluation) (bool, error) {
	if isExempt(v.of.Type) || a.Namespace != "" && v.namespaceName() != a.Namespace || slices.Contains(a.NotIn, v.namespaceName()) {
		return false, nil
	}
	for _, s := range a.Criteria {
		if s.Match != nil && !isNamed(s.Match, v) || isNamed(s.Exclude, v) || !s.Objects.Matches(labelsOf(v.text())) {
			return false, nil
		}
		if s.Namespaces.Empty() {
			continue
		}
		namespace, err := v.namespace()
		if err != nil {
			return false, err
		}
		if namespace != nil && !s.Namespaces.Matches(labelsOf(namespace)) {
			return false, nil
		}
	}
	return true, nil
}

// isExempt tells of the types that admission policies never apply to, by https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/.
func isExempt(gr schema.GroupResource) bool {
	return gr.Group == "admissionregistration.k8s.io"
}

func isNamed(by []AdmissionMatch, v *evaluation) bool {
	return slices.ContainsFunc(by, func(m AdmissionMatch) bool {
		return has(m.Groups, v.of.Type.Group) && hasResource(m.Resources, v.of.Type.Resource) && (m.Names == nil || slices.Contains(m.Names, v.of.Name)) &&
			(!m.Exact || has(m.Versions, versionOf(v.text()))) &&
			(m.Scope == "*" || m.Scope == "" || (m.Scope == "Namespaced") == (v.of.Namespace != ""))
	})
}

func has(names []string, name string) bool {
	return slices.Contains(names, "*") || slices.Contains(names, name)
}

func hasResource(names []string, name string) bool {
	return slices.Contains(names, "*/*") || has(names, name)
}

// denials says what the policy finds wrong with the object. An error is that this cannot be told.
func (a *admission) denials(v *evaluation) ([]string, error) {
	if applies, err := a.matches(v); err != nil || !applies {
		return nil, err
	}
	if v.of.Type == secrets && a.readsValues(v.rule) {
		return nil, errMasked
	}
	if a.Missing != "" {
		return []string{a.Missing}, nil
	}
	for _, c := range a.conditions {
		held, err := c.holds(v)
		switch {
		case errors.Is(err, errUnknown):
			return nil, err
		case err != nil && !a.FailOpen:
			return []string{"a match condition cannot be evaluated: " + err.Error()}, nil
		case err != nil || !held:
			return nil, nil
		}
	}
	var said []string
	for _, c := range a.validations {
		held, err := c.holds(v)
		switch {
		case errors.Is(err, errUnknown):
			return nil, err
		case err != nil && !a.FailOpen:
			said = append(said, fmt.Sprintf("%s (cannot be evaluated: %v)", c.message, err))
		case err == nil && !held:
			said = append(said, c.words(v))
		}
	}
	return said, nil
}

// words are what a validation says of an object: its message where the expression for it gives none.
func (c *validation) words(v *evaluation) string {
	if c.says == nil {
		return c.message
	}
	value, _, err := c.says.program.Eval(v)
	if err != nil {
		return c.message
	}
	if text := strings.TrimSpace(inWords(value)); text != "" && !strings.Contains(text, "\n") {
		return text
	}
	return c.message
}

var (
	secrets = schema.GroupResource{Resource: "secrets"}
	// errMasked is of values that dogwatch does not keep.
	errMasked = errors.New("it looks at values of Secrets, which are not kept")
	// errUnknown is of what is not known yet.
	errUnknown = errors.New("its namespace is not known")
)

// readsValues tells whether a rule looks at the values of a Secret, or at all of it.
func (a *admission) readsValues(r *Rule) bool {
	return slices.ContainsFunc(r.reads.paths, func(path []string) bool {
		return len(path) == 0 || path[0] == "data" || path[0] == "stringData"
	})
}

// versionOf gives the version of an object's apiVersion.
func versionOf(text []byte) string {
	gv, err := schema.ParseGroupVersion(string(jsonscan.Text(find(text, "apiVersion"))))
	if err != nil {
		return ""
	}
	return gv.Version
}
