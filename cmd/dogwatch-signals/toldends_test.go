package main

import (
	"fmt"
	"strings"
	"testing"
)

// An edit by which a type is watched no longer tells each sink that what is open of it is not known any more, once, also those that the same edit drops or changes.
func TestSignalsOfATypeEndForSinksOfTheSameEdit(t *testing.T) {
	for what, becomes := range map[string]string{
		"a sink goes":                  ``,
		"it tells no signals any more": `to: %q, format: json, changes: true`,
		"it has other settings":        `to: %q, format: json, changes: true, signals: true, batch: 7`,
		"it stays":                     `to: %q, format: json, changes: true, signals: true`,
	} {
		t.Run(what, func(t *testing.T) {
			s, a, b := newShop(t), newCollector(t), newCollector(t)
			s.label("one", 1)
			from, save := homes()["a file"](s)
			to := func(how string, r *collector) string {
				if how == "" {
					return ""
				}
				return fmt.Sprintf(how, r.url)
			}
			const was = `to: %q, format: json, changes: true, signals: true`
			edit := func(types string, sinks ...string) {
				files := sinksOf(sinks...)
				files["config.yaml"] = strings.Replace(files["config.yaml"], "types: [pods]", "types: "+types, 1) + "rules: [a.yaml]\n"
				files["a.yaml"] = strings.Replace(labelled("a", "1", "first"), "[pods]", `["*"]`, 1)
				save(files)
			}
			edit("[pods, nodes]", to(was, a), to(was, b))
			c := s.beginSinks(from)
			a.await(a.signals, "first opened")
			b.await(b.signals, "first opened")
			edit("[nodes]", to(was, a), to(becomes, b))
			a.await(a.signals, "first opened, first unknown")
			b.await(b.signals, "first opened, first unknown")
			c.followed(2)
			edit("[pods, nodes]", to(was, a))
			a.await(a.signals, "first opened, first unknown, first opened")
			if told := b.signals(); told != "first opened, first unknown" {
				t.Errorf("it is told %s", told)
			}
		})
	}
}
