package signals

import (
	"errors"
	"fmt"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"k8s.io/apimachinery/pkg/util/version"
	"k8s.io/apiserver/pkg/cel/environment"
)

// The names that expressions know. Those of a change are variables of their own, so that one that there is not is found when a rule is read.
const (
	objectName    = "object"
	oldName       = "old"
	relatedName   = "related"
	nowName       = "now"
	changeType    = "change.type"
	changeManager = "change.manager"
	changePaths   = "change.paths"
	changePrefix  = "change."
	variables     = "variables."
)

// newEnvironment makes the environment of rules.
func newEnvironment() (*cel.Env, error) {
	return environmentWith(
		cel.Variable(objectName, cel.DynType),
		cel.Variable(oldName, cel.DynType),
		cel.Variable(relatedName, cel.MapType(cel.StringType, cel.ListType(cel.DynType))),
		cel.Variable(nowName, cel.TimestampType),
		cel.Variable(changeType, cel.StringType),
		cel.Variable(changeManager, cel.StringType),
		cel.Variable(changePaths, cel.ListType(cel.StringType)),
	)
}

// environmentWith makes Kubernetes' own environment of CEL, of the version that this program's libraries are, with our variables. It takes
// milliseconds.
func environmentWith(ours ...cel.EnvOption) (*cel.Env, error) {
	latest := version.MajorMinor(1, 37)
	set, err := environment.MustBaseEnvSet(latest).Extend(environment.VersionedOptions{IntroducedVersion: latest, EnvOptions: ours})
	if err != nil {
		return nil, fmt.Errorf("making the environment of expressions: %w", err)
	}
	return set.NewExpressionsEnv(), nil
}

// expression is one that was compiled.
type expression struct {
	program cel.Program
	result  *cel.Type
	reads   reads
	// always tells that it is the word true.
	always bool
}

// fault is what is wrong with an expression, and where in its text: line and column from 0.
type fault struct {
	message      string
	line, column int
}

// compile compiles an expression that gives a value of a type; any will do for dyn.
func compile(env *cel.Env, source string, result *cel.Type) (*expression, *fault) {
	ast, issues := env.Compile(source)
	if issues.Err() != nil {
		first := issues.Errors()[0]
		return nil, &fault{first.Message, first.Location.Line() - 1, first.Location.Column()}
	}
	is := ast.OutputType()
	if result != cel.DynType && !result.IsExactType(is) && is != cel.DynType {
		return nil, &fault{message: fmt.Sprintf("it gives %s, wanted is %s", is, result)}
	}
	program, err := env.Program(ast)
	if err != nil {
		return nil, &fault{message: err.Error()}
	}
	return &expression{program: program, result: is, reads: readsOf(ast.NativeRep().Expr()), always: strings.TrimSpace(source) == "true"}, nil
}

var errNoBool = errors.New("it gives neither true nor false")

// holds tells whether an expression is true.
func (e *expression) holds(on cel.Activation) (bool, error) {
	value, _, err := e.program.Eval(on)
	if err != nil {
		return false, err
	}
	held, ok := value.(types.Bool)
	if !ok {
		return false, errNoBool
	}
	return bool(held), nil
}
