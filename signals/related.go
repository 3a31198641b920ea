package signals

import (
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// mostRelated is how many related objects of one type are looked at: the limit of cost does not count what it takes to read them.
const mostRelated = 5000

// relatives are the objects that one is related to as CEL sees them: a map of lists by types. Those of a type are read when they are asked for, once for all rules.
type relatives struct {
	traits.Mapper // of nothing, for what no rule can ask
	of            *moment
	lists         map[string]ref.Val
}

func (m *moment) relatives() ref.Val {
	if m.related == nil {
		m.related = &relatives{types.NewStringInterfaceMap(types.DefaultTypeAdapter, nil), m, map[string]ref.Val{}}
	}
	return m.related
}

// Find gives the objects of a type.
func (r *relatives) Find(key ref.Val) (ref.Val, bool) {
	name, ok := key.(types.String)
	if !ok {
		return nil, false
	}
	list := r.lists[string(name)]
	if list == nil {
		list = r.read(schema.ParseGroupResource(string(name)))
		r.lists[string(name)] = list
	}
	return list, true
}

func (r *relatives) read(to schema.GroupResource) ref.Val {
	all, more := r.of.cluster.Related(r.of.of, to, mostRelated)
	if more {
		return types.NewErr("related[%q]: it has more than %d of them, which is what a rule may look at", to, mostRelated)
	}
	list := make([]ref.Val, len(all))
	for i, text := range all {
		list[i] = newObject(text)
	}
	return types.DefaultTypeAdapter.NativeToValue(list)
}

// Get is Find: of each type there may be some.
func (r *relatives) Get(key ref.Val) ref.Val {
	list, ok := r.Find(key)
	if !ok {
		return types.NewErr("no such key: %v", key)
	}
	return list
}

// Contains tells that a type may be asked for.
func (r *relatives) Contains(key ref.Val) ref.Val {
	_, ok := r.Find(key)
	return types.Bool(ok)
}
