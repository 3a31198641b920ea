package signals

import (
	"slices"
	"strings"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"

	"github.com/dogwatch/dogwatch/model/change"
)

// reads is what an expression looks at.
type reads struct {
	// paths are of the object and its old version. An empty one is all of it.
	paths [][]string
	// names are the variables, of ours and of the rule.
	names map[string]bool
	// related are the types of related objects; anyRelated tells that it looks for types that are not spelled out.
	related    []string
	anyRelated bool
	// ofUser tells that it looks at who makes a request.
	ofUser bool
}

// readsOf finds out what an expression reads.
func readsOf(e ast.Expr) reads {
	r := reads{names: map[string]bool{}}
	r.walk(e)
	return r
}

// walk goes through an expression. Selections are looked at as far as they go: object.status.phase is one path.
func (r *reads) walk(e ast.Expr) {
	if root, path, ok := chain(e); ok {
		r.add(root, path)
		return
	}
	switch e.Kind() {
	case ast.SelectKind:
		r.walk(e.AsSelect().Operand())
	case ast.CallKind:
		if call := e.AsCall(); call.IsMemberFunction() {
			r.walk(call.Target())
		}
		r.walkAll(e.AsCall().Args())
	case ast.ListKind:
		r.walkAll(e.AsList().Elements())
	case ast.MapKind:
		for _, entry := range e.AsMap().Entries() {
			r.walk(entry.AsMapEntry().Key())
			r.walk(entry.AsMapEntry().Value())
		}
	case ast.StructKind:
		for _, field := range e.AsStruct().Fields() {
			r.walk(field.AsStructField().Value())
		}
	case ast.ComprehensionKind:
		c := e.AsComprehension()
		r.walkAll([]ast.Expr{c.IterRange(), c.AccuInit(), c.LoopCondition(), c.LoopStep(), c.Result()})
	}
}

func (r *reads) walkAll(all []ast.Expr) {
	for _, e := range all {
		r.walk(e)
	}
}

func (r *reads) add(root string, path []string) {
	r.names[root] = true
	switch root {
	case objectName, oldName, oldObjectName: // the last is the object itself, of a policy that is about updates
		r.paths = append(r.paths, path)
	case requestName:
		r.ofUser = r.ofUser || len(path) == 0 || path[0] == "userInfo"
	case relatedName:
		if len(path) == 0 {
			r.anyRelated = true
		} else if !slices.Contains(r.related, path[0]) {
			r.related = append(r.related, path[0])
		}
	}
}

// chain reads a row of selections: the variable that it begins at, and the names that it goes on with.
func chain(e ast.Expr) (root string, path []string, ok bool) {
	var inner ast.Expr
	var name string
	switch e.Kind() {
	case ast.IdentKind:
		return strings.TrimPrefix(e.AsIdent(), "."), nil, true
	case ast.SelectKind:
		inner, name = e.AsSelect().Operand(), e.AsSelect().FieldName()
	case ast.CallKind:
		call := e.AsCall()
		if !slices.Contains([]string{operators.Index, operators.OptIndex, operators.OptSelect}, call.FunctionName()) || len(call.Args()) != 2 {
			return "", nil, false
		}
		literal, isText := literalText(call.Args()[1])
		if !isText {
			return "", nil, false
		}
		inner, name = call.Args()[0], literal
	default:
		return "", nil, false
	}
	root, path, ok = chain(inner)
	return root, append(path, name), ok
}

func literalText(e ast.Expr) (string, bool) {
	if e.Kind() != ast.LiteralKind {
		return "", false
	}
	text, ok := e.AsLiteral().(types.String)
	return string(text), ok
}

// merge adds what another expression reads.
func (r *reads) merge(other reads) {
	if r.names == nil {
		r.names = map[string]bool{}
	}
	for name := range other.names {
		r.names[name] = true
	}
	r.paths = append(r.paths, other.paths...)
	r.anyRelated = r.anyRelated || other.anyRelated
	r.ofUser = r.ofUser || other.ofUser
	for _, of := range other.related {
		if !slices.Contains(r.related, of) {
			r.related = append(r.related, of)
		}
	}
}

// readsChange tells whether it looks at what is true of a change only.
func (r *reads) readsChange() bool {
	return r.names[changeType] || r.names[changeManager] || r.names[changePaths]
}

// touches tells whether what changed is a part of what is read, or what is read a part of what changed.
func touches(paths [][]string, steps []change.Step) bool {
	return slices.ContainsFunc(paths, func(path []string) bool {
		for i, name := range path {
			if i >= len(steps) || !steps[i].IsMember() {
				return true // an element of a list that is read with a name is an odd expression: it is left to CEL
			}
			if steps[i].Member != name {
				return false
			}
		}
		return true
	})
}
