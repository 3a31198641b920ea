package config

import (
	"slices"
	"testing"
	"unicode/utf8"

	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/dogwatch/dogwatch/keymap"
)

// FuzzParse: whatever a file holds, what comes of it can be used, and each problem is one short line.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"types: [pods, \"deploy,sts\"]\nallNamespaces: true\nhistoryMemory: 64Mi\ntheme: dark\nkeys:\n  drop tab: ctrl+w\n  picker: {mark: [insert]}\n",
		"keys:\n  quit: [Q, Q]\n  up: [q]\n  down: &a [x]\n  left: *a\n",
		"a: &a [*a]", "? {a: b}\n: c", "types:\n  - |\n    two\n    lines\n", "{{{{{{", "historyMemory: 1e99999999", "theme: !!binary aGk=", "\xff", "%YAML 9.9\n---\n",
		"<<: {theme: dark}", "rules: [a.yaml, ../b.yaml, \"\\e\", a.yaml]\n", "rules: &r [*r]",
		"sinks:\n- to: https://a:b@c/d\n  headers: [\"@f\", 1]\n  timeout: 1ns\n- to: file:x\n  spool: x\n- {to: \"-\"}\n- {to: stdout, changes: false}\n- &s {to: file:}\n- *s\n",
		"types:\n- pods\n- types: deploy,sts\n  selector: team=shop\n  fieldSelector: metadata.namespace!=kube-system\nselector: tier!=test\n",
		"types: [{}, {types: {types: po}}, {selector: a=b}, {types: po, selector: \"\"}, {types: po, types: po}]\nfieldSelector: \"\"\n",
		"types: [&a {types: po}, *a, {<<: *a}, [types], {? {types: po} : po}]",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		c, problems := Parse("config.yaml", content)
		for _, p := range problems {
			said := p.Error()
			if p.Line < 1 || p.Line > lines(content) || len(said) > 4*maxWhat+100 || !utf8.ValidString(said) {
				t.Errorf("line %d: %q", p.Line, said)
			}
		}
		for _, tab := range c.Types {
			if _, err := SplitTypes(tab.Types); err != nil {
				t.Error(err)
			}
			if _, err := labels.Parse(tab.Selector); err != nil {
				t.Error(err)
			}
			if _, err := fields.ParseSelector(tab.FieldSelector); err != nil {
				t.Error(err)
			}
		}
		for _, file := range c.Rules {
			if file.Name == "" || file.Line < 1 || file.Content != nil {
				t.Errorf("%+v", file)
			}
		}
		for i := range c.Sinks {
			s := &c.Sinks[i]
			if s.Line < 1 || s.To == "" || s.Batch < 1 || s.Timeout <= 0 || s.Queue < 0 || s.SpoolMax < LeastSpool || !slices.Contains(Formats(), s.Format) {
				t.Errorf("%+v", s)
			}
		}
		if c.HistoryMemory != nil && *c.HistoryMemory < 0 {
			t.Errorf("a history of %d bytes", *c.HistoryMemory)
		}
		if c.Keys.KeyOf(keymap.Global, keymap.Quit) == "" {
			t.Error("nothing quits")
		}
		seen := map[string]keymap.Action{}
		for _, b := range append(c.Keys.Bindings(keymap.Grid), c.Keys.Bindings(keymap.Global)...) {
			for _, key := range b.Keys {
				if other, taken := seen[key]; taken {
					t.Errorf("%q is %q and %q", key, other, b.Action)
				}
				seen[key] = b.Action
			}
		}
	})
}
