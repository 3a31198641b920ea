package command

import (
	"reflect"
	"strings"
	"testing"

	"github.com/dogwatch/dogwatch/workspace"
)

func TestParseReadsTypesAndWhatNarrowsThem(t *testing.T) {
	for line, want := range map[string]workspace.Target{
		"po":                           {Types: []string{"po"}},
		"  po,svc ":                    {Types: []string{"po", "svc"}},
		"po, svc,  cm kube-system":     {Types: []string{"po", "svc", "cm"}, Namespace: "kube-system"},
		"foos.v1.example.com":          {Types: []string{"foos.v1.example.com"}},
		"Pod":                          {Types: []string{"Pod"}},
		"po all":                       {Types: []string{"po"}, AllNamespaces: true},
		"all all":                      {Types: []string{"all"}, AllNamespaces: true},
		"po -A":                        {Types: []string{"po"}, AllNamespaces: true},
		"po -nshop":                    {Types: []string{"po"}, Namespace: "shop"},
		"po -lapp=x":                   {Types: []string{"po"}, LabelSelector: "app=x"},
		"po -n shop":                   {Types: []string{"po"}, Namespace: "shop"},
		"po --namespace=shop":          {Types: []string{"po"}, Namespace: "shop"},
		"po /web":                      {Types: []string{"po"}, Filter: "web"},
		"po /!web":                     {Types: []string{"po"}, Filter: "!web"},
		"po '/-f a b' shop":            {Types: []string{"po"}, Filter: "-f a b", Namespace: "shop"},
		"po /\"a b\"":                  {Types: []string{"po"}, Filter: "a b"},
		"po @prod-eu":                  {Types: []string{"po"}, Context: "prod-eu"},
		"po app=x":                     {Types: []string{"po"}, LabelSelector: "app=x"},
		"po app=x,tier!=y !old":        {Types: []string{"po"}, LabelSelector: "app=x,tier!=y,!old"},
		"po app in (a, b) shop":        {Types: []string{"po"}, LabelSelector: "app in (a, b)", Namespace: "shop"},
		"po app notin(a,b)":            {Types: []string{"po"}, LabelSelector: "app notin(a,b) "},
		"po -l app=x":                  {Types: []string{"po"}, LabelSelector: "app=x"},
		"po --field-selector a.b=c":    {Types: []string{"po"}, FieldSelector: "a.b=c"},
		"po kube-system /web app=x @c": {Types: []string{"po"}, Namespace: "kube-system", Filter: "web", LabelSelector: "app=x", Context: "c"},
		"ns":                           {Types: []string{"ns"}},
	} {
		got, err := Parse(line)
		if err != nil {
			t.Errorf("Parse(%q): %v", line, err)
			continue
		}
		if !reflect.DeepEqual(got, Command(Open{want})) {
			t.Errorf("Parse(%q) = %+v, want %+v", line, got, want)
		}
	}
}

func TestParseReadsCommands(t *testing.T) {
	for line, want := range map[string]Command{
		"ns shop":     Namespace{Name: "shop"},
		"ns all":      Namespace{All: true},
		"ctx prod-eu": Context{Name: "prod-eu"},
		"ctx @prod":   Context{Name: "prod"},
		"drop":        Drop{},
		"drop po,svc": Drop{Types: []string{"po", "svc"}},
		"drop po, cm": Drop{Types: []string{"po", "cm"}},
		"retry":       Retry{},

		"why":                              Why{},
		"why deploy/web":                   Why{Object{Type: "deploy", Name: "web"}},
		"why deploy web shop":              Why{Object{Type: "deploy", Name: "web", Namespace: "shop"}},
		"why deploy shop/web":              Why{Object{Type: "deploy", Name: "web", Namespace: "shop"}},
		"why deploy web -n shop":           Why{Object{Type: "deploy", Name: "web", Namespace: "shop"}},
		"why deploy/web --namespace=shop":  Why{Object{Type: "deploy", Name: "web", Namespace: "shop"}},
		"why -n shop deploy/web":           Why{Object{Type: "deploy", Name: "web", Namespace: "shop"}},
		"relations":                        Relations{},
		"relations po -nshop web":          Relations{Object{Type: "po", Name: "web", Namespace: "shop"}},
		"history po kube/dns1":             History{Object{Type: "po", Name: "dns1", Namespace: "kube"}},
		"history po --namespace kube dns1": History{Object{Type: "po", Name: "dns1", Namespace: "kube"}},
		"activity":                         Activity{},
		"problems":                         Problems{},
		"logs":                             Logs{},
		"help":                             Help{},
		"q":                                Quit{},
		" quit ":                           Quit{},
	} {
		got, err := Parse(line)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("Parse(%q) = %#v, %v; want %#v", line, got, err, want)
		}
	}
}

