package signals

import (
	"fmt"
	"reflect"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
	utiljson "k8s.io/apimachinery/pkg/util/json"

	"github.com/dogwatch/dogwatch/model/change"
)

// object is an object's JSON as CEL sees it: a map. Members are read when they are asked for, once, since most rules look into one of few.
type object struct {
	text    []byte
	members map[string]ref.Val
	all     traits.Mapper
}

var _ traits.Mapper = (*object)(nil)

// newObject makes the value of an object's JSON, null where there is none.
func newObject(text []byte) ref.Val {
	if text == nil {
		return types.NullValue
	}
	return &object{text: text}
}

// decoded reads JSON as Kubernetes does: whole numbers are integers.
func decoded(text []byte) ref.Val {
	var value any
	if err := utiljson.Unmarshal(text, &value); err != nil {
		return types.NewErr("reading the object: %v", err)
	}
	return types.DefaultTypeAdapter.NativeToValue(value)
}

// Find reads a member.
func (o *object) Find(key ref.Val) (ref.Val, bool) {
	name, ok := key.(types.String)
	if !ok {
		return nil, false
	}
	if value, ok := o.members[string(name)]; ok {
		return value, value != nil
	}
	var value ref.Val
	if text := change.Find(o.text, []change.Step{{Member: string(name)}}); text != nil {
		value = decoded(text)
	}
	if o.members == nil {
		o.members = map[string]ref.Val{}
	}
	o.members[string(name)] = value
	return value, value != nil
}

// whole reads all of it, for the few that ask for more than members.
func (o *object) whole() traits.Mapper {
	if o.all == nil {
		all, ok := decoded(o.text).(traits.Mapper)
		if !ok {
			all = types.NewStringInterfaceMap(types.DefaultTypeAdapter, nil)
		}
		o.all = all
	}
	return o.all
}

// Get gives a member, or an error.
func (o *object) Get(key ref.Val) ref.Val {
	if value, ok := o.Find(key); ok {
		return value
	}
	return types.NewErr("no such key: %v", key)
}

// Contains tells whether there is a member.
func (o *object) Contains(key ref.Val) ref.Val {
	value, ok := o.Find(key)
	if value != nil && types.IsUnknownOrError(value) {
		return value
	}
	return types.Bool(ok)
}

// ConvertToNative gives the object as a Go value.
func (o *object) ConvertToNative(to reflect.Type) (any, error) {
	value, err := o.whole().ConvertToNative(to)
	if err != nil {
		return nil, fmt.Errorf("converting an object: %w", err)
	}
	return value, nil
}

// ConvertToType gives the object as another type of CEL.
func (o *object) ConvertToType(to ref.Type) ref.Val { return o.whole().ConvertToType(to) }

// Equal compares with another value.
func (o *object) Equal(other ref.Val) ref.Val {
	if same, ok := other.(*object); ok {
		other = same.whole()
	}
	return o.whole().Equal(other)
}

// Iterator steps through the members' names.
func (o *object) Iterator() traits.Iterator { return o.whole().Iterator() }

// Size counts the members.
func (o *object) Size() ref.Val { return o.whole().Size() }

// Type says that it is a map.
func (o *object) Type() ref.Type { return types.MapType }

// Value gives the Go value.
func (o *object) Value() any { return o.whole().Value() }
