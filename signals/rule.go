package signals

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/google/cel-go/cel"
	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"

	"github.com/dogwatch/dogwatch/model/change"
)

// Rule says what means what. It is never changed and safe for concurrent use.
type Rule struct {
	Name string
	// Types are those whose objects the rule is about; nil for all.
	Types []schema.GroupResource
	// Related are the types of related objects that it looks at.
	Related []schema.GroupResource
	// Policy tells that the rule says how objects have to be.
	Policy   bool
	Type     string
	Severity Severity
	For      time.Duration
	Every    time.Duration
	Keep     time.Duration

	variables map[string]*expression // by "variables.NAME"
	when      *expression
	resolved  *expression // nil for when that is no longer so
	since     *expression // when that began which holds; nil for when it was seen
	title     string
	message   []part
	fields    []field
	reads     reads // of when, resolved and since
	// looksAt are the types of related objects that make a difference for when and resolved: none where what it tells is over at once.
	looksAt []schema.GroupResource
	causes  [][]string // the paths that when reads
	// anyPath tells that a change of any field may make a difference.
	anyPath bool
	place   place
	// isBuiltin tells that dogwatch comes with it.
	isBuiltin bool
	// text is all that a file says of the rule, empty where it is of none.
	text string
	// admission is of a rule that is a policy of the cluster's own, nil of others: it is in place of when and message.
	admission *admission
}

// part is one of a message: a text or an expression.
type part struct {
	text string
	*expression
}

type field struct {
	name string
	*expression
}

// isMoment tells whether what the rule tells of is over as soon as it happened.
func (r *Rule) isMoment() bool { return r.resolved != nil && r.resolved.always }

// isAs tells that another rule says the same, its name too, wherever it stands.
func (r *Rule) isAs(other *Rule) bool {
	return r == other || r.text != "" && r.text == other.text
}

// applies tells whether there is something to tell of an object.
func (r *Rule) applies(v *evaluation) (bool, error) {
	if r.admission != nil {
		denials, err := r.admission.denials(v)
		return len(denials) > 0, err
	}
	held, err := r.when.holds(v)
	return held != r.Policy, err
}

// ofChange tells whether the rule looks at more than how an object is.
func (r *Rule) ofChange() bool { return r.reads.names[oldName] || r.reads.readsChange() }

// compiler makes a rule of its text.
type compiler struct {
	*file
	env  *cel.Env
	rule *Rule
}

// rule reads one rule.
func (f *file) rule(item *yaml.Node) (*Rule, error) {
	var t ruleText
	if err := f.decode(item, &t, "name", "types", "paths", "variables", "when", "check", "resolved", "since", "for", "every", "keep", "signal"); err != nil {
		return nil, err
	}
	if t.Name.value == "" {
		return nil, f.wrong(item, "", "a rule has no name")
	}
	env, err := f.environment()
	if err != nil {
		return nil, err
	}
	c := &compiler{file: f, env: env, rule: &Rule{Name: t.Name.value, place: place{f.name, item.Line, item.Column}, variables: map[string]*expression{}}}
	for _, step := range []func(*yaml.Node, *ruleText) error{c.types, c.times, c.declare, c.conditions, c.read, c.signal, c.relatives} {
		if err := step(item, &t); err != nil {
			return nil, err
		}
	}
	c.rule.text = said(item)
	return c.rule, nil
}

