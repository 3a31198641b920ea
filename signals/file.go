package signals

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/google/cel-go/cel"
	"go.yaml.in/yaml/v3"
)

// RuleError says what is wrong with a rule, and where in which file.
type RuleError struct {
	File         string
	Line, Column int
	// Rule is the rule's name; empty where it is the file that is wrong.
	Rule    string
	Message string
}

func (e *RuleError) Error() string {
	at := fmt.Sprintf("%s:%d:%d: ", e.File, e.Line, e.Column)
	if e.Rule != "" {
		at += fmt.Sprintf("rule %q: ", e.Rule)
	}
	return at + e.Message
}

// file is a file of rules that is being read.
type file struct {
	name        string
	lines       []string
	environment func() (*cel.Env, error)
}

// text is a text of a file, and where it stands.
type text struct {
	value string
	node  *yaml.Node
}

func (t text) isGiven() bool { return t.node != nil }

// UnmarshalYAML takes a scalar.
func (t *text) UnmarshalYAML(from *yaml.Node) error {
	t.node = from
	return from.Decode(&t.value)
}

// ruleText is the YAML form of a rule; docs/signals.md explains it.
type ruleText struct {
	Name      text       `yaml:"name"`
	Types     []text     `yaml:"types"`
	Paths     []text     `yaml:"paths"`
	Variables yaml.Node  `yaml:"variables"`
	When      text       `yaml:"when"`
	Check     text       `yaml:"check"`
	Resolved  text       `yaml:"resolved"`
	Since     text       `yaml:"since"`
	For       text       `yaml:"for"`
	Every     text       `yaml:"every"`
	Keep      text       `yaml:"keep"`
	Signal    signalText `yaml:"signal"`
}

type signalText struct {
	Type     text      `yaml:"type"`
	Severity text      `yaml:"severity"`
	Title    text      `yaml:"title"`
	Message  text      `yaml:"message"`
	Fields   yaml.Node `yaml:"fields"`
}

// Load reads the rules of a file, of which the name is for errors. Rules that are wrong are left out, and said.
func Load(name string, content []byte) ([]*Rule, []error) {
	f := &file{name: name, lines: strings.Split(string(content), "\n"), environment: sync.OnceValues(newEnvironment)}
	items, err := f.items(content)
	if err != nil {
		return nil, []error{err}
	}
	var rules []*Rule
	var wrong []error
	for _, item := range items {
		rule, err := f.rule(item)
		if err != nil {
			wrong = append(wrong, err)
			continue
		}
		rules = append(rules, rule)
	}
	rules, twice := Distinct(rules, nil)
	return rules, append(wrong, twice...)
}

// items gives the rules of a file as they stand there.
func (f *file) items(content []byte) ([]*yaml.Node, error) {
	var document yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
		return nil, f.empty()
	} else if err != nil {
		return nil, fmt.Errorf("%s: %w", f.name, err)
	}
	var second yaml.Node
	if err := decoder.Decode(&second); err == nil {
		return nil, f.wrong(&second, "", "expected one document, not several")
	} else if !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: %w", f.name, err)
	}
	var body struct {
		Rules []yaml.Node `yaml:"rules"`
	}
	root := document.Content[0]
	if err := f.list(root); err != nil {
		return nil, err
	}
	if err := f.decode(root, &body, "rules"); err != nil {
		return nil, err
	}
	var items []*yaml.Node
	for i := range body.Rules {
		items = append(items, &body.Rules[i])
	}
	return items, nil
}

// list checks that a file has a list of rules. There may be none in it: then the file says so.
func (f *file) list(root *yaml.Node) error {
	if root.Kind != yaml.MappingNode {
		return nil // which is said as of any mapping
	}
	for i := 0; i+1 < len(root.Content); i += 2 {
		if root.Content[i].Value != "rules" {
			continue
		}
		rules := root.Content[i+1]
		if rules.Kind != yaml.SequenceNode && rules.Kind != yaml.AliasNode {
			return f.wrong(rules, "", `rules: expected a list of rules, each of which begins as "- name: NAME"`)
		}
		return nil
	}
	if len(root.Content) > 0 {
		return nil // what is there instead is said
	}
	return f.empty()
}

// empty says that a file has nothing in it.
func (f *file) empty() error {
	return f.wrong(&yaml.Node{Line: 1, Column: 1}, "", `there are no rules in it: give them as a list, behind "rules:"`)
}

// decode reads a mapping that has no other members than these.
func (f *file) decode(node *yaml.Node, into any, members ...string) error {
	if node.Kind != yaml.MappingNode {
		return f.wrong(node, "", "expected %s", strings.Join(members, ", "))
	}
	for i := 0; i < len(node.Content); i += 2 {
		if key := node.Content[i]; !slices.Contains(members, key.Value) {
			return f.wrong(key, "", "%q is none of %s", key.Value, strings.Join(members, ", "))
		}
	}
	if err := node.Decode(into); err != nil {
		return f.wrong(node, "", "%s", strings.TrimPrefix(err.Error(), "yaml: "))
	}
	return nil
}

func (f *file) wrong(at *yaml.Node, rule, format string, args ...any) *RuleError {
	return &RuleError{File: f.name, Line: at.Line, Column: at.Column, Rule: rule, Message: fmt.Sprintf(format, args...)}
}

// place gives where in the file a line and a column of a text are, both counted from 0. Where a text is folded or has escapes it is where
// the text begins.
func (f *file) place(t text, line, column int) (atLine, atColumn int) {
	switch begin := t.node.Line - 1; {
	case t.node.Style&yaml.LiteralStyle != 0 && begin+1+line < len(f.lines):
		source, wanted := f.lines[begin+1+line], strings.Split(t.value, "\n")
		if line < len(wanted) {
			return begin + 2 + line, max(0, strings.Index(source, wanted[line])) + column + 1
		}
	case line == 0 && begin < len(f.lines):
		source, from := f.lines[begin], t.node.Column-1
		if from+1 < len(source) && (source[from] == '"' || source[from] == '\'') {
			from++
		}
		if from < len(source) && strings.HasPrefix(source[from:], t.value) {
			return begin + 1, from + column + 1
		}
	}
	return t.node.Line, t.node.Column
}
