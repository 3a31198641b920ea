package workspace_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/replay/recording"
)

// tale writes a recording in which objects of some types come, change and go, one of the types too.
type tale struct {
	*testing.T
	*recording.Writer
	random  *rand.Rand
	at      time.Time
	version int
	types   []recording.Type
	present map[recording.TypeName]map[string]string // the lines' objects, by namespace/name
	changes []told
}

// told is a change as the recording has it.
type told struct {
	at      time.Time
	of      recording.TypeName
	key     model.Key
	version string // empty for a deletion
	label   string
}

func columnsOf(names ...string) []recording.Column {
	var all []recording.Column
	for _, name := range names {
		c := recording.Column{TableColumnDefinition: metav1.TableColumnDefinition{Name: name, Type: "string"}}
		switch name {
		case "Name":
			c.Format = "name"
		case "Seen":
			c.Type, c.Age = "date", true
		}
		all = append(all, c)
	}
	return all
}

func typeOf(name recording.TypeName, kind string, namespaced bool) recording.Type {
	return recording.Type{
		Name: name, Kind: kind, Namespaced: namespaced, Verbs: []string{"get", "list", "watch"}, Columns: columnsOf("Name", "Number", "Seen"),
	}
}

// tell makes a recording of some parts. toggles is whether a type comes and goes.
func tell(t *testing.T, seed uint64, parts, changes int, toggles bool) (*recording.Recording, []told) {
	t.Helper()
	var out bytes.Buffer
	w, err := recording.NewWriter(&out)
	if err != nil {
		t.Fatal(err)
	}
	s := &tale{
		T: t, Writer: w, random: rand.New(rand.NewPCG(seed, 3)), at: time.Date(2026, 11, 29, 14, 0, 0, 0, time.UTC), version: 100,
		types:   []recording.Type{typeOf("pods.v1", "Pod", true), typeOf("secrets.v1", "Secret", true), typeOf("nodes.v1", "Node", false)},
		present: map[recording.TypeName]map[string]string{"pods.v1": {}, "secrets.v1": {}, "nodes.v1": {}},
	}
	for part := range parts {
		s.begin(part > 0)
		for range changes {
			if toggles && s.random.IntN(10) == 0 {
				s.toggle()
			}
			s.change()
		}
	}
	if err := w.Close(s.at.Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	rec, err := recording.Open(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	return rec, s.changes
}

func (s *tale) write(e recording.Entry) {
	s.Helper()
	if err := s.Write(e); err != nil {
		s.Fatal(err)
	}
}

func (s *tale) begin(continues bool) {
	n := 0
	for _, objects := range s.present {
		n += len(objects)
	}
	s.at = s.at.Add(3 * time.Second)
	if err := s.Begin(recording.Header{At: s.at, Types: s.types, Objects: n, Continues: continues, Context: "tale"}); err != nil {
		s.Fatal(err)
	}
	for of, objects := range s.present {
		for _, object := range objects {
			s.write(s.entry(recording.Present, of, object))
		}
	}
	for _, of := range s.types {
		s.write(recording.Entry{At: s.at, Kind: recording.Watch, Type: of.Name, Live: true})
	}
}

func (s *tale) entry(kind recording.Kind, of recording.TypeName, object string) recording.Entry {
	seen := s.at.Add(-90 * time.Second).Format(time.RFC3339)
	return recording.Entry{
		At: s.at, Kind: kind, Type: of, Object: []byte(object), Cells: fmt.Appendf(nil, `["x","%d",%q]`, len(object), seen),
	}
}

const gadgets = "gadgets.v1.acme.io"

func (s *tale) toggle() {
	if _, ok := s.present[gadgets]; ok {
		delete(s.present, gadgets)
		s.types = s.types[:3:3]
	} else {
		s.present[gadgets] = map[string]string{}
		s.types = append(s.types[:3:3], typeOf(gadgets, "Gadget", true))
	}
	s.at = s.at.Add(time.Millisecond)
	s.write(recording.Entry{At: s.at, Kind: recording.Served, Types: s.types})
}

// change makes an object come, change or go. Now and then one is made anew under the same name.
func (s *tale) change() {
	s.version++
	s.at = s.at.Add(time.Duration(1+s.random.IntN(2000)) * time.Millisecond)
	of := s.types[s.random.IntN(len(s.types))]
	key := model.Key{Name: fmt.Sprintf("it-%d", s.random.IntN(6))}
	if of.Namespaced {
		key.Namespace = []string{"shop", "bank"}[s.random.IntN(2)]
	}
	objects := s.present[of.Name]
	was, label := objects[key.String()], fmt.Sprint(s.random.IntN(2))
	kind, uid := recording.Modified, fmt.Sprintf("uid-%d", s.version)
	if was == "" {
		kind = recording.Added
	} else if uid = uidIn(was); s.random.IntN(5) == 0 {
		kind = recording.Deleted
	}
	object := s.object(of, key, uid, label)
	s.write(s.entry(kind, of.Name, object))
	c := told{s.at, of.Name, key, fmt.Sprint(s.version), label}
	if objects[key.String()] = object; kind == recording.Deleted {
		delete(objects, key.String())
		c.version = ""
	}
	s.changes = append(s.changes, c)
}

func uidIn(object string) string {
	_, rest, _ := strings.Cut(object, `"uid":"`)
	uid, _, _ := strings.Cut(rest, `"`)
	return uid
}

func (s *tale) object(of recording.Type, key model.Key, uid, label string) string {
	data, namespace := "", ""
	if key.Namespace != "" {
		namespace = fmt.Sprintf(`"namespace":%q,`, key.Namespace)
	}
	if of.Kind == "Secret" {
		data = fmt.Sprintf(`,"data":{"password":"•••• (%d bytes)"}`, s.random.IntN(9))
	}
	manager := fmt.Sprintf("manager-%d", s.random.IntN(3))
	return fmt.Sprintf(`{"apiVersion":"v1","kind":%q,"metadata":{%s"name":%q,"uid":%q,"resourceVersion":"%d","labels":{"odd":%q},"creationTimestamp":"2026-11-29T13:00:00Z",`+
		`"managedFields":[{"manager":%q,"operation":"Update","time":%q,"fieldsType":"FieldsV1","fieldsV1":{"f:metadata":{"f:labels":{"f:odd":{}}},"f:spec":{"f:n":{}}}}]},"spec":{"n":%d}%s}`,
		of.Kind, namespace, key.Name, uid, s.version, label, manager, s.at.Format(time.RFC3339), s.random.IntN(4), data)
}
