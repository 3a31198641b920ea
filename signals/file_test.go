package signals

import (
	"fmt"
	"strings"
	"testing"
)

func TestErrorsNameFileLineAndColumn(t *testing.T) {
	const head, tail = "rules:\n- name: r\n  types: [pods]\n", "\n  signal: {type: T, severity: info, title: t}"
	for text, want := range map[string]string{
		"rules: [":                         "f.yaml: yaml: line",
		"- a":                              `f.yaml:1:1: expected rules`,
		"rules:\n- a":                      `f.yaml:2:3: expected name, types`,
		"":                                 `f.yaml:1:1: there are no rules in it`,
		"{}":                               `f.yaml:1:1: there are no rules in it`,
		"rules: 5":                         `f.yaml:1:8: rules: expected a list of rules`,
		"rules:":                           `f.yaml:1:7: rules: expected a list of rules`,
		"rules: {name: a}":                 `f.yaml:1:8: rules: expected a list of rules`,
		"rule: []":                         `f.yaml:1:1: "rule" is none of rules`,
		"rules:\n- {nam: a}":               `f.yaml:2:4: "nam" is none of name, types`,
		"rules:\n- {types: [pods]}":        `f.yaml:2:3: a rule has no name`,
		"rules:\n- {name: r, when: a}":     `f.yaml:2:3: rule "r": it has no types`,
		"rules:\n- {name: r, types: pods}": `f.yaml:2:3: `,
		"rules:\n- name: r\n  types: [pods, Pod]":           `f.yaml:3:17: rule "r": types: "Pod" is no type: give RESOURCE, or RESOURCE.GROUP, as kubectl api-resources has them, such as pods or deployments.apps`,
		"rules:\n- name: r\n  types: [pods/status]":         `f.yaml:3:11: rule "r": types: "pods/status" is no type`,
		"rules:\n- name: r\n  types: [\"a,b\"]":             `f.yaml:3:11: rule "r": types: "a,b" is no type`,
		"rules:\n- name: r\n  types: [\"*.apps\"]":          `f.yaml:3:11: rule "r": types: "*.apps" is no type`,
		"rules:\n- name: r\n  types: [roles.RBAC]":          `f.yaml:3:11: rule "r": types: "roles.RBAC" is no type`,
		"rules:\n- name: r\n  types: [\"\"]":                `f.yaml:3:11: rule "r": types: "" is no type`,
		head + "  when: related[\"Pod\"].size() > 0" + tail: `f.yaml:2:3: rule "r": related: "Pod" is no type: give RESOURCE`,
		head + "  for: soon\n  when: \"true\"" + tail:       `f.yaml:4:8: rule "r": for "soon" is not a duration`,
		head + tail: `f.yaml:2:3: rule "r": it needs either when or check`,
		head + "  when: \"true\"\n  check: \"true\"" + tail:                                               `f.yaml:2:3: rule "r": it needs either when or check`,
		head + "  when: objct.a == 1" + tail:                                                              `f.yaml:4:9: rule "r": when: undeclared reference to 'objct'`,
		head + "  when: 'object.a == objct.a'" + tail:                                                     `f.yaml:4:22: rule "r": when: undeclared reference to 'objct'`,
		head + "  when: |\n    object.a == 1 &&\n      objct.b == 1" + tail:                               `f.yaml:6:7: rule "r": when: undeclared reference to 'objct'`,
		head + "  when: >-\n    object.a == 1 &&\n    objct.b == 1" + tail:                                `f.yaml:4:9: rule "r": when: undeclared reference to 'objct'`,
		head + "  when: object.a ==" + tail:                                                               `f.yaml:4:20: rule "r": when: Syntax error`,
		head + "  when: size(object)" + tail:                                                              `f.yaml:4:9: rule "r": when: it gives int, wanted is bool`,
		head + "  when: change.typ == \"ADDED\"" + tail:                                                   `rule "r": when: undeclared reference to 'change'`,
		head + "  variables: {a: b}\n  when: \"true\"" + tail:                                             `f.yaml:4:18: rule "r": variable a: undeclared reference to 'b'`,
		head + "  variables: [a]\n  when: \"true\"" + tail:                                                `f.yaml:4:14: rule "r": expected names with expressions`,
		head + "  variables: {a: \"1\"}\n  when: variables.b == 1" + tail:                                 `rule "r": when: undeclared reference to 'variables'`,
		head + "  when: old.a != object.a" + tail:                                                         `f.yaml:2:3: rule "r": when reads old or change`,
		head + "  variables: {a: old.a}\n  when: variables.a == 1" + tail:                                 `f.yaml:2:3: rule "r": when reads old or change`,
		head + "  when: old.a != object.a\n  resolved: \"true\"\n  for: 5s" + tail:                        `f.yaml:6:8: rule "r": for: when reads old or change`,
		head + "  when: object.a == 1\n  resolved: old.a == 1" + tail:                                     `f.yaml:5:13: rule "r": resolved: it cannot read old or change`,
		head + "  when: object.a == 1\n  since: object.a == 1" + tail:                                     `f.yaml:5:10: rule "r": since: it gives bool, wanted is a timestamp`,
		head + "  when: object.a == 1\n  since: timestamp(old.a)" + tail:                                  `f.yaml:5:10: rule "r": since: it cannot read old, change or now`,
		head + "  when: object.a == 1\n  since: now" + tail:                                               `f.yaml:5:10: rule "r": since: it cannot read old, change or now`,
		head + "  when: object.a != old.a\n  resolved: \"true\"\n  since: timestamp(object.a)" + tail:     `f.yaml:6:10: rule "r": since: when reads old or change`,
		head + "  check: old.a == 1" + tail:                                                               `f.yaml:4:10: rule "r": check: it judges objects as they are`,
		head + "  check: object.a == 1\n  resolved: \"true\"" + tail:                                      `f.yaml:5:13: rule "r": resolved: a check is mended`,
		head + "  when: related[object.a].size() > 0" + tail:                                              `f.yaml:2:3: rule "r": related: say of which type`,
		head + "  when: \"true\"\n  signal: {type: T, severity: bad, title: t}":                           `f.yaml:5:31: rule "r": severity "bad" is none of info, warning, critical`,
		head + "  when: \"true\"\n  signal: {severity: info, title: t}":                                   `f.yaml:2:3: rule "r": signal needs type and title`,
		head + "  when: \"true\"\n  signal: {type: T, severity: info, title: t, message: 'a ${objct.a}'}": `f.yaml:5:61: rule "r": message: undeclared reference to 'objct'`,
		head + "  when: \"true\"\n  signal: {type: T, severity: info, title: t, message: 'a ${objct.a'}":  `f.yaml:5:56: rule "r": message: ${ has no }`,
		head + "  when: \"true\"\n  signal: {type: T, severity: info, title: t, fields: {a: objct}}":      `f.yaml:5:59: rule "r": field a: undeclared reference to 'objct'`,
		head + "  when: \"true\"" + tail + "\n- name: r\n  types: [\"*\"]\n  when: \"true\"" + tail:       `f.yaml:6:3: rule "r": there is a rule of this name at f.yaml:2:3; give this one another`,
		head + "  variables: {a: \"1\", a: \"2\"}\n  when: \"true\"" + tail:                               `f.yaml:4:23: rule "r": a stands there twice`,
		head + "  when: \"true\"\n  signal: {type: two words, severity: info, title: t}":                  `f.yaml:5:18: rule "r": signal.type "two words" is more than one word`,
		head + "  when: object.metadata.resourceVersion != \"1\"" + tail:                                  `f.yaml:4:9: rule "r": when: metadata.resourceVersion is not among`,
		head + "  check: size(object.metadata.?managedFields.orValue([])) > 0" + tail:                     `f.yaml:4:10: rule "r": check: metadata.managedFields is not among`,
		head + "  variables: {a: old.metadata.resourceVersion}\n  when: \"true\"" + tail:                  `f.yaml:4:18: rule "r": variable a: metadata.resourceVersion is not among`,
		head + "  paths: [metadata.managedFields]\n  when: object.a == 1" + tail:                          `f.yaml:4:11: rule "r": paths: metadata.managedFields is not among`,
		head + "  paths: [\"\"]\n  when: object.a == 1" + tail:                                            `f.yaml:4:11: rule "r": paths: "" is no path: give names of fields`,
		head + "  paths: [spec, status..x]\n  when: object.a == 1" + tail:                                 `f.yaml:4:17: rule "r": paths: "status..x" is no path`,
		head + "  paths: ['metadata.labels[a.b/c]']\n  when: object.a == 1" + tail:                        `f.yaml:4:11: rule "r": paths: "metadata.labels[a.b/c]" is no path`,
		head + "  paths: ['metadata.labels[\"a.b/c']\n  when: object.a == 1" + tail:                       `f.yaml:4:11: rule "r": paths: "metadata.labels[\"a.b/c" is no path`,
		head + "  paths: ['spec.containers[0]']\n  when: object.a == 1" + tail:                            `f.yaml:4:11: rule "r": paths: "spec.containers[0]" is no path`,
		head + "  paths: [spec.]\n  when: object.a == 1" + tail:                                           `f.yaml:4:11: rule "r": paths: "spec." is no path`,
		head + "  when: timestamp(\"yesterday\") < now" + tail:                                            `rule "r": when: `,
	} {
		_, wrong := Load("f.yaml", []byte(text))
		if len(wrong) != 1 || !strings.Contains(wrong[0].Error(), want) {
			t.Errorf("%s\n\tgives %v\n\twanted %s", text, wrong, want)
		}
	}
}

