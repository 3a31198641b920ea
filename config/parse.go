package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/theme"
)

// Parse reads the content of a file; name stands in the problems, which are in the order of their lines.
func Parse(name string, content []byte) (Config, []Problem) {
	p := &parser{name: name, config: Default()}
	if root := p.document(content); root != nil {
		p.root(root)
		p.tabs()
	}
	slices.SortStableFunc(p.problems, func(a, b Problem) int { return a.Line - b.Line })
	return p.config, p.problems
}

// IsEmpty tells that a file says nothing at all, not even {}: there is nothing in it, or comments only.
func IsEmpty(content []byte) bool {
	var document yaml.Node
	return yaml.Unmarshal(content, &document) == nil && (len(document.Content) == 0 || isNull(document.Content[0]))
}

// firstOtherLine is the first line that holds more than UTF-8.
func firstOtherLine(content []byte) int {
	valid := 0
	for valid < len(content) {
		r, size := utf8.DecodeRune(content[valid:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		valid += size
	}
	return lines(content[:valid])
}

// lines counts those of a file, as YAML does. What is missing at its end is told to be in the line after it.
func lines(content []byte) int {
	count := 1
	for _, r := range string(content) {
		if strings.ContainsRune("\n\r\u0085\u2028\u2029", r) {
			count++
		}
	}
	return count
}

type parser struct {
	name     string
	config   Config
	problems []Problem
	// items are the types, and limits the selectors of those that have none of their own.
	items  []item
	limits selectors
}

// fail notes what is wrong at a node.
func (p *parser) fail(at *yaml.Node, format string, args ...any) {
	p.problems = append(p.problems, Problem{File: p.name, Line: at.Line, What: cut(fmt.Sprintf(format, args...), maxWhat)})
}

// maxWhat bounds a message, in characters: what a file holds may be long.
const maxWhat = 400

func cut(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

// document gives the one value of a file; nil where there is none, or no YAML.
func (p *parser) document(content []byte) *yaml.Node {
	// YAML may be in UTF-16 too, in which lines are counted otherwise. Nobody writes it.
	if !utf8.Valid(content) {
		p.problems = append(p.problems, Problem{File: p.name, Line: firstOtherLine(content), What: "expected text in UTF-8"})
		return nil
	}
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	var first, second yaml.Node
	if err := decoder.Decode(&first); err != nil {
		if !errors.Is(err, io.EOF) {
			p.problems = append(p.problems, syntaxProblem(p.name, content, err))
		}
		return nil
	}
	if err := decoder.Decode(&second); err == nil {
		p.fail(&second, "expected one document, not several")
	} else if !errors.Is(err, io.EOF) {
		p.problems = append(p.problems, syntaxProblem(p.name, content, err))
	}
	if len(first.Content) == 0 || isNull(first.Content[0]) {
		return nil
	}
	return first.Content[0]
}

// syntaxProblem takes the line out of the words of the YAML library, which gives it in no other way.
func syntaxProblem(name string, content []byte, err error) Problem {
	what := strings.TrimPrefix(err.Error(), "yaml: ")
	problem := Problem{File: name, Line: 1, What: what}
	if rest, ok := strings.CutPrefix(what, "line "); ok {
		number, rest, _ := strings.Cut(rest, ": ")
		if line, err := strconv.Atoi(number); err == nil {
			problem.Line, problem.What = min(line, lines(content)), rest
		}
	}
	problem.What = cut("expected YAML: "+problem.What, maxWhat)
	return problem
}

// fields are what a file may say. The order is that of the messages.
func (p *parser) fields() []field {
	return []field{
		{"types", p.types},
		{"selector", func(n *yaml.Node) { p.limits.label = p.selector(n) }},
		{"fieldSelector", func(n *yaml.Node) { p.limits.field = p.fieldSelector(n) }},
		{"allNamespaces", p.truth("allNamespaces", &p.config.AllNamespaces)},
		{"historyMemory", p.historyMemory},
		{"noise", p.noise},
		{"rules", p.rules},
		{"sinks", p.sinks},
		{"heat", p.heat},
		{"theme", p.theme},
		{"keys", p.keys},
	}
}

// field is one name of a mapping, and what reads its value.
type field struct {
	name string
	read func(*yaml.Node)
}

func (p *parser) root(root *yaml.Node) { p.settings(root, "the file", p.fields()) }

// settings reads a mapping of which the names are known.
func (p *parser) settings(node *yaml.Node, what string, fields []field) {
	for name, value := range p.members(node, what) {
		at := slices.IndexFunc(fields, func(f field) bool { return f.name == name.Value })
		if at >= 0 {
			fields[at].read(value)
			continue
		}
		names := make([]string, len(fields))
		for i, f := range fields {
			names[i] = f.name
		}
		p.fail(name, "%s is no setting: expected one of %s", short(name.Value), strings.Join(names, ", "))
	}
}

// members gives the names and values of a mapping. A name that comes again is a problem and is left out.
func (p *parser) members(node *yaml.Node, what string) func(yield func(name, value *yaml.Node) bool) {
	return func(yield func(name, value *yaml.Node) bool) {
		if node.Kind != yaml.MappingNode {
			p.fail(node, "%s: expected names with values (name: value), found %s", what, kindOf(node))
			return
		}
		seen := map[string]int{}
		for i := 0; i+1 < len(node.Content); i += 2 {
			name, value := node.Content[i], node.Content[i+1]
			if name.Kind != yaml.ScalarNode {
				p.fail(name, "%s: expected a name, found %s", what, kindOf(name))
				continue
			}
			if line := seen[name.Value]; line > 0 {
				p.fail(name, "%s is set in line %d already", short(name.Value), line)
				continue
			}
			seen[name.Value] = name.Line
			if !yield(name, value) {
				return
			}
		}
	}
}

func isText(node *yaml.Node) bool { return node.Kind == yaml.ScalarNode && !isNull(node) }

// truth reads true or false.
func (p *parser) truth(name string, into *bool) func(*yaml.Node) {
	return func(node *yaml.Node) {
		// Other spellings, such as yes, are text in YAML 1.2.
		if node.Kind != yaml.ScalarNode || node.Value != "true" && node.Value != "false" || node.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
			p.fail(node, "%s: expected true or false, found %s", name, found(node))
			return
		}
		*into = node.Value == "true"
	}
}

func (p *parser) historyMemory(node *yaml.Node) {
	const expected = "expected a size of 0 or more, such as 64Mi or 1Gi"
	if node.Kind != yaml.ScalarNode {
		p.fail(node, "historyMemory: %s, found %s", expected, kindOf(node))
		return
	}
	bytes, ok := ParseMemory(node.Value)
	if !ok {
		p.fail(node, "historyMemory: %s, found %s", expected, short(node.Value))
		return
	}
	p.config.HistoryMemory = &bytes
}

// maxQuantity bounds the digits of a size.
const maxQuantity = 32

// ParseMemory reads an amount of memory, as the command line and the file spell it. It is false where that is none.
func ParseMemory(text string) (bytes int64, ok bool) {
	if len(text) > maxQuantity {
		return 0, false
	}
	// Kubernetes' quantities go without the B that is often written all the same.
	quantity, err := resource.ParseQuantity(strings.TrimSuffix(text, "B"))
	return quantity.Value(), err == nil && quantity.Sign() >= 0
}

func (p *parser) noise(node *yaml.Node) {
	if node.Kind != yaml.ScalarNode || isNull(node) || node.Value == "" {
		p.fail(node, "noise: expected a file of rules, found %s", found(node))
		return
	}
	p.config.NoiseFile = node.Value
}

func (p *parser) rules(node *yaml.Node) {
	for _, item := range p.texts(node, "rules", "a list of files of rules, such as [shop.yaml]") {
		switch {
		case item.Value == "":
			p.fail(item, "rules: expected a file, found nothing")
		case slices.ContainsFunc(p.config.Rules, func(f File) bool { return f.Name == item.Value }):
			p.fail(item, "rules: %s is named already", short(item.Value))
		default:
			p.config.Rules = append(p.config.Rules, File{Name: item.Value, Line: item.Line})
		}
	}
}

func (p *parser) heat(node *yaml.Node) {
	if node.Kind != yaml.ScalarNode || !slices.Contains([]string{"tabs", "rows", "off"}, node.Value) {
		p.fail(node, "heat: %s is none of tabs, rows, off", found(node))
		return
	}
	p.config.HideHeat, p.config.RowHeat = node.Value == "off", node.Value == "rows"
}

func (p *parser) theme(node *yaml.Node) {
	skin, err := theme.ParseSkin(node.Value)
	if node.Kind != yaml.ScalarNode || err != nil {
		p.fail(node, "theme: %s is none of %s", found(node), strings.Join(theme.SkinNames(), ", "))
		return
	}
	p.config.Skin = skin
}

// keys reads "action: key", "action: [key, key]" and "part: {action: key}".
func (p *parser) keys(node *yaml.Node) {
	var overrides []keymap.Override
	var places []*yaml.Node
	add := func(scope keymap.Scope, name, value *yaml.Node) {
		keys, ok := p.keysOf(name, value)
		if ok {
			overrides = append(overrides, keymap.Override{Scope: scope, Action: keymap.Action(name.Value), Keys: keys})
			places = append(places, value)
		}
	}
	for name, value := range p.members(node, "keys") {
		if value.Kind != yaml.MappingNode {
			add("", name, value)
			continue
		}
		for action, keys := range p.members(value, "keys: "+short(name.Value)) {
			add(keymap.Scope(name.Value), action, keys)
		}
	}
	changed, errs := keymap.Default().With(overrides)
	for i, err := range errs {
		if err != nil {
			p.fail(places[i], "keys: %s: %s", short(string(overrides[i].Action)), err)
		}
	}
	p.config.Keys = changed
}

// keysOf are the keys of one action: one, or a list.
func (p *parser) keysOf(name, value *yaml.Node) (keys []string, ok bool) {
	if value.Kind == yaml.ScalarNode && !isNull(value) {
		return []string{value.Value}, true
	}
	before := len(p.problems)
	for _, item := range p.texts(value, "keys: "+short(name.Value), "a key, such as ctrl+x, or a list of them") {
		keys = append(keys, item.Value)
	}
	return keys, len(p.problems) == before
}

// texts are the scalars of a list.
func (p *parser) texts(node *yaml.Node, what, expected string) []*yaml.Node {
	if node.Kind != yaml.SequenceNode {
		p.fail(node, "%s: expected %s, found %s", what, expected, found(node))
		return nil
	}
	var items []*yaml.Node
	for _, item := range node.Content {
		if item.Kind != yaml.ScalarNode || isNull(item) {
			p.fail(item, "%s: expected text, found %s", what, found(item))
			continue
		}
		items = append(items, item)
	}
	return items
}

func isNull(node *yaml.Node) bool { return node.Kind == yaml.ScalarNode && node.ShortTag() == "!!null" }

// found names what stands at a node.
func found(node *yaml.Node) string {
	if node.Kind == yaml.ScalarNode && !isNull(node) {
		return short(node.Value)
	}
	return kindOf(node)
}

func kindOf(node *yaml.Node) string {
	switch {
	case isNull(node):
		return "nothing"
	case node.Kind == yaml.MappingNode:
		return "names with values"
	case node.Kind == yaml.SequenceNode:
		return "a list"
	case node.Kind == yaml.AliasNode:
		return "an alias, which is not taken here"
	default:
		return "one value"
	}
}

// short quotes a value of the file for a message.
func short(value string) string {
	const most = 40
	return strconv.Quote(cut(value, most))
}
