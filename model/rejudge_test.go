package model

import (
	"reflect"
	"testing"
)

func TestRejudgedObjectIsAnUpdate(t *testing.T) {
	s := NewStore()
	defer s.Close()
	o := &Object{
		Key: Key{"shop", "web"}, UID: "1", ResourceVersion: "7", Created: 1, Received: 2, Deleting: true, Columns: &Columns{},
		Cells: []string{"web"}, Labels: MakeLabelSet(map[string]string{"a": "b"}), Health: Health{Level: Progressing}, Whole: true,
	}
	o.SetJSON(NewPacker(), []byte(`{"kind":"Pod"}`))
	s.Apply(o)
	q := s.Subscribe(10)
	defer q.Close()
	q.TryNext()
	stuck := Health{Level: Unhealthy, Reason: "stuck", Due: 5}
	if !s.Rejudge(o, stuck) || s.Unhealthy() != 1 {
		t.Fatalf("%d unhealthy, want 1", s.Unhealthy())
	}
	deltas := q.TryNext()
	if len(deltas) != 1 || deltas[0].Type != Updated || deltas[0].Old != o || deltas[0].New.Health != stuck {
		t.Fatalf("delivered %+v", deltas)
	}
	again := deltas[0].New
	was, is := reflect.ValueOf(o).Elem(), reflect.ValueOf(again).Elem()
	for i := range was.NumField() {
		if name := was.Type().Field(i).Name; name != "Health" && name != "managed" && was.Field(i).IsZero() != is.Field(i).IsZero() {
			t.Errorf("%s is lost", name)
		}
	}
	if s.Apply(o) {
		t.Error("the version before takes its place once more")
	}
	if s.Rejudge(o, stuck) {
		t.Error("the version before is judged once more")
	}
	if s.Rejudge(again, stuck); len(q.TryNext()) != 0 {
		t.Error("the same health is an update")
	}
}
