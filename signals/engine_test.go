package signals

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

const full = `
rules:
- name: full
  types: [tanks.acme.io]
  when: object.?level.orValue(0) > 90
  MORE
  signal: {type: Full, severity: warning, title: The tank is full, message: "at ${object.level}%"}
`

func tank(t *testing.T, more string) *world {
	t.Helper()
	return newWorld(t, load(t, strings.Replace(full, "MORE", more, 1)))
}

func TestSignalOpensOnceAndResolvesOnce(t *testing.T) {
	w := tank(t, "")
	a := id("tanks.acme.io", "a")
	w.set(a, "level: 10")
	w.tells()
	w.set(a, "level: 95")
	w.tells("0s opened Full a at 95%")
	w.set(a, "level: 96")
	w.tells()
	if open := w.Open(); len(open) != 1 || open[0].Subject.UID != "uid-a" || open[0].Change == nil || open[0].Change.Path != "level" || open[0].Change.By.Name != "somebody" {
		t.Errorf("open is %+v", open)
	}
	first := w.Open()[0].Fingerprint
	w.at = w.at.Add(time.Second)
	w.set(a, "level: 20")
	w.tells("1s resolved Full a at 95%")
	w.set(a, "level: 99")
	w.tells("1s opened Full a at 99%")
	if again := w.Open()[0].Fingerprint; again != first {
		t.Errorf("the same trouble is called %s and %s", first, again)
	}
	w.remove(a)
	w.tells("1s resolved Full a at 99%")
	if len(w.states) != 0 || len(w.due.all) != 0 || len(w.edits) != 0 {
		t.Errorf("it remembers %v, %v, %v of what is gone", w.states, w.due.all, w.edits)
	}
}

func TestWhatWasThereBeforeOpensWithoutAChange(t *testing.T) {
	w := tank(t, "")
	w.present(id("tanks.acme.io", "a"), "level: 95")
	w.tells("0s opened Full a at 95%")
	if c := w.Open()[0].Change; c != nil {
		t.Errorf("it is said to be changed by %v", c)
	}
}

func TestOtherTypesAndPathsCostNothing(t *testing.T) {
	w := tank(t, "")
	w.set(id("tanks.other.io", "a"), "level: 95")
	w.tells()
	a := id("tanks.acme.io", "a")
	w.set(a, "level: 95")
	// This would be a fault, were it looked at.
	c := Change{At: w.at, Of: a, New: []byte(`{"level": {}}`)}
	w.Take(&c)
	w.tells("0s opened Full a at 95%")
}

func TestForHoldsBackWhatDoesNotLast(t *testing.T) {
	for _, step := range []time.Duration{time.Second, time.Minute} {
		w := tank(t, "for: 30s")
		a := id("tanks.acme.io", "a")
		w.set(a, "level: 95")
		w.wait(20 * time.Second)
		w.set(a, "level: 10")
		w.wait(20 * time.Second)
		w.tells()
		w.set(a, "level: 97") // at 40 s
		for range time.Minute / step {
			w.wait(step)
		}
		w.tells("70s opened Full a at 97%")
		if s := w.Open()[0]; s.Since != begin().Add(40*time.Second) {
			t.Errorf("it began at %s", s.Since)
		}
	}
}

func TestForTellsTheNextTick(t *testing.T) {
	w := tank(t, "for: 30s")
	if at, ok := w.Next(); ok {
		t.Errorf("the next tick is due at %s", at)
	}
	w.set(id("tanks.acme.io", "a"), "level: 95")
	if at, ok := w.Next(); !ok || at != begin().Add(30*time.Second) {
		t.Errorf("the next tick is due at %s, %v", at, ok)
	}
}

func TestKeepHoldsBackTheEnd(t *testing.T) {
	w := tank(t, "keep: 30s")
	a := id("tanks.acme.io", "a")
	w.set(a, "level: 95")
	w.wait(10 * time.Second)
	w.set(a, "level: 10")
	w.wait(20 * time.Second)
	w.set(a, "level: 95")
	w.wait(20 * time.Second)
	w.tells("0s opened Full a at 95%")
	w.set(a, "level: 10") // at 50 s
	w.wait(time.Hour)
	w.tells("80s resolved Full a at 95%")
}

