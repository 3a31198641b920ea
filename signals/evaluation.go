package signals

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/dogwatch/dogwatch/model/relation"
)

// moment is what the expressions of all rules see of one change, or of an object at a time: read when it is asked for, and once.
type moment struct {
	at      time.Time
	of      relation.ID
	new     ref.Val
	old     ref.Val
	change  *Change // nil where nothing changed
	cluster Cluster
	related *relatives
}

func (e *Engine) momentOf(c *Change) *moment {
	return &moment{at: c.At, of: c.Of, new: newObject(c.New), old: newObject(c.Old), change: c, cluster: e.cluster}
}

// evaluation is the moment as one rule sees it.
type evaluation struct {
	*moment
	rule      *Rule
	variables map[string]ref.Val
}

var _ cel.Activation = (*evaluation)(nil)

// Parent says that there is nothing behind it.
func (*evaluation) Parent() cel.Activation { return nil }

// ResolveName gives a variable.
func (v *evaluation) ResolveName(name string) (any, bool) {
	switch name {
	case objectName:
		return v.new, true
	case oldName:
		return v.old, true
	case nowName:
		return types.Timestamp{Time: v.at}, true
	case relatedName:
		return v.relatives(), true
	case changeType, changeManager, changePaths:
		return v.ofChange(name), true
	}
	if strings.HasPrefix(name, variables) {
		return v.variable(name)
	}
	return v.ofAdmission(name)
}

func (v *evaluation) variable(name string) (any, bool) {
	if value, ok := v.variables[name]; ok {
		return value, true
	}
	e := v.rule.variables[name]
	if e == nil {
		return nil, false
	}
	value, _, err := e.program.Eval(v)
	if err != nil {
		value = types.WrapErr(err)
	}
	if v.variables == nil {
		v.variables = map[string]ref.Val{}
	}
	v.variables[name] = value
	return value, true
}

func (v *evaluation) ofChange(name string) ref.Val {
	c := v.change
	if c == nil {
		return types.NewErr("nothing changed")
	}
	switch name {
	case changeType:
		return types.String(watchType(c.Type))
	case changeManager:
		return types.String(c.manager().Name)
	}
	paths := make([]string, len(c.Fields))
	for i := range c.Fields {
		paths[i] = string(c.Fields[i].Path)
	}
	return types.NewStringList(types.DefaultTypeAdapter, paths)
}

// says gives the message.
func (v *evaluation) says(message []part) (string, error) {
	var b strings.Builder
	for _, p := range message {
		if p.expression == nil {
			b.WriteString(p.text)
			continue
		}
		value, _, err := p.program.Eval(v)
		if err != nil {
			return b.String(), fmt.Errorf("message: %w", err)
		}
		b.WriteString(inWords(value))
	}
	return strings.TrimSpace(b.String()), nil
}

// inWords gives a value for people: a list's elements with commas, a map's names, and nothing of an optional one that there is not.
func inWords(value ref.Val) string {
	switch value := value.(type) {
	case *types.Optional:
		if !value.HasValue() {
			return ""
		}
		return inWords(value.GetValue())
	case types.String:
		return string(value)
	case types.Duration:
		return value.String()
	case traits.Lister, traits.Mapper:
		var all []string
		for it := value.(traits.Iterable).Iterator(); it.HasNext() == types.True; {
			all = append(all, inWords(it.Next()))
		}
		if _, isMap := value.(traits.Mapper); isMap {
			slices.Sort(all)
		}
		return strings.Join(all, ", ")
	}
	if text, ok := value.ConvertToType(types.StringType).(types.String); ok {
		return string(text)
	}
	return fmt.Sprint(value.Value())
}

// values gives the fields, without those that are optional values that there are not.
func (v *evaluation) values(fields []field) (map[string]any, error) {
	if len(fields) == 0 {
		return nil, nil
	}
	all := map[string]any{}
	for _, f := range fields {
		value, _, err := f.program.Eval(v)
		if err != nil {
			return all, fmt.Errorf("field %s: %w", f.name, err)
		}
		if maybe, ok := value.(*types.Optional); ok && !maybe.HasValue() {
			continue
		}
		json, err := value.ConvertToNative(reflect.TypeFor[*structpb.Value]())
		if err != nil {
			return all, fmt.Errorf("field %s: %w", f.name, err)
		}
		all[f.name] = json.(*structpb.Value).AsInterface()
	}
	return all, nil
}
