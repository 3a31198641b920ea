package signals

import (
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

const looks = `
rules:
- name: looks
  types: [tanks.acme.io]
  variables: {pumps: 'related["pumps.acme.io"]'}
  when: variables.pumps.all(a, related["pumps.acme.io"].all(b, a.flow + b.flow + related["pumps.acme.io"].size() > 0)) && object.level > 90
  signal:
    type: Looks
    severity: info
    title: It looks
    message: "${related[\"pumps.acme.io\"].size()} and ${related[\"valves.acme.io\"].size()} and ${related[\"valves.acme.io\"].size()}"
- name: also
  types: [tanks.acme.io]
  when: related["pumps.acme.io"].size() > 1 && object.level > 95
  signal: {type: Also, severity: info, title: It looks, too}
`

// Related objects are read once for all that looks at them at a moment, and those of no type that nothing asks for.
func TestRelatedObjectsAreReadOnce(t *testing.T) {
	w := newWorld(t, load(t, looks))
	a := id("tanks.acme.io", "a")
	pumps := schema.GroupResource{Group: "acme.io", Resource: "pumps"}
	w.related[pumps] = [][]byte{jsonOf(t, "p1", "flow: 1"), jsonOf(t, "p2", "flow: 2"), jsonOf(t, "p3", "flow: 3")}
	looked := func(want ...string) {
		t.Helper()
		if !slices.Equal(w.looked, want) {
			t.Errorf("it looked at %q, want %q", w.looked, want)
		}
		w.looked = nil
	}
	w.set(a, "level: 10")
	looked("pumps.acme.io")
	w.set(a, "level: 91")
	looked("pumps.acme.io", "valves.acme.io")
	w.tells("0s opened Looks a 3 and 0 and 0")
	w.related[pumps] = w.related[pumps][:2]
	w.set(a, "level: 96")
	looked("pumps.acme.io")
	w.tells("0s opened Also a")
}

// What the limit of cost does not count is limited, too.
func TestRelatedObjectsAreNotReadWhereTheyAreTooMany(t *testing.T) {
	w := newWorld(t, load(t, strings.Replace(looks, "a.flow + b.flow + ", "", 1)))
	a, b := id("tanks.acme.io", "a"), id("tanks.acme.io", "b")
	pumps := schema.GroupResource{Group: "acme.io", Resource: "pumps"}
	w.related[pumps] = make([][]byte, mostRelated)
	w.set(a, "level: 10")
	if f := w.Faults(); len(f) != 1 || f[0].Rule != "looks" || !strings.Contains(f[0].Err.Error(), "cost limit") {
		t.Errorf("faults are %+v", f)
	}
	w.set(a, "level: 96")
	if len(w.told) != 1 || w.told[0].Type != "Also" {
		t.Errorf("told is %+v", w.told)
	}
	w.told = nil
	w.related[pumps] = append(w.related[pumps], nil)
	w.set(b, "level: 96")
	f := w.Faults()
	if len(f) != 2 || f[1].Rule != "also" || f[1].Err.Error() != `related["pumps.acme.io"]: it has more than 5000 of them, which is what a rule may look at` {
		t.Errorf("faults are %+v", f)
	}
	clear(w.faults)
	w.tells()
}

// What is over as it happens is not judged again, nor is what only says more of it: whoever reads changes spares looking for what relates to them.
func TestOnlyConditionsThatLastLookAtRelatedObjects(t *testing.T) {
	for more, want := range map[string]bool{"": true, `resolved: "true"`: false, "resolved: object.level < 5": true} {
		rules := load(t, strings.Replace(full, "MORE", more, 1)+`
- name: pumped
  types: [tanks.acme.io]
  when: related["pumps.acme.io"].size() > 1
  `+more+`
  signal: {type: Pumped, severity: info, title: It is pumped}
`)
		if got := New(rules, nil, nil).LooksAtRelated(); got != want {
			t.Errorf("%s: it looks at related objects: %v", more, got)
		}
	}
	rules := load(t, strings.Replace(full, "MORE", "", 1))
	rules = append(rules, load(t, strings.NewReplacer("MORE", "", "name: full", "name: other", "${object.level}", `${related[\"pumps.acme.io\"].size()}`).Replace(full))...)
	if New(rules, nil, nil).LooksAtRelated() || len(rules[1].Related) != 1 {
		t.Errorf("it looks at related objects for a message: %v", rules[1].Related)
	}
}