func TestEveryHoldsBackWhatRepeats(t *testing.T) {
	w := tank(t, "every: 1m")
	a := id("tanks.acme.io", "a")
	w.set(a, "level: 95")
	w.set(a, "level: 10")
	w.tells("0s opened Full a at 95%", "0s resolved Full a at 95%")
	w.wait(10 * time.Second)
	w.set(a, "level: 96")
	w.set(a, "level: 11")
	w.set(a, "level: 97")
	w.wait(time.Hour) // it goes on, and is told when it may be
	w.tells("60s opened Full a at 97%")
	w.set(a, "level: 10")
	w.wait(2 * time.Minute)
	w.tells("3610s resolved Full a at 97%")
	if len(w.states) != 0 {
		t.Errorf("it remembers %v", w.states)
	}
}

func TestEveryCountsMomentsThatAreNotTold(t *testing.T) {
	w := newWorld(t, load(t, `
rules:
- name: moved
  types: ["*"]
  when: old.level != object.level
  resolved: "true"
  every: 1m
  signal: {type: Moved, severity: info, title: The level moved, message: "by ${object.level - old.level}"}
`))
	a := id("tanks.acme.io", "a")
	for _, level := range []string{"1", "3", "4", "5"} {
		w.set(a, "level: "+level)
	}
	w.tells("0s happened Moved a by 2")
	w.wait(2 * time.Minute)
	w.set(a, "level: 9")
	if n := w.told[0].Suppressed; n != 2 {
		t.Errorf("%d were not told", n)
	}
	w.tells("120s happened Moved a by 4")
}

func TestChangeThatHappensAgainEndsTheTimeBefore(t *testing.T) {
	w := newWorld(t, load(t, `
rules:
- name: filling
  types: [tanks.acme.io]
  when: old.wanted != object.wanted
  resolved: object.level >= object.wanted
  signal: {type: Filling, severity: info, title: It is filled, message: "to ${object.wanted}"}
`))
	a := id("tanks.acme.io", "a")
	w.set(a, "{level: 1, wanted: 1}")
	w.set(a, "{level: 1, wanted: 5}")
	w.set(a, "{level: 2, wanted: 5}")
	w.set(a, "{level: 2, wanted: 7}")
	w.set(a, "{level: 7, wanted: 7}")
	w.tells("0s opened Filling a to 5", "0s resolved Filling a to 5", "0s opened Filling a to 7", "0s resolved Filling a to 7")
}

func TestPolicyIsViolatedAndMended(t *testing.T) {
	w := newWorld(t, load(t, `
rules:
- name: owner-label
  types: [tanks.acme.io]
  check: '"owner" in object.metadata.?labels.orValue({})'
  signal: {type: NoOwner, severity: warning, title: Nobody owns it}
`))
	a, b := id("tanks.acme.io", "a"), id("tanks.acme.io", "b")
	w.present(a, "level: 1")
	w.present(b, "metadata: {labels: {owner: me}}")
	w.tells("0s opened NoOwner a")
	if !w.Open()[0].Policy {
		t.Error("it is no policy")
	}
	w.set(a, "metadata: {labels: {owner: me}}")
	w.set(b, "level: 1")
	w.tells("0s resolved NoOwner a", "0s opened NoOwner b")
}

func TestTimeAloneMakesItSo(t *testing.T) {
	w := newWorld(t, load(t, `
rules:
- name: expiring
  types: [certs.acme.io]
  when: timestamp(object.end) - now < duration("1h")
  signal: {type: Expiring, severity: warning, title: It ends soon}
`))
	a := id("certs.acme.io", "a")
	w.present(a, `end: "2026-11-29T14:00:00Z"`)
	w.wait(59 * time.Minute)
	w.tells()
	w.wait(2 * time.Hour)
	w.tells("3660s opened Expiring a")
	w.set(a, `end: "2027-11-29T14:00:00Z"`)
	w.tells("10740s resolved Expiring a")
}

