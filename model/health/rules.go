package health

import (
	_ "embed"
	"fmt"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"

	"github.com/dogwatch/dogwatch/model"
)

//go:embed rules.yaml
var builtin []byte

// Rules are the rules for all types. They are never changed and safe for
// concurrent use.
type Rules struct {
	before, after []rule
	types         map[schema.GroupKind][]rule
}

// rule says how an object is for which all tests hold.
type rule struct {
	when   []test
	level  model.Level
	reason template
}

// document is the YAML form of Rules; rules.yaml explains it.
type document struct {
	Before []ruleText `json:"before"`
	Types  []struct {
		Kinds []string   `json:"kinds"`
		Rules []ruleText `json:"rules"`
	} `json:"types"`
	After []ruleText `json:"after"`
}

type ruleText struct {
	When   []string `json:"when"`
	Level  string   `json:"level"`
	Reason string   `json:"reason"`
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
	if err := yaml.UnmarshalStrict(text, &doc); err != nil {
		return nil, fmt.Errorf("read health rules: %w", err)
	}
	r := &Rules{types: map[schema.GroupKind][]rule{}}
	var err error
	if r.before, err = parseRules(doc.Before); err != nil {
		return nil, fmt.Errorf("before%w", err)
	}
	if r.after, err = parseRules(doc.After); err != nil {
		return nil, fmt.Errorf("after%w", err)
	}
	for i, t := range doc.Types {
		rules, err := parseRules(t.Rules)
		if err != nil {
			return nil, fmt.Errorf("types[%d].rules%w", i, err)
		}
		for _, kind := range t.Kinds {
			gk := schema.ParseGroupKind(kind)
			if _, twice := r.types[gk]; twice {
				return nil, fmt.Errorf("types[%d]: %s has rules already", i, kind)
			}
			r.types[gk] = rules
		}
	}
	return r, nil
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
	for _, when := range text.When {
		t, err := parseTest(when)
		if err != nil {
			return rule{}, fmt.Errorf("%q: %w", when, err)
		}
		r.when = append(r.when, t)
	}
	if r.reason, err = parseTemplate(text.Reason); err != nil {
		return rule{}, fmt.Errorf("reason %q: %w", text.Reason, err)
	}
	return r, nil
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
