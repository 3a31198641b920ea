package signals

import (
	"strings"
	"testing"
	"time"
)

const expires = `
rules:
- name: expiring
  types: [certs.acme.io]
  when: timestamp(object.end) - now < duration("1h")
  KEEP
  signal: {type: Expiring, severity: warning, title: It ends soon}
- name: owned
  types: [certs.acme.io]
  check: object.owner == "me"
  signal: {type: NotMine, severity: info, title: It is not mine}
`

// A condition that cannot be evaluated any more says nothing of whether the trouble is over, and how an object has to be is not met by that.
func TestAConditionThatFailsEndsNothingAsResolved(t *testing.T) {
	for keep, want := range map[string]string{"": "0s unknown Expiring a", "keep: 10s": "10s unknown Expiring a"} {
		w := newWorld(t, load(t, strings.Replace(expires, "KEEP", keep, 1)))
		a := id("certs.acme.io", "a")
		w.set(a, `{end: "2026-11-29T12:10:00Z", owner: you}`)
		w.told = nil
		w.set(a, "{ends: never}")
		w.wait(20 * time.Second)
		if f := w.Faults(); len(f) != 2 || f[0].Rule != "expiring" || f[1].Rule != "owned" {
			t.Errorf("faults are %+v", f)
		}
		clear(w.faults)
		w.tells(want)
		if open := w.Open(); len(open) != 1 || open[0].Type != "NotMine" {
			t.Errorf("open is %+v", open)
		}
	}
}

// Of what nobody can tell any more nobody can tell that it is well.
func TestAnObjectThatIsNotKnownAnyMoreEndsNothingAsResolved(t *testing.T) {
	w := newWorld(t, load(t, strings.Replace(expires, "KEEP", "", 1)))
	a := id("certs.acme.io", "a")
	w.set(a, `{end: "2026-11-29T12:10:00Z", owner: me}`)
	w.told = nil
	delete(w.objects, a)
	w.wait(time.Hour)
	w.tells("60s unknown Expiring a")
	if len(w.states) != 0 {
		t.Errorf("it remembers %v", w.states)
	}
}
