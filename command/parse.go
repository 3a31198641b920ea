package command

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/workspace"
)

// allNamespaces is what the user types for all of them.
const allNamespaces = "all"

// ErrEmpty is returned for a line without a word.
var ErrEmpty = errors.New("expected a type, or a command: ns, ctx, drop, activity, record, at, speed, retry, logs, help, quit")

// Parse reads a line, without its ":". The error says what was expected, in
// words for the user.
func Parse(line string) (Command, error) {
	split, err := split(line)
	if err != nil {
		return nil, err
	}
	words := joinLists(texts(split))
	if len(words) == 0 {
		return nil, ErrEmpty
	}
	if v, ok := findVerb(words); ok {
		c, err := v.parse(words[1:])
		if usage := (errUsage{}); errors.As(err, &usage) {
			return nil, fmt.Errorf("%s: %w", v.synopsis(), err)
		}
		return c, err
	}
	if slices.Contains(changing(), words[0]) {
		return nil, fmt.Errorf("dogwatch only reads: %s is for kubectl", words[0])
	}
	target, err := parseTarget(words)
	if err != nil {
		return nil, err
	}
	return Open{Target: target}, nil
}

// changing are the words of those who take dogwatch for a tool that acts. A type
// with such a name is reached by its plural, or with its group.
func changing() []string {
	return []string{"delete", "edit", "apply", "scale", "patch", "exec", "shell", "kill", "drain", "cordon", "uncordon"}
}

// parseTarget reads "TYPE[,TYPE…]" and what narrows it.
func parseTarget(words []string) (workspace.Target, error) {
	types, err := splitTypes(words[0])
	if err != nil {
		return workspace.Target{}, err
	}
	p := targetParser{target: workspace.Target{Types: types}, rest: words[1:]}
	for len(p.rest) > 0 && err == nil {
		err = p.next()
	}
	if err != nil {
		return workspace.Target{}, err
	}
	return p.finish()
}

// targetParser takes the words after the types one by one.
type targetParser struct {
	target workspace.Target
	labels []string
	rest   []string
}

func (p *targetParser) take() string {
	w := p.rest[0]
	p.rest = p.rest[1:]
	return w
}

func (p *targetParser) next() error {
	switch w := p.take(); {
	case w == "":
		return nil
	case w[0] == '/':
		return setOnce(&p.target.Filter, w[1:], "filter")
	case w[0] == '@':
		return p.context(w[1:])
	case w[0] == '-':
		return p.flag(w)
	case p.isOperator():
		p.labels = append(p.labels, w+" "+p.take()+" "+p.takeSet())
		return nil
	case strings.ContainsAny(w, "=!,"):
		p.labels = append(p.labels, w)
		return nil
	default:
		return p.namespace(w)
	}
}

// isOperator tells that the next word makes a label requirement of the last.
func (p *targetParser) isOperator() bool {
	return len(p.rest) > 0 && (p.rest[0] == "in" || p.rest[0] == "notin" ||
		strings.HasPrefix(p.rest[0], "in(") || strings.HasPrefix(p.rest[0], "notin("))
}

func (p *targetParser) takeSet() string {
	if len(p.rest) > 0 && strings.HasPrefix(p.rest[0], "(") {
		return p.take()
	}
	return ""
}

func (p *targetParser) namespace(name string) error {
	if p.target.Namespace != "" || p.target.AllNamespaces {
		return fmt.Errorf("expected one namespace, then /FILTER, LABEL=VALUE or @CONTEXT; got %q as well", name)
	}
	if name == allNamespaces {
		p.target.AllNamespaces = true
		return nil
	}
	if err := checkNamespace(name); err != nil {
		return err
	}
	p.target.Namespace = name
	return nil
}

func (p *targetParser) context(name string) error {
	if name == "" {
		return errors.New("expected a context after @")
	}
	return setOnce(&p.target.Context, name, "context")
}

// flag reads kubectl's own flags, as "-n x", "-n=x", "-nx" or "--namespace x".
func (p *targetParser) flag(w string) error {
	if w == "-A" || w == "--all-namespaces" {
		return p.namespace(allNamespaces)
	}
	name, value, given := cutFlag(w)
	set, ok := p.setter(name)
	if !ok {
		return fmt.Errorf("unknown flag %q; known are %s", w, strings.Join(flagNames(), " "))
	}
	if !given {
		if len(p.rest) == 0 {
			return fmt.Errorf("expected a value after %s", name)
		}
		value = p.take()
	}
	return set(value)
}

func (p *targetParser) setter(flag string) (func(string) error, bool) {
	switch flag {
	case "-n", "--namespace":
		return p.namespace, true
	case "-l", "--selector":
		return func(s string) error { p.labels = append(p.labels, s); return nil }, true
	case "--field-selector":
		return func(s string) error { return setOnce(&p.target.FieldSelector, s, "field selector") }, true
	case "--context":
		return p.context, true
	}
	return nil, false
}

func flagNames() []string {
	return []string{"-n", "-A", "-l", "--field-selector", "--context"}
}

// finish checks selectors and filter, so that a typing error is told at once and not
// by the server.
func (p *targetParser) finish() (workspace.Target, error) {
	p.target.LabelSelector = strings.Join(p.labels, ",")
	if _, err := labels.Parse(p.target.LabelSelector); err != nil {
		return workspace.Target{}, fmt.Errorf("expected labels as KEY=VALUE or KEY in (A,B): %w", err)
	}
	if _, err := fields.ParseSelector(p.target.FieldSelector); err != nil {
		return workspace.Target{}, fmt.Errorf("expected fields as PATH=VALUE: %w", err)
	}
	if err := model.ParseFilter(p.target.Filter).Err(); err != nil {
		return workspace.Target{}, fmt.Errorf("expected a filter after /: %w", err)
	}
	return p.target, nil
}

func setOnce(field *string, value, what string) error {
	if *field != "" {
		return fmt.Errorf("expected one %s, got %q and %q", what, *field, value)
	}
	*field = value
	return nil
}

func checkNamespace(name string) error {
	if problems := validation.ValidateNamespaceName(name, false); len(problems) > 0 {
		return fmt.Errorf("%q cannot be a namespace: expected lower case letters, digits and '-'", name)
	}
	return nil
}

// splitTypes reads "po,deployments.apps,Gateway": kubectl's spellings.
func splitTypes(list string) ([]string, error) {
	var types []string
	for name := range strings.SplitSeq(list, ",") {
		if name == "" {
			continue
		}
		if strings.ContainsFunc(name, func(r rune) bool { return !isTypeRune(r) }) {
			return nil, fmt.Errorf("%q cannot be a type: expected a name such as po, deployments.apps or pods,svc", name)
		}
		types = append(types, name)
	}
	if len(types) == 0 {
		return nil, errors.New("expected a type such as po or deployments.apps")
	}
	return types, nil
}

func isTypeRune(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '.' || r == '-'
}