func TestChangesAndRelativesAreKnown(t *testing.T) {
	w := newWorld(t, load(t, `
rules:
- name: by-hand
  types: [tanks.acme.io]
  when: change.type == "MODIFIED" && change.manager == "somebody" && change.paths.exists(p, p.startsWith("spec"))
  resolved: "true"
  signal:
    type: ByHand
    severity: info
    title: Somebody changed it
    message: "${change.paths}, with ${related[\"pumps.acme.io\"].map(p, p.metadata.name)}"
    fields: {pumps: 'related["pumps.acme.io"].size()', paths: change.paths}
`))
	if got := w.rules[0].Related; len(got) != 1 || got[0] != (schema.GroupResource{Group: "acme.io", Resource: "pumps"}) {
		t.Errorf("it looks at %v", got)
	}
	w.related[schema.GroupResource{Group: "acme.io", Resource: "pumps"}] = [][]byte{jsonOf(t, "p1", "{}"), jsonOf(t, "p2", "{}")}
	a := id("tanks.acme.io", "a")
	w.set(a, "spec: {level: 1}")
	w.set(a, "spec: {level: 1}\nstatus: 5")
	w.set(a, "spec: {level: 2}\nstatus: 5")
	if fields := w.told[0].Fields; fields["pumps"] != 2.0 || len(fields["paths"].([]any)) != 1 {
		t.Errorf("fields are %v", fields)
	}
	w.tells("0s happened ByHand a spec.level, with p1, p2")
}

// An optional value is said as the value, and as nothing where there is none.
func TestOptionalValuesAreSaid(t *testing.T) {
	w := newWorld(t, load(t, `
rules:
- name: is
  types: [tanks.acme.io]
  when: "true"
  signal:
    type: Is
    severity: info
    title: There is one
    message: "of ${object.?spec.?of}, level ${object.?level}, all ${[object.?level, object.?none]}"
    fields: {level: "object.?level", of: "object.?spec.?of"}
`))
	w.set(id("tanks.acme.io", "a"), "level: 5")
	if fields := w.told[0].Fields; len(fields) != 1 || fields["level"] != 5.0 {
		t.Errorf("fields are %v", fields)
	}
	w.tells("0s opened Is a of , level 5, all 5,")
}

func TestWorkloadAndWhatWasChangedOfIt(t *testing.T) {
	w := newWorld(t, load(t, strings.Replace(full, "MORE", "", 1)))
	const owned = "\nmetadata: {ownerReferences: [{apiVersion: acme.io/v1, kind: KIND, name: NAME, uid: u, controller: true}]}"
	owner := func(kind, name string) string {
		return strings.NewReplacer("KIND", kind, "NAME", name).Replace(owned)
	}
	farm, row, a := id("farms.acme.io", "farm"), id("rows.acme.io", "row"), id("tanks.acme.io", "a")
	w.set(farm, "spec: {size: 1}")
	w.set(row, "spec: {size: 1}"+owner("Farm", "farm"))
	w.set(farm, "spec: {size: 2}")
	w.set(row, "spec: {size: 2}"+owner("Farm", "farm"))
	w.set(a, "level: 95"+owner("Row", "row"))
	s := w.Open()[0]
	if s.Workload != farm || s.Edit == nil || s.Edit.Of != farm || s.Edit.Path != "spec.size" || string(s.Edit.Old) != "1" || string(s.Edit.New) != "2" {
		t.Errorf("its workload is %v, changed by %+v", s.Workload, s.Edit)
	}
}

func TestRuleThatCannotBeAppliedIsSaidAndStopsNoOther(t *testing.T) {
	w := newWorld(t, load(t, strings.Replace(full, "MORE", "", 1)+`
- name: wrong
  types: ["*"]
  when: object.missing > 5
  signal: {type: Wrong, severity: info, title: Wrong}
- name: dear
  types: ["*"]
  when: object.?list.orValue([]).all(a, object.list.all(b, object.list.all(c, object.list.all(d, a + b + c + d > 0))))
  signal: {type: Dear, severity: info, title: Dear}
`))
	w.set(id("tanks.acme.io", "a"), "level: 95\nlist: ["+strings.Repeat("1,", 100)+"1]")
	if len(w.told) != 1 || w.told[0].Type != "Full" {
		t.Errorf("told is %v", w.told)
	}
	faults := w.Faults()
	if len(faults) != 2 || faults[0].Rule != "wrong" || !strings.Contains(faults[0].Err.Error(), "no such key: missing") ||
		faults[1].Rule != "dear" || !strings.Contains(faults[1].Err.Error(), "cost limit") {
		t.Errorf("faults are %v", faults)
	}
}

