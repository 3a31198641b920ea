package health

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/model"
)

//go:embed rules.yaml
var builtin []byte

// Rules are the rules for all types. They are never changed and safe for
// concurrent use.
type Rules struct {
	before, after []rule
	types         map[schema.GroupKind]typeRules
	now           func() time.Time
	// Types without rules of their own, as most custom ones, share these.
	judgeOfOthers     func() *Judge
	explainerOfOthers func() *Explainer
}

// typeRules are what is said of one type.
type typeRules struct {
	rules  []rule
	weight int
	since  *term
	parts  []partRule
}

// rule says how an object is for which all tests hold.
type rule struct {
	when   []test
	level  model.Level
	reason template
	// message is said beside the reason; empty where a condition that was tested has one.
	message template
	// cause leads to the objects that make it so; nil where the object itself does.
	cause *causeRule
}

// asksWritten tells whether a rule asks how long ago the status was written.
func (r *rule) asksWritten() bool {
	return slices.ContainsFunc(r.when, func(t test) bool { return t.timed() && t.left.path.isWritten() })
}

// document is the YAML form of Rules; rules.yaml explains it.
type document struct {
	Before []ruleText `yaml:"before"`
	Types  []typeText `yaml:"types"`
	After  []ruleText `yaml:"after"`
}

type typeText struct {
	Kinds  []string   `yaml:"kinds"`
	Weight int        `yaml:"weight"`
	Since  string     `yaml:"since"`
	Rules  []ruleText `yaml:"rules"`
	Parts  []partText `yaml:"parts"`
}

type ruleText struct {
	When    []string `yaml:"when"`
	Level   string   `yaml:"level"`
	Reason  string   `yaml:"reason"`
	Message string   `yaml:"message"`
	Cause   string   `yaml:"cause"`
}

type partText struct {
	Each string   `yaml:"each"`
	When []string `yaml:"when"`
	Say  string   `yaml:"say"`
}

// Builtin gives the rules that dogwatch comes with.
func Builtin() (*Rules, error) {
	r, err := Load(builtin)
	if err != nil {
		return nil, fmt.Errorf("built-in health rules: %w", err)
	}
	return r, nil
}

// Load reads rules from YAML. An error says which rule is wrong and why.
func Load(text []byte) (*Rules, error) {
	var doc document
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&doc); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read health rules: %w", err)
	}
	r := &Rules{types: map[schema.GroupKind]typeRules{}}
	var err error
	if r.before, err = parseRules(doc.Before); err != nil {
		return nil, fmt.Errorf("before%w", err)
	}
	if r.after, err = parseRules(doc.After); err != nil {
		return nil, fmt.Errorf("after%w", err)
	}
	for i := range doc.Types {
		t := &doc.Types[i]
		rules, err := parseType(t)
		if err != nil {
			return nil, fmt.Errorf("types[%d].%w", i, err)
		}
		for _, kind := range t.Kinds {
			gk := schema.ParseGroupKind(kind)
			if _, twice := r.types[gk]; twice {
				return nil, fmt.Errorf("types[%d]: %s has rules already", i, kind)
			}
			r.types[gk] = rules
		}
	}
	return r.At(time.Now), nil
}

// At gives the same rules by another clock, as that of a recording.
func (r *Rules) At(now func() time.Time) *Rules {
	other := *r
	other.now = now
	other.judgeOfOthers = sync.OnceValue(func() *Judge { return other.newJudge(schema.GroupKind{}) })
	other.explainerOfOthers = sync.OnceValue(func() *Explainer { return other.newExplainer(schema.GroupKind{}) })
	return &other
}

func parseType(text *typeText) (typeRules, error) {
	t := typeRules{weight: text.Weight}
	var err error
	if t.rules, err = parseRules(text.Rules); err != nil {
		return t, fmt.Errorf("rules%w", err)
	}
	if text.Since != "" {
		since, err := parseTerm(text.Since)
		if err != nil {
			return t, fmt.Errorf("since: %w", err)
		}
		t.since = &since
	}
	for i, part := range text.Parts {
		p, err := parsePart(part)
		if err != nil {
			return t, fmt.Errorf("parts[%d]: %w", i, err)
		}
		t.parts = append(t.parts, p)
	}
	return t, nil
}

// parseRules reads a list of rules. Its error begins with the index.
func parseRules(texts []ruleText) ([]rule, error) {
	rules := make([]rule, 0, len(texts))
	for i, text := range texts {
		r, err := parseRule(text)
		if err != nil {
			return nil, fmt.Errorf("[%d]: %w", i, err)
		}
		rules = append(rules, r)
	}
	return rules, nil
}

func parseRule(text ruleText) (rule, error) {
	level, err := parseLevel(text.Level)
	if err != nil {
		return rule{}, err
	}
	r := rule{level: level}
	if r.when, err = parseTests(text.When); err != nil {
		return rule{}, err
	}
	if r.reason, err = parseTemplate(text.Reason); err != nil {
		return rule{}, fmt.Errorf("reason %q: %w", text.Reason, err)
	}
	if r.message, err = parseTemplate(text.Message); err != nil {
		return rule{}, fmt.Errorf("message %q: %w", text.Message, err)
	}
	if r.cause, err = parseCause(text.Cause); err != nil {
		return rule{}, fmt.Errorf("cause %q: %w", text.Cause, err)
	}
	return r, nil
}

func parseTests(texts []string) ([]test, error) {
	var tests []test
	for _, when := range texts {
		t, err := parseTest(when)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", when, err)
		}
		tests = append(tests, t)
	}
	return tests, nil
}

func parseLevel(s string) (model.Level, error) {
	switch s {
	case "Unknown":
		return model.Unknown, nil
	case "Healthy":
		return model.Healthy, nil
	case "Progressing":
		return model.Progressing, nil
	case "Unhealthy":
		return model.Unhealthy, nil
	}
	return 0, fmt.Errorf("level %q is none of Unknown, Healthy, Progressing, Unhealthy", s)
}