func TestRuleThatIsWrongLeavesTheOthers(t *testing.T) {
	rules, wrong := Load("f.yaml", []byte(`
rules:
- {name: a, types: [pods], when: "true", signal: {type: T, severity: info, title: t}}
- {name: b, types: [pods], when: x, signal: {type: T, severity: info, title: t}}
- {name: c, types: [pods], when: "true", signal: {type: T, severity: info, title: t}}
`))
	if len(rules) != 2 || rules[0].Name != "a" || rules[1].Name != "c" || len(wrong) != 1 {
		t.Errorf("rules are %v, wrong is %v", rules, wrong)
	}
}

func TestPieces(t *testing.T) {
	for text, want := range map[string]string{
		"":                     "",
		"a":                    "a",
		"a ${b} c":             "a |<b>| c",
		"${b}${c}":             "<b>|<c>",
		"$${b} $c":             "${|b} $c",
		"${ {'}': 1}['}'] } x": "< {'}': 1}['}'] >| x",
		`${"a\"}" + '}'}`:      `<"a\"}" + '}'>`,
	} {
		all, err := pieces(text)
		var got []string
		for _, p := range all {
			if text[p.at:][:1] != p.text[:1] && !strings.HasPrefix(text[p.at:], "$${") {
				t.Errorf("%s: %q is not at %d", text, p.text, p.at)
			}
			if p.isExpression {
				p.text = "<" + p.text + ">"
			}
			got = append(got, p.text)
		}
		if err != nil || strings.Join(got, "|") != want {
			t.Errorf("%s: %s, %v", text, strings.Join(got, "|"), err)
		}
	}
	if _, err := pieces("a ${'}'"); err == nil {
		t.Error("what is not closed is taken")
	}
}

