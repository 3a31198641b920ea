package noise

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

//go:embed rules.yaml
var builtin []byte

// Rules tell what is noise. They are never changed and safe for concurrent use.
type Rules struct {
	rules   []rule
	telling []pattern
}

// rule says of some fields whether they are noise.
type rule struct {
	types  []schema.GroupResource // nil for all
	paths  []pattern
	values values
	keep   bool
}

// values says between which values a change has to be, or of which kind.
type values uint8

const (
	anyValues values = iota
	times
	numbers
	moves
)

// document is the YAML form of Rules; rules.yaml explains it.
type document struct {
	Rules   []ruleText `yaml:"rules"`
	Telling []node     `yaml:"telling"`
}

type ruleText struct {
	Types  []node `yaml:"types"`
	Paths  []node `yaml:"paths"`
	Values node   `yaml:"values"`
	Keep   bool   `yaml:"keep"`
}

// node is a text, and where it stands.
type node struct {
	text string
	line int
}

// UnmarshalYAML takes a scalar.
func (n *node) UnmarshalYAML(from *yaml.Node) error {
	n.line = from.Line
	if err := from.Decode(&n.text); err != nil {
		return fmt.Errorf("line %d: expected a text", from.Line)
	}
	return nil
}

// Builtin gives the rules that dogwatch comes with.
func Builtin() (*Rules, error) {
	r, err := Load(builtin)
	if err != nil {
		return nil, fmt.Errorf("built-in rules of noise: %w", err)
	}
	return r, nil
}

// Load reads rules from YAML, strictly. An error says in which line what is wrong.
func Load(text []byte) (*Rules, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	var doc document
	if err := decoder.Decode(&doc); err != nil && !errors.Is(err, io.EOF) {
		// The library cuts what it cites in the middle of a character.
		return nil, errors.New("reading rules of noise: " + strings.ToValidUTF8(err.Error(), "\uFFFD"))
	}
	r := &Rules{}
	for i := range doc.Rules {
		one, err := doc.Rules[i].rule()
		if err != nil {
			return nil, err
		}
		r.rules = append(r.rules, one)
	}
	var err error
	r.telling, err = patterns(doc.Telling)
	return r, err
}

func (t *ruleText) rule() (r rule, err error) {
	r.keep = t.Keep
	for _, n := range t.Types {
		r.types = append(r.types, schema.ParseGroupResource(n.text))
	}
	if slices.Contains(r.types, schema.GroupResource{Resource: "*"}) {
		r.types = nil
	}
	if len(t.Paths) == 0 {
		return rule{}, errors.New("a rule has no paths")
	}
	if r.paths, err = patterns(t.Paths); err != nil {
		return rule{}, err
	}
	switch t.Values.text {
	case "":
	case "times":
		r.values = times
	case "numbers":
		r.values = numbers
	case "moves":
		r.values = moves
	default:
		return rule{}, fmt.Errorf("line %d: values %q is none of times, numbers, moves", t.Values.line, t.Values.text)
	}
	return r, nil
}

func patterns(nodes []node) ([]pattern, error) {
	var all []pattern
	for _, n := range nodes {
		p, err := parsePattern(n.text)
		if err != nil {
			return nil, fmt.Errorf("line %d: path %q: %w", n.line, n.text, err)
		}
		all = append(all, p)
	}
	return all, nil
}

// Before gives rules that decide where these do, and leave the rest to others.
func (r *Rules) Before(others *Rules) *Rules {
	return &Rules{rules: slices.Concat(r.rules, others.rules), telling: slices.Concat(r.telling, others.telling)}
}
