package informers

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dogwatch/dogwatch/model"
)

// Who asks is told who made each change, found by an event or by a list, but not of what was there before.
func TestManagedFieldsRideAlongWithChanges(t *testing.T) {
	opts := quick()
	opts.ManagedFields = true
	s := newScript(t, opts)
	w, l := s.add()
	changes := l.Watch().Store().SubscribeManaged(make(chan struct{}, 1), 100)
	defer changes.Close()
	r := s.next()
	r.say(row("ADDED", "a", "1"))
	r.say(row("ADDED", "b", "2"))
	r.say(bookmarkAt("2", true))
	w.phase(l, Live)
	r.say(row("MODIFIED", "a", "3"))
	r.say(row("ADDED", "c", "4"))
	w.eventually("c", func() bool { return l.Watch().Store().Len() == 3 })
	r.say(event1("ERROR", `{"kind":"Status","reason":"Expired","code":410,"message":"too old"}`))
	r = s.next()
	r.say(row("ADDED", "a", "5"))
	r.say(row("ADDED", "b", "2"))
	r.say(row("ADDED", "d", "6"))
	r.say(bookmarkAt("6", true))
	w.phase(l, Live)
	r.say(row("MODIFIED", "d", "7"))
	w.eventually("the last change", func() bool {
		o, ok := l.Watch().Store().Get(model.Key{Namespace: "ns", Name: "d"})
		return ok && o.ResourceVersion == "7"
	})
	var got []string
	for _, d := range changes.TryNext() {
		o := d.New
		if o == nil {
			o = d.Old
		}
		got = append(got, fmt.Sprint(d.Type, " ", o.Name, " ", o.ResourceVersion, " initial ", d.Initial, " listed ", d.Listed, " managed ", len(d.ManagedFields) > 0))
	}
	want := []string{
		"1 a 1 initial true listed false managed false",
		"1 b 2 initial true listed false managed false",
		"2 a 3 initial false listed false managed true",
		"1 c 4 initial false listed false managed true",
		"2 a 5 initial false listed true managed true",
		"1 d 6 initial false listed true managed false",
		"3 c 4 initial false listed true managed false",
		"2 d 7 initial false listed false managed true",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
}