func TestParseSaysWhatItExpected(t *testing.T) {
	for line, want := range map[string]string{
		"":                      "expected a type, or a command",
		"   ":                   "expected a type, or a command",
		",":                     "expected a type such as",
		"po/web":                `"po/web" cannot be a type`,
		"po a b":                "expected one namespace",
		"po Shop":               "cannot be a namespace",
		"po /a /b":              "expected one filter",
		"po @":                  "expected a context after @",
		"po @a @b":              "expected one context",
		"po -n":                 "expected a value after -n",
		"po -x":                 `unknown flag "-x"; known are -n`,
		"po app==":              "",
		"po a=b=c":              "expected labels as",
		"po app in":             "expected labels as",
		"po 'x":                 "a quote is not closed",
		"po a in (b":            "a parenthesis is not closed",
		"ns a b":                "ns NAME|all: expected one namespace",
		"why po":                "why [TYPE NAME [-n NAMESPACE]]: expected the object's name behind the type",
		"why po/":               "expected the object's name behind the type",
		"why -n shop":           "expected the object's type and name",
		"why po a b c":          "expected one object",
		"why po,svc a":          "expected one type",
		"why po a -n":           "expected a namespace after -n",
		"why po a b -n c":       `expected one namespace, got "c" and "b"`,
		"why po a -n c -n d":    "expected one namespace",
		"why po a -A":           `unknown flag "-A"; known is -n NAMESPACE`,
		"why po a -n Shop":      "cannot be a namespace",
		"ctx":                   "ctx NAME: expected one context",
		"quit now":              `quit: takes no argument, got "now"`,
		"drop po svc":           "drop [TYPE]: expected at most one word",
		"ns \x1b[31mevil":       "cannot be a namespace",
		"po \x1b[31m":           "cannot be a namespace",
		"po \xff\xfe":           "cannot be a namespace",
		"po --context":          "expected a value after --context",
		"po --fiel a=b":         "unknown flag",
		"po --field-selector a": "expected fields as",
		"po /a[":                "expected a filter after /: regexp a[",
		"po '/-l a in ('":       "expected a filter after /: labels",
	} {
		_, err := Parse(line)
		if want == "" {
			if err != nil {
				t.Errorf("Parse(%q): %v", line, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Parse(%q): error %v, want it to say %q", line, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, line := range []string{"po kube-system /web app=x @c", "po a in (b, c)", "drop 'x", "ns \xff", "po -l", "po notin ("} {
		f.Add(line, len(line))
	}
	candidates := Candidates{
		Types:      []workspace.TypeChoice{{Name: "pods", Kind: "Pod", ShortNames: []string{"po"}, Watched: true}},
		Namespaces: []string{"shop"},
		Contexts:   []string{"prod"},
	}
	f.Fuzz(func(t *testing.T, line string, cursor int) {
		if c, err := Parse(line); (c == nil) == (err == nil) {
			t.Fatalf("Parse(%q) = %v, %v: neither or both", line, c, err)
		}
		done := Complete(line, cursor, candidates)
		if done.Start < 0 || done.Start > done.End || done.End > len(line) {
			t.Fatalf("Complete(%q, %d) replaces %d to %d", line, cursor, done.Start, done.End)
		}
	})
}