// said is what a node of a file says, without its comments and how it is laid out.
func said(node *yaml.Node) string {
	if node.Kind == yaml.AliasNode {
		return said(node.Alias)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %q", node.ShortTag(), node.Value)
	for _, part := range node.Content {
		text := said(part)
		fmt.Fprintf(&b, " %d:%s", len(text), text)
	}
	return b.String()
}

func (c *compiler) fail(at *yaml.Node, format string, args ...any) error {
	return c.wrong(at, c.rule.Name, format, args...)
}

func (c *compiler) types(item *yaml.Node, t *ruleText) error {
	if len(t.Types) == 0 {
		return c.fail(item, `it has no types; "*" is all`)
	}
	for _, name := range t.Types {
		if name.value == "*" {
			c.rule.Types = nil
			return nil
		}
		of, err := parseType(name.value)
		if err != nil {
			return c.fail(name.node, "types: %v", err)
		}
		c.rule.Types = append(c.rule.Types, of)
	}
	return nil
}

// parseType reads the name of a type. Whether there is one only the server knows; but many write a kind.
func parseType(name string) (schema.GroupResource, error) {
	of := schema.ParseGroupResource(name)
	if len(utilvalidation.IsDNS1035Label(of.Resource)) == 0 && (of.Group == "" || len(utilvalidation.IsDNS1123Subdomain(of.Group)) == 0) {
		return of, nil
	}
	return of, fmt.Errorf("%q is no type: give RESOURCE, or RESOURCE.GROUP, as kubectl api-resources has them, such as pods or deployments.apps", name)
}

func (c *compiler) times(_ *yaml.Node, t *ruleText) error {
	for _, one := range []struct {
		name string
		text text
		into *time.Duration
	}{{"for", t.For, &c.rule.For}, {"every", t.Every, &c.rule.Every}, {"keep", t.Keep, &c.rule.Keep}} {
		if !one.text.isGiven() {
			continue
		}
		d, err := time.ParseDuration(one.text.value)
		if err != nil || d < 0 {
			return c.fail(one.text.node, "%s %q is not a duration such as 30s or 5m", one.name, one.text.value)
		}
		*one.into = d
	}
	return nil
}

// declare compiles the variables, each of which knows those before it.
func (c *compiler) declare(_ *yaml.Node, t *ruleText) error {
	given, err := c.pairs(&t.Variables)
	if err != nil {
		return err
	}
	for _, v := range given {
		e, err := c.condition(v.text, "variable "+v.name, cel.DynType)
		if err != nil {
			return err
		}
		name := variables + v.name
		if c.env, err = c.env.Extend(cel.Variable(name, e.result)); err != nil {
			return c.fail(v.text.node, "variable %q: %v", v.name, err)
		}
		e.reads = c.withVariables(e.reads)
		c.rule.variables[name] = e
	}
	return nil
}

// withVariables adds to what is read what the variables read that are.
func (c *compiler) withVariables(r reads) reads {
	var all reads
	all.merge(r)
	for name := range r.names {
		if v := c.rule.variables[name]; v != nil {
			all.merge(v.reads)
		}
	}
	return all
}

// named is a text with the name that it has in a mapping.
type named struct {
	name string
	text text
}

// pairs reads a mapping of texts in its order.
func (c *compiler) pairs(node *yaml.Node) ([]named, error) {
	if node.Kind == 0 {
		return nil, nil
	}
	if node.Kind != yaml.MappingNode {
		return nil, c.fail(node, "expected names with expressions")
	}
	var all []named
	for i := 0; i+1 < len(node.Content); i += 2 {
		n := named{name: node.Content[i].Value}
		if slices.ContainsFunc(all, func(other named) bool { return other.name == n.name }) {
			return nil, c.fail(node.Content[i], "%s stands there twice", n.name)
		}
		if err := n.text.UnmarshalYAML(node.Content[i+1]); err != nil {
			return nil, c.fail(node.Content[i+1], "%s: expected an expression", n.name)
		}
		all = append(all, n)
	}
	return all, nil
}

func (c *compiler) conditions(item *yaml.Node, t *ruleText) (err error) {
	if t.When.isGiven() == t.Check.isGiven() {
		return c.fail(item, "it needs either when or check")
	}
	condition, name := t.When, "when"
	if t.Check.isGiven() {
		condition, name, c.rule.Policy = t.Check, "check", true
	}
	if c.rule.when, err = c.condition(condition, name, cel.BoolType); err != nil {
		return err
	}
	if t.Resolved.isGiven() {
		if c.rule.Policy {
			return c.fail(t.Resolved.node, "resolved: a check is mended when it holds")
		}
		if c.rule.resolved, err = c.condition(t.Resolved, "resolved", cel.BoolType); err != nil {
			return err
		}
	}
	return c.since(t)
}

// read finds out what the rule looks at, and whether that makes sense.
func (c *compiler) read(item *yaml.Node, t *ruleText) error {
	r := c.rule
	r.reads = c.withVariables(r.when.reads)
	r.causes = r.reads.paths
	switch {
	case r.ofChange() && r.Policy:
		return c.fail(t.Check.node, "check: it judges objects as they are, and cannot read old or change")
	case r.ofChange() && r.resolved == nil:
		return c.fail(item, `when reads old or change, which are gone with the next change: say when it is resolved ("true" for at once)`)
	case r.ofChange() && r.For > 0:
		return c.fail(t.For.node, "for: when reads old or change, which do not last")
	}
	if r.resolved != nil {
		ends := c.withVariables(r.resolved.reads)
		if ends.names[oldName] || ends.readsChange() {
			return c.fail(t.Resolved.node, "resolved: it cannot read old or change")
		}
		r.reads.merge(ends)
	}
	if err := c.readSince(t); err != nil {
		return err
	}
	r.anyPath = r.reads.readsChange()
	if len(t.Paths) > 0 {
		r.anyPath = false
		r.reads.paths = nil
		for _, p := range t.Paths {
			path, ok := change.Path(p.value).Members()
			if !ok {
				return c.fail(p.node, "paths: %q is no path: give names of fields with a dot between them, such as spec.template, and others as in metadata.labels[\"app.kubernetes.io/name\"]", p.value)
			}
			r.reads.paths = append(r.reads.paths, path)
			if err := c.seen(p, "paths", r.reads.paths); err != nil {
				return err
			}
		}
		r.causes = r.reads.paths
	}
	return nil
}

func (c *compiler) signal(item *yaml.Node, t *ruleText) error {
	s := &t.Signal
	c.rule.Type, c.rule.title, c.rule.Severity = s.Type.value, s.Title.value, Severity(s.Severity.value)
	switch {
	case s.Type.value == "" || s.Title.value == "":
		return c.fail(item, "signal needs type and title")
	case strings.ContainsFunc(s.Type.value, unicode.IsSpace):
		return c.fail(s.Type.node, "signal.type %q is more than one word: others know the signal by it", s.Type.value)
	case !slices.Contains([]Severity{Info, Warning, Critical}, c.rule.Severity):
		at := item
		if s.Severity.isGiven() {
			at = s.Severity.node
		}
		return c.fail(at, "severity %q is none of info, warning, critical", s.Severity.value)
	}
	if err := c.message(s.Message); err != nil {
		return err
	}
	fields, err := c.pairs(&s.Fields)
	for _, f := range fields {
		e, err := c.compile(f.text, "field "+f.name, cel.DynType)
		if err != nil {
			return err
		}
		c.rule.fields = append(c.rule.fields, field{f.name, e})
	}
	return err
}

// relatives finds out which types of related objects are looked at anywhere in the rule.
func (c *compiler) relatives(item *yaml.Node, _ *ruleText) error {
	var all reads
	all.merge(c.rule.reads)
	for _, p := range c.rule.message {
		if p.expression != nil {
			all.merge(c.withVariables(p.reads))
		}
	}
	for _, f := range c.rule.fields {
		all.merge(c.withVariables(f.reads))
	}
	if all.anyRelated {
		return c.fail(item, `related: say of which type, as in related["pods"]`)
	}
	for _, name := range all.related {
		of, err := parseType(name)
		if err != nil {
			return c.fail(item, "related: %v", err)
		}
		c.rule.Related = append(c.rule.Related, of)
		if !c.rule.isMoment() && slices.Contains(c.rule.reads.related, name) {
			c.rule.looksAt = append(c.rule.looksAt, of)
		}
	}
	return nil
}

func (c *compiler) message(t text) error {
	if !t.isGiven() {
		return nil
	}
	all, err := pieces(t.value)
	if err != nil {
		return c.fail(t.node, "message: %v", err)
	}
	for _, p := range all {
		made := part{text: p.text}
		if p.isExpression {
			e, fault := compile(c.env, p.text, cel.DynType)
			if fault != nil {
				before := t.value[:p.at]
				line := strings.Count(before, "\n")
				if fault.line == 0 {
					fault.column += len(before) - strings.LastIndexByte(before, '\n') - 1
				}
				fault.line += line
				return c.faulty(t, "message", fault)
			}
			made.expression = e
		}
		c.rule.message = append(c.rule.message, made)
	}
	return nil
}

// condition compiles an expression that may decide what is told.
func (c *compiler) condition(t text, name string, result *cel.Type) (*expression, error) {
	e, err := c.compile(t, name, result)
	if err != nil {
		return nil, err
	}
	return e, c.seen(t, name, e.reads.paths)
}

// seen refuses paths whose changes no rule sees: they would never make it be applied.
func (c *compiler) seen(t text, name string, paths [][]string) error {
	for _, path := range paths {
		if len(path) > 1 && path[0] == "metadata" && (path[1] == "resourceVersion" || path[1] == "managedFields") {
			return c.fail(t.node, "%s: metadata.%s is not among what rules see of a change: read the fields that change themselves, or change.manager for who changed them", name, path[1])
		}
	}
	return nil
}

// compile compiles an expression of the rule.
func (c *compiler) compile(t text, name string, result *cel.Type) (*expression, error) {
	e, fault := compile(c.env, t.value, result)
	if fault != nil {
		return nil, c.faulty(t, name, fault)
	}
	return e, nil
}

func (c *compiler) faulty(t text, name string, f *fault) error {
	line, column := c.place(t, f.line, f.column)
	return &RuleError{File: c.name, Line: line, Column: column, Rule: c.rule.Name, Message: fmt.Sprintf("%s: %s", name, f.message)}
}