// FuzzLoad: any file either gives rules or says what is wrong with it.
func FuzzLoad(f *testing.F) {
	f.Add([]byte(strings.Replace(full, "MORE", "for: 5s", 1)))
	f.Add([]byte("rules:\n- {name: a, types: ['*'], check: 'x', signal: {message: '${'}}"))
	f.Add([]byte("rules: &a [*a]"))
	f.Add([]byte("rules:\n- &a {name: *a}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		rules, wrong := Load("f", text)
		for _, err := range wrong {
			if err.Error() == "" {
				t.Error("an error says nothing")
			}
		}
		w := newWorld(t, rules)
		w.set(id("pods", "a"), "{}")
		w.set(id("pods", "a"), "spec: 1")
		w.remove(id("pods", "a"))
	})
}

// A rule may name the fields for which it is applied, also those whose names have dots.
func TestARuleIsAppliedForTheFieldsThatItNames(t *testing.T) {
	w := newWorld(t, load(t, `rules:
- name: r
  types: [tanks.acme.io]
  paths: ['metadata.labels["acme.io/kind"]', level]
  when: object.level > 5 || object.other > 5
  signal: {type: R, severity: info, title: It, message: is}
`))
	a := id("tanks.acme.io", "a")
	object := func(label string, level, other int) {
		w.set(a, fmt.Sprintf("metadata: {labels: {acme.io/kind: %s, acme.io/other: %d}}\nlevel: %d\nother: %d", label, other, level, other))
	}
	object("x", 1, 1)
	object("x", 1, 9)
	w.tells()
	object("y", 1, 9)
	w.tells("0s opened R a is")
}

// What stands behind the end of a document would be left out without a word.
func TestOneDocumentOnly(t *testing.T) {
	const rule = "rules:\n- {name: a, types: [pods], when: \"true\", signal: {type: A, severity: info, title: It}}\n"
	if _, wrong := Load("r.yaml", []byte(rule)); len(wrong) > 0 {
		t.Fatal(wrong)
	}
	for _, more := range []string{"---\nrules: []\n", "---\n\tx: ["} {
		if _, wrong := Load("r.yaml", []byte(rule+more)); len(wrong) == 0 || !strings.HasPrefix(wrong[0].Error(), "r.yaml") {
			t.Errorf("%q is taken: %v", more, wrong)
		}
	}
}
