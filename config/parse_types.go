package config

import (
	"cmp"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/utils/ptr"
)

// item is one of the types of a file, as far as it says something itself.
type item struct {
	types string
	selectors
}

// selectors are nil where nothing is said; an empty one is all.
type selectors struct{ label, field *string }

// types reads a list of texts, and of mappings with selectors of their own.
func (p *parser) types(node *yaml.Node) {
	if node.Kind != yaml.SequenceNode {
		p.fail(node, `types: expected a list of types, such as [pods, "deploy,sts"], found %s`, found(node))
		return
	}
	for _, n := range node.Content {
		var i item
		switch {
		case n.Kind == yaml.MappingNode:
			i = p.item(n)
		case isText(n):
			i.types = p.names(n)
		default:
			p.fail(n, "types: expected text, or types with selectors, found %s", found(n))
		}
		if i.types != "" {
			p.items = append(p.items, i)
		}
	}
}

// item reads types with selectors of their own. Without types something is wrong, which is said.
func (p *parser) item(node *yaml.Node) (i item) {
	before := len(p.problems)
	p.settings(node, "types", []field{
		{"types", func(n *yaml.Node) {
			if !isText(n) {
				p.fail(n, `types: expected text, such as "deploy,sts", found %s`, found(n))
				return
			}
			i.types = p.names(n)
		}},
		{"selector", func(n *yaml.Node) { i.label = p.selector(n) }},
		{"fieldSelector", func(n *yaml.Node) { i.field = p.fieldSelector(n) }},
	})
	switch {
	case len(p.problems) > before:
		return item{} // with less than its selectors it would show what was not asked for
	case i.types == "":
		p.fail(node, "types: expected types beside the selectors, such as types: pods")
	}
	return i
}

// names reads the types of a tab; empty where they are wrong.
func (p *parser) names(node *yaml.Node) string {
	if _, err := SplitTypes(node.Value); err != nil {
		p.fail(node, "types: %s", err)
		return ""
	}
	return node.Value
}

// tabs gives the items what the file says for all that say nothing themselves.
func (p *parser) tabs() {
	for _, i := range p.items {
		p.config.Types = append(p.config.Types, Tab{
			Types:         i.types,
			Selector:      ptr.Deref(cmp.Or(i.label, p.limits.label), ""),
			FieldSelector: ptr.Deref(cmp.Or(i.field, p.limits.field), ""),
		})
	}
}

func (p *parser) selector(node *yaml.Node) *string {
	if _, err := labels.Parse(node.Value); err != nil || !isText(node) {
		p.fail(node, "selector: expected labels, such as app=shop,tier!=web, found %s", found(node))
		return nil
	}
	return &node.Value
}

func (p *parser) fieldSelector(node *yaml.Node) *string {
	if _, err := fields.ParseSelector(node.Value); err != nil || !isText(node) {
		p.fail(node, "fieldSelector: expected fields, such as status.phase=Running, found %s", found(node))
		return nil
	}
	return &node.Value
}
