package signals

import (
	"testing"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
)

// What is read bit by bit is the same for any expression as what is read as a whole.
func TestObjectIsLikeTheWhole(t *testing.T) {
	env, err := newEnvironment()
	if err != nil {
		t.Fatal(err)
	}
	const text = `{"kind":"Pod","metadata":{"name":"a","labels":{"x.y/z":"1"}},"spec":{"replicas":3,"weight":1.5,"list":[1,2,{"a":null}]},"none":null}`
	for _, source := range []string{
		"object.metadata.name", "object['metadata']['labels']['x.y/z']", "has(object.spec)", "has(object.status)", "has(object.none)", "'spec' in object", "5 in object",
		"object.?status.?phase.orValue('none')", "object.spec.replicas + 1", "object.spec.weight * 2.0", "object.spec.list[2].a == null", "object.status.phase", "object[5]",
		"size(object)", "object == old", "object != null", "object.map(k, k).size()", "object.exists(k, k == 'kind')", "type(object) == map", "object.all(k, v, v != 'nothing')",
		"dyn(object).kind", "string(object.spec.replicas)", "object.spec == old.spec",
	} {
		e, fault := compile(env, source, types.DynType)
		if fault != nil {
			t.Errorf("%s: %v", source, fault)
			continue
		}
		eval := func(object, old ref.Val) string {
			value, _, err := e.program.Eval(map[string]any{objectName: object, oldName: old})
			if err != nil {
				return "error: " + err.Error()
			}
			return value.Type().TypeName() + " " + inWords(value)
		}
		lazy, whole := eval(newObject([]byte(text)), newObject([]byte(text))), eval(decoded([]byte(text)), decoded([]byte(text)))
		if lazy != whole {
			t.Errorf("%s: %s, of the whole %s", source, lazy, whole)
		}
	}
	if newObject(nil) != types.NullValue {
		t.Error("what is not there is not null")
	}
}

func TestReads(t *testing.T) {
	env, err := newEnvironment()
	if err != nil {
		t.Fatal(err)
	}
	for source, want := range map[string][]string{
		"object.spec.replicas == 1":                                          {"spec.replicas"},
		"has(object.status.phase)":                                           {"status.phase"},
		"object.?status.?conditions.orValue([]).exists(c, c.type == 'a')":    {"status.conditions"},
		"object.metadata.labels['a.b/c'] == old.metadata.labels['d']":        {"metadata.labels.a.b/c", "metadata.labels.d"},
		"object.spec.list[0].a == 1":                                         {"spec.list"},
		"object.spec[object.key] == 1":                                       {"spec", "key"},
		"object == old":                                                      {"", ""},
		"object.map(k, k).size() == [object.a, dyn({'b': object.c})].size()": {"", "a", "c"},
		"now > timestamp(object.a)":                                          {"a"},
	} {
		e, fault := compile(env, source, types.DynType)
		if fault != nil {
			t.Errorf("%s: %v", source, fault)
			continue
		}
		var got []string
		for _, path := range e.reads.paths {
			joined := ""
			for i, name := range path {
				if i > 0 {
					joined += "."
				}
				joined += name
			}
			got = append(got, joined)
		}
		if len(got) != len(want) {
			t.Errorf("%s reads %q", source, got)
			continue
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%s reads %q", source, got)
			}
		}
	}
}
