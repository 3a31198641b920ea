package informers

import (
	"bytes"
	"strings"
	"testing"

	"github.com/dogwatch/dogwatch/model"
)

// isWhole tells whether a watch holds an object with its managedFields.
func isWhole(l *Lease, name string) func() bool {
	return func() bool {
		o, ok := l.Watch().Store().Get(model.Key{Namespace: "ns", Name: name})
		if !ok {
			return false
		}
		text, err := o.JSON()
		return err == nil && o.Whole && bytes.Contains(text, []byte("managedFields"))
	}
}

func TestWholeObjectsAreListedAnew(t *testing.T) {
	s := newScript(t, quick())
	w, l := s.add()
	r := s.next()
	r.say(row("ADDED", "a", "1"))
	r.say(row("ADDED", "b", "2"))
	r.say(bookmarkAt("2", true))
	w.phase(l, Live)
	changes := l.Watch().Subscribe(16)
	defer changes.Close()
	for !changes.CaughtUp() {
		if _, err := changes.Next(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	s.manager.KeepManagedFields(true)
	<-r.ended
	r = s.next()
	if !r.isStreamedList() {
		t.Fatalf("asked for %s", r.query)
	}
	if state := l.Watch().State(); state.Phase != Listing || state.Err != nil {
		t.Errorf("while it lists anew: %+v", state)
	}
	r.say(row("ADDED", "a", "1"))
	r.say(row("ADDED", "b", "2"))
	r.say(bookmarkAt("3", true))
	w.phase(l, Live)
	w.eventually("a, whole", isWhole(l, "a"))
	w.eventually("b, whole", isWhole(l, "b"))
	if changed := changes.TryNext(); len(changed) != 0 {
		t.Errorf("%d changes are told of, though nothing has changed", len(changed))
	}
	r.say(row("MODIFIED", "a", "4"))
	w.eventually("the change of a", func() bool { return strings.Contains(strings.Join(held(l.Watch().Store()), ","), "ns/a u1 4") })
	w.eventually("a, still whole", isWhole(l, "a"))

	s.manager.KeepManagedFields(false) // lists nothing
	r.say(row("MODIFIED", "b", "5"))
	w.eventually("the change of b", func() bool { return strings.Contains(strings.Join(held(l.Watch().Store()), ","), "ns/b u1 5") })
	r.say(row("MODIFIED", "b", "6"))
	w.eventually("b, no longer whole", func() bool {
		o, ok := l.Watch().Store().Get(model.Key{Namespace: "ns", Name: "b"})
		return ok && o.ResourceVersion == "6" && !o.Whole
	})

	s.manager.KeepManagedFields(true) // and what has lost them is listed again
	r = s.next()
	if !r.isStreamedList() {
		t.Fatalf("asked for %s", r.query)
	}
	r.say(row("ADDED", "a", "4"))
	r.say(row("ADDED", "b", "6"))
	r.say(bookmarkAt("6", true))
	w.eventually("b, whole again", isWhole(l, "b"))
}

// A watch that lists when whole objects are asked for lists once more, then.
func TestWholeObjectsAreAskedForAmidAList(t *testing.T) {
	s := newScript(t, quick())
	w, l := s.add()
	r := s.next()
	r.say(row("ADDED", "a", "1"))
	s.manager.KeepManagedFields(true)
	r.say(bookmarkAt("2", true))
	r = s.next()
	if !r.isStreamedList() {
		t.Fatalf("asked for %s", r.query)
	}
	r.say(row("ADDED", "a", "1"))
	r.say(bookmarkAt("2", true))
	w.phase(l, Live)
	w.eventually("a, whole", isWhole(l, "a"))
}

func TestWatchesThatComeLaterAreWhole(t *testing.T) {
	s := newScript(t, quick())
	s.manager.KeepManagedFields(true)
	w, l := s.add()
	r := s.next()
	r.say(row("ADDED", "a", "1"))
	r.say(bookmarkAt("2", true))
	w.phase(l, Live)
	w.eventually("a, whole", isWhole(l, "a"))
}
