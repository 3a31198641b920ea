package signals

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
)

// Filters compile Filters. Their methods are safe for concurrent use.
type Filters struct{ env *cel.Env }

// NewFilters makes Filters. It takes milliseconds.
func NewFilters() (*Filters, error) {
	env, err := environmentWith(cel.Variable(objectName, cel.DynType), cel.Variable(nowName, cel.TimestampType))
	if err != nil {
		return nil, err
	}
	return &Filters{env}, nil
}

// Filter tells of an object whether it is wanted. It is never changed, and safe for concurrent use.
type Filter struct{ program cel.Program }

// Compile reads an expression, which knows "object" and "now". Its error says at which column the expression is wrong, and what CEL says of that.
func (f *Filters) Compile(source string) (*Filter, error) {
	e, fault := compile(f.env, source, cel.BoolType)
	if fault == nil {
		return &Filter{e.program}, nil
	}
	place := fmt.Sprintf("column %d", max(fault.column, 0)+1)
	if strings.Contains(strings.TrimSpace(source), "\n") {
		place = fmt.Sprintf("line %d, %s", fault.line+1, place)
	}
	return nil, fmt.Errorf("%s: %s", place, fault.message)
}

// errTooDear is of an expression that takes more for one object than Kubernetes allows.
var errTooDear = errors.New("it costs more for one object than Kubernetes allows")

// Takes tells whether an object's JSON is wanted, what it cost to find out, in CEL's units, and why that cannot be told.
func (f *Filter) Takes(object []byte, now time.Time) (takes bool, cost uint64, err error) {
	value, details, err := f.program.Eval(&filtered{newObject(object), types.Timestamp{Time: now}})
	if c := details.ActualCost(); c != nil {
		cost = *c
	}
	if err != nil {
		if strings.Contains(err.Error(), "cost limit exceeded") {
			err = errTooDear
		}
		return false, cost, err
	}
	held, ok := value.(types.Bool)
	if !ok {
		return false, cost, errNoBool
	}
	return bool(held), cost, nil
}

// filtered is what a filter sees.
type filtered struct {
	object ref.Val
	now    ref.Val
}

var _ cel.Activation = (*filtered)(nil)

// Parent says that there is nothing behind it.
func (*filtered) Parent() cel.Activation { return nil }

// ResolveName gives a variable.
func (f *filtered) ResolveName(name string) (any, bool) {
	switch name {
	case objectName:
		return f.object, true
	case nowName:
		return f.now, true
	}
	return nil, false
}
