package signals

import (
	"bytes"
	"encoding/json"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/change"
	"github.com/dogwatch/dogwatch/model/relation"
)

// highest is how many owners above each other are looked at.
const highest = 8

// workload gives the topmost owner of an object that is known by name.
func (e *Engine) workload(of relation.ID, m *moment) relation.ID {
	var text []byte
	if o, ok := m.new.(*object); ok {
		text = o.text
	}
	for range highest {
		owner, ok := e.owner(of, text)
		if !ok {
			break
		}
		of, text = owner, e.cluster.Object(owner)
	}
	return of
}

// owner reads who controls an object, or else owns it first.
func (e *Engine) owner(of relation.ID, text []byte) (relation.ID, bool) {
	var owners []metav1.OwnerReference
	if json.Unmarshal(change.Find(text, change.Path("metadata.ownerReferences").Steps()), &owners) != nil || len(owners) == 0 {
		return relation.ID{}, false
	}
	owner := owners[0]
	for _, o := range owners {
		if o.Controller != nil && *o.Controller {
			owner = o
		}
	}
	gv, err := schema.ParseGroupVersion(owner.APIVersion)
	if err != nil {
		return relation.ID{}, false
	}
	t, ok := e.cluster.Kind(schema.GroupKind{Group: gv.Group, Kind: owner.Kind})
	if !ok {
		return relation.ID{}, false
	}
	id := relation.ID{Type: t.GVR.GroupResource(), Key: model.Key{Namespace: of.Namespace, Name: owner.Name}}
	if !t.Namespaced {
		id.Namespace = ""
	}
	return id, true
}

// noteEdit remembers what was changed last of an object's specification, of those that nobody owns.
func (e *Engine) noteEdit(c *Change) {
	switch c.Type {
	case model.Deleted:
		delete(e.edits, c.Of)
		return
	case model.Added:
		return
	}
	for i := range c.Fields {
		f := &c.Fields[i]
		if f.IsMove() || f.Path != "spec" && !strings.HasPrefix(string(f.Path), "spec.") {
			continue
		}
		if bytes.Contains(c.New, []byte(`"ownerReferences"`)) {
			return
		}
		e.edits[c.Of] = editOf(c, i)
		return
	}
}

func editOf(c *Change, field int) *Edit {
	f := &c.Fields[field]
	return &Edit{Of: c.Of, Path: f.Path, Old: bytes.Clone(f.Old), New: bytes.Clone(f.New), By: f.By, At: c.At}
}

// edit is the first of the fields that changed that a rule's condition reads.
func (m *moment) edit(r *Rule) *Edit {
	if m.change == nil || m.change.Initial {
		return nil
	}
	for i := range m.change.Fields {
		if f := &m.change.Fields[i]; !f.IsMove() && touches(r.causes, f.Path.Steps()) {
			return editOf(m.change, i)
		}
	}
	return &Edit{Of: m.of, By: m.change.manager(), At: m.change.At}
}
