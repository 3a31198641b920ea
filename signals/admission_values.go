package signals

import (
	"encoding/json"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/change"
	"github.com/dogwatch/dogwatch/model/jsonscan"
	"github.com/dogwatch/dogwatch/model/relation"
)

var namespaces = schema.GroupResource{Resource: "namespaces"}

// ofAdmission gives what expressions of a policy of the cluster's own know besides the object.
func (v *evaluation) ofAdmission(name string) (any, bool) {
	a := v.rule.admission
	if a == nil {
		return nil, false
	}
	switch name {
	case oldObjectName:
		if a.OnUpdate {
			return v.new, true
		}
		return types.NullValue, true
	case paramsName:
		return newObject(a.Params), true
	case requestName:
		return v.request(a.OnUpdate), true
	case namespaceObjectName:
		text, err := v.namespace()
		if err != nil {
			return types.WrapErr(err), true
		}
		return newObject(text), true
	}
	return nil, false
}

// request is the request that would make the object, or write it again, as far as that is known without one.
func (v *evaluation) request(isUpdate bool) ref.Val {
	operation := "CREATE"
	if isUpdate {
		operation = "UPDATE"
	}
	text := v.text()
	gv, _ := schema.ParseGroupVersion(string(jsonscan.Text(find(text, "apiVersion"))))
	kind := map[string]any{"group": gv.Group, "version": gv.Version, "kind": string(jsonscan.Text(find(text, "kind")))}
	resource := map[string]any{"group": gv.Group, "version": gv.Version, "resource": v.of.Type.Resource}
	return types.DefaultTypeAdapter.NativeToValue(map[string]any{
		"operation": operation, "kind": kind, "requestKind": kind, "resource": resource, "requestResource": resource,
		"subResource": "", "requestSubResource": "", "name": v.of.Name, "namespace": v.namespaceName(), "dryRun": false, "options": types.NullValue,
	})
}

// namespaceName is the namespace of the object: a namespace is in itself.
func (v *evaluation) namespaceName() string {
	if v.of.Type == namespaces {
		return v.of.Name
	}
	return v.of.Namespace
}

// namespace gives the object's namespace, nil where it is in none, and errUnknown where it is not known.
func (v *evaluation) namespace() ([]byte, error) {
	switch {
	case v.of.Type == namespaces:
		return v.text(), nil
	case v.of.Namespace == "":
		return nil, nil
	}
	text := v.cluster.Object(relation.ID{Type: namespaces, Key: model.Key{Name: v.of.Namespace}})
	if text == nil {
		return nil, errUnknown
	}
	return text, nil
}

// text is the object's JSON.
func (v *evaluation) text() []byte {
	if o, ok := v.new.(*object); ok {
		return o.text
	}
	return nil
}

func find(text []byte, names ...string) []byte {
	steps := make([]change.Step, len(names))
	for i, name := range names {
		steps[i].Member = name
	}
	return change.Find(text, steps)
}

// labelsOf gives an object's labels.
func labelsOf(text []byte) labels.Set {
	var set labels.Set
	_ = json.Unmarshal(find(text, "metadata", "labels"), &set) // which are none where they are no labels
	return set
}
