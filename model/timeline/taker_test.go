package timeline

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/types"

	"github.com/dogwatch/dogwatch/model"
)

// seen is a store whose changes are taken.
type seen struct {
	*testing.T
	store    *model.Store
	changes  *model.Subscription
	timeline *Timeline
	taker    *Taker
	packer   *model.Packer
	columns  *model.Columns
}

func newSeen(t *testing.T) *seen {
	s := &seen{T: t, store: model.NewStore(), timeline: New(1 << 20), packer: model.NewPacker(), columns: &model.Columns{}}
	s.changes = s.store.SubscribeManaged(make(chan struct{}, 1), 100)
	s.taker = NewTaker(s.timeline)
	return s
}

func (s *seen) object(version int, spec, managed string, whole bool) *model.Object {
	o := &model.Object{Key: model.Key{Name: "web"}, UID: types.UID("u"), ResourceVersion: fmt.Sprint(version), Columns: s.columns, Whole: whole}
	inside := ""
	if whole {
		inside = `,"managedFields":` + managed
	} else if managed != "" {
		o.SetManagedFields([]byte(managed), nil)
	}
	o.SetJSON(s.packer, fmt.Appendf(nil, `{"metadata":{"name":"web","resourceVersion":"%d"%s},"spec":%s}`, version, inside, spec))
	return o
}

// took are the records so far, in short.
func (s *seen) took() []string {
	s.Helper()
	for _, d := range s.changes.TryNext() {
		if err := s.taker.Take(1, d); err != nil {
			s.Fatal(err)
		}
	}
	var all []string
	for r := range s.timeline.Forward(0, Filter{}) {
		var fields []string
		for _, f := range r.Fields {
			fields = append(fields, fmt.Sprintf("%s: %s -> %s by %s", f.Path, f.Old, f.New, f.By.Name))
		}
		line := fmt.Sprintf("%d %s -> %s by %q", r.Type, r.Old, r.New, r.By.Name)
		all = append(all, strings.TrimSpace(line+" "+strings.Join(fields, ", ")))
	}
	return all
}

func managedBy(name, fields string) string {
	return fmt.Sprintf(`[{"manager":%q,"operation":"Update","time":"2026-11-02T10:00:00Z","fieldsV1":%s}]`, name, fields)
}

func TestChangesAreTakenWithTheirManagers(t *testing.T) {
	for _, whole := range []bool{false, true} {
		s := newSeen(t)
		s.store.Apply(s.object(1, `{"a":1}`, "", false))
		s.store.Retain(func(model.Key) bool { return true })
		s.store.Apply(s.object(2, `{"a":2,"b":1}`, managedBy("edit", `{"f:spec":{"f:a":{}}}`), whole))
		s.store.Apply(s.object(3, `{"a":2,"b":1}`, managedBy("touch", `{}`), whole))
		s.store.SetColumns(&model.Columns{})
		s.columns = s.store.Columns()
		s.store.Apply(s.object(3, `{"a":2,"b":1}`, "[]", whole)) // printed otherwise
		s.store.Delete(model.Key{Name: "web"}, s.object(4, `{"a":3,"b":1}`, managedBy("delete", `{"f:spec":{"f:a":{}}}`), whole))
		s.store.Apply(s.object(5, `{}`, managedBy("create", `{}`), whole))
		s.store.Delete(model.Key{Name: "web"}, nil)
		want := []string{
			`2 1 -> 2 by "" spec.a: 1 -> 2 by edit, spec.b:  -> 1 by`,
			`2 2 -> 3 by ""`,
			`3 3 -> 4 by "" spec.a: 2 -> 3 by delete`,
			`1  -> 5 by "create"`,
			`3 5 -> 5 by ""`,
		}
		if got := s.took(); !slices.Equal(got, want) {
			t.Errorf("whole %v:\n%s\nwant\n%s", whole, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		last, ok, err := s.timeline.Last(2)
		if err != nil || !ok || !strings.Contains(string(last), `"a":3`) {
			t.Errorf("the deleted object was %s (%v)", last, err)
		}
		s.undo(last)
	}
}

// undo goes back from the deleted object to the first.
func (s *seen) undo(object []byte) {
	s.Helper()
	for r := range s.timeline.Backward(3, Filter{Key: model.Key{Name: "web"}}) {
		var err error
		if object, err = r.Undo(object); err != nil {
			s.Fatal(err)
		}
	}
	if got := string(object); !strings.Contains(got, `"resourceVersion":"1"`) || !strings.Contains(got, `"spec":{"a":1}`) {
		s.Errorf("the first version was %s", got)
	}
}
