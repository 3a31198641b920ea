package signals

import (
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/relation"
)

// What ceases before it is told begins anew.
func TestForBeginsAnew(t *testing.T) {
	w := tank(t, "for: 30s")
	a := id("tanks.acme.io", "a")
	w.set(a, "level: 95")
	w.wait(10 * time.Second)
	w.set(a, "level: 10")
	w.wait(10 * time.Second)
	w.set(a, "level: 97")
	w.wait(time.Minute)
	w.tells("50s opened Full a at 97%")
}

// Each time has its own end and its own beginning, though something of the time before is remembered.
func TestWhatRepeatsIsOfItsOwnTime(t *testing.T) {
	w := tank(t, "every: 1m\n  keep: 30s")
	a := id("tanks.acme.io", "a")
	w.set(a, "level: 95")
	w.wait(10 * time.Second)
	w.set(a, "level: 10")
	w.wait(35 * time.Second)
	w.tells("0s opened Full a at 95%", "40s resolved Full a at 95%")
	w.set(a, "level: 96") // at 45 s
	w.wait(20 * time.Second)
	if s := w.told[0]; !s.Since.Equal(begin().Add(45*time.Second)) || string(s.Change.New) != "96" {
		t.Errorf("it began at %s with %s", s.Since, s.Change.New)
	}
	w.set(a, "level: 10") // at 65 s
	w.wait(29 * time.Second)
	w.tells("60s opened Full a at 96%")
	w.wait(time.Second)
	w.tells("95s resolved Full a at 96%")
}

func TestMomentsAreOfTheirOwnTime(t *testing.T) {
	for _, every := range []string{"", "every: 5s"} {
		w := newWorld(t, load(t, `
rules:
- name: moved
  types: [tanks.acme.io]
  when: old.level != object.level
  resolved: "true"
  `+every+`
  signal: {type: Moved, severity: info, title: It moved}
`))
		a := id("tanks.acme.io", "a")
		w.set(a, "level: 1")
		for _, level := range []string{"2", "3", "4"} { // with every the second is not told
			w.wait(4 * time.Second)
			w.set(a, "level: "+level)
		}
		for _, s := range w.told {
			if !s.Since.Equal(s.Opened) || !s.Change.At.Equal(s.Opened) {
				t.Errorf("%s: what happened at %s began at %s, by a change at %s", every, s.Opened, s.Since, s.Change.At)
			}
		}
		if want := map[string]int{"": 3, "every: 5s": 2}[every]; len(w.told) != want {
			t.Errorf("%q: %d are told", every, len(w.told))
		}
	}
}

// What is due is told before what happens later, be it a change or other rules.
func TestWhatIsDueComesFirst(t *testing.T) {
	w := tank(t, "for: 30s")
	w.set(id("tanks.acme.io", "a"), "level: 95")
	w.at = w.at.Add(100 * time.Second)
	w.set(id("tanks.acme.io", "b"), "level: 5")
	w.tells("30s opened Full a at 95%")
	w.set(id("tanks.acme.io", "b"), "level: 95")
	w.at = w.at.Add(100 * time.Second)
	w.SetRules(nil, w.at)
	w.tells("130s opened Full b at 95%", "200s unknown Full a at 95%", "200s unknown Full b at 95%")
}

// In one step over a long time all is told in the order in which it was due.
func TestWhatIsDueIsToldInItsOrder(t *testing.T) {
	w := newWorld(t, load(t, `
rules:
- {name: full, types: [tanks.acme.io], when: object.level > 90, for: 5s, signal: {type: Full, severity: info, title: f}}
- {name: dry, types: [pumps.acme.io], when: 'related["tanks.acme.io"].size() > 0', signal: {type: Dry, severity: info, title: d}}
`))
	a, b, pump := id("tanks.acme.io", "a"), id("tanks.acme.io", "b"), id("pumps.acme.io", "p")
	w.set(pump, "{}")
	w.related[schema.GroupResource{Group: "acme.io", Resource: "tanks"}] = [][]byte{jsonOf(t, "a", "{}")}
	w.relating = map[relation.ID][]relation.ID{a: {pump}}
	w.set(a, "level: 95")
	w.set(b, "level: 95")
	w.set(a, "level: 96") // which is as due as it was
	w.wait(time.Minute)
	w.tells("1s opened Dry p", "5s opened Full a", "5s opened Full b")
}

// A rule that asks for the time is judged each minute while it has to last, too.
func TestWhatHasToLastIsLookedAtEachMinute(t *testing.T) {
	w := newWorld(t, load(t, `
rules:
- {name: a, types: [tanks.acme.io], when: now.getMinutes() != 2, for: 5m, signal: {type: Lasts, severity: info, title: l}}
`))
	w.present(id("tanks.acme.io", "a"), "{}")
	w.wait(time.Hour)
	w.tells("480s opened Lasts a")
}

// Of rules that are gone nothing is remembered, nor of what they could not be applied to.
func TestFaultsGoWithTheirRules(t *testing.T) {
	w := newWorld(t, load(t, "rules: [{name: wrong, types: ['*'], when: object.missing > 5, signal: {type: W, severity: info, title: w}}]"))
	w.set(id("tanks.acme.io", "a"), "{}")
	if len(w.Faults()) != 1 {
		t.Errorf("faults are %+v", w.Faults())
	}
	w.SetRules(nil, w.at)
	if len(w.faults) > 0 || len(w.Faults()) > 0 {
		t.Errorf("it remembers %v", w.faults)
	}
}

// Fingerprints are what others know signals by, at another time and in another process, too: mutes are kept by them.
func TestFingerprints(t *testing.T) {
	of := func(resource, namespace, name string) relation.ID {
		return relation.ID{Type: schema.ParseGroupResource(resource), Key: model.Key{Namespace: namespace, Name: name}}
	}
	if got, want := fingerprint(&Rule{Name: "crash-loop"}, of("pods", "shop", "web-1")), "d0496b7ed6829f8d"; got != want {
		t.Errorf("it is %s, want %s", got, want)
	}
	seen := map[string]string{}
	for _, c := range []struct {
		rule string
		of   relation.ID
	}{
		{"a", of("pods", "shop", "web")},
		{"b", of("pods", "shop", "web")},
		{"a", of("nodes", "shop", "web")},
		{"a", of("pods.acme.io", "shop", "web")},
		{"a", of("pods", "shopw", "eb")},
		{"a", of("pods", "", "web")},
		{"a", of("pods", "shop", "webs")},
	} {
		name := fingerprint(&Rule{Name: c.rule}, c.of)
		if seen[name] != "" {
			t.Errorf("%s of %s is called as %s", c.rule, c.of, seen[name])
		}
		seen[name] = c.rule + " of " + c.of.String()
	}
}