// Rules come and go: one that stays goes on with what is open, though it is read anew.
func TestRulesComeAndGo(t *testing.T) {
	const rules = `
rules:
- {name: full, types: [tanks.acme.io], when: object.level > 90, signal: {type: Full, severity: warning, title: f}}
- {name: low, types: [tanks.acme.io], when: object.level < LEAST, for: 10s, signal: {type: Low, severity: warning, title: l}}
`
	read := func(least string) []*Rule { return load(t, strings.Replace(rules, "LEAST", least, 1)) }
	w := newWorld(t, read("5"))
	a, b, c := id("tanks.acme.io", "a"), id("tanks.acme.io", "b"), id("tanks.acme.io", "c")
	w.set(a, "level: 95")
	w.set(b, "level: 3")
	w.set(c, "level: 7")
	w.wait(12 * time.Second)
	w.tells("0s opened Full a", "10s opened Low b")
	first := w.Open()

	w.SetRules(load(t, strings.ReplaceAll(strings.Replace(rules, "LEAST", "5", 1), "\n- {", "\n# said otherwise\n-   {")), w.at)
	w.tells()
	if open := w.Open(); !reflect.DeepEqual(open, first) {
		t.Errorf("open is %+v", open)
	}
	w.wait(time.Second)
	w.SetRules(read("8"), w.at) // another rule of the same name
	if len(w.told) != 1 || !w.told[0].Unknown {
		t.Errorf("of the rule that went is told %+v", w.told)
	}
	w.tells("13s unknown Low b")
	w.wait(10 * time.Second)
	w.tells("23s opened Low b", "23s opened Low c")
	w.set(a, "level: 50")
	w.tells("23s resolved Full a")
	w.SetRules(read("8")[:1], w.at)
	w.tells("23s unknown Low b", "23s unknown Low c")
	w.set(c, "level: 2")
	w.wait(time.Minute)
	w.tells()
	if len(w.states) != 0 || len(w.due.all) != 0 {
		t.Errorf("it remembers %v, %v of rules that are gone", w.states, w.due.all)
	}
}

// A rule that comes has seen no change.
func TestRulesThatComeHaveSeenNoChange(t *testing.T) {
	came := load(t, `
rules:
- {name: came, types: [tanks.acme.io], when: change.type == "ADDED", resolved: "true", signal: {type: Came, severity: info, title: c}}
- {name: full, types: [tanks.acme.io], when: object.level > 90, signal: {type: Full, severity: warning, title: f}}
`)
	w := newWorld(t, nil)
	w.set(id("tanks.acme.io", "a"), "level: 95")
	w.SetRules(came, w.at)
	w.tells("0s opened Full a")
	w.set(id("tanks.acme.io", "b"), "level: 5")
	w.tells("0s happened Came b")
}

// Others know a signal by its fingerprint and when it opened: several of the same rule and object are told apart, even of one moment.
func TestSignalsOfOneMomentAreToldApart(t *testing.T) {
	w := newWorld(t, load(t, strings.Replace(full, "MORE", "", 1)+`
- {name: moved, types: [tanks.acme.io], when: old.level != object.level, resolved: "true", signal: {type: Moved, severity: info, title: m}}
`))
	a := id("tanks.acme.io", "a")
	for _, level := range []string{"95", "5", "96", "6", "97"} {
		w.set(a, "level: "+level)
	}
	w.wait(time.Second)
	w.set(a, "level: 7")
	named := map[string]int{}
	for _, s := range w.told {
		if s.Resolved.Before(s.Opened) && !s.IsOpen() || s.Moment && s.Resolved != s.Opened {
			t.Errorf("%s opens at %s and is over at %s", s.Type, s.Opened, s.Resolved)
		}
		name := s.Fingerprint + s.Opened.String()
		if s.IsOpen() || s.Moment {
			named[name]++
		}
		if named[name] != 1 {
			t.Errorf("%d are called %s", named[name], name)
		}
	}
	if len(named) != 8 || len(w.opened.times) != 1 {
		t.Errorf("%d are told of, and it remembers %v", len(named), w.opened.times)
	}
}
