package setup

import (
	"fmt"
	"reflect"
	"regexp"
	"runtime"
	"time"
)

// crashReport is what a developer needs to find the fault, and nothing of a cluster: no state of the program, no command
// line, and of panic and stack only what the program's text decides.
func crashReport(value any, stack []byte) []byte {
	return fmt.Appendf(nil, "%s\ndogwatch %s, %s, %s/%s\n\npanic: %s\n\n%s", time.Now().Format(time.RFC3339), Version(),
		runtime.Version(), runtime.GOOS, runtime.GOARCH, panicText(value), withoutArguments(stack))
}

// panicText is what a panic says, if it cannot be text of a cluster: the runtime's own errors tell types, numbers and
// constants.
func panicText(value any) string {
	switch value := value.(type) {
	case runtime.Error:
		return value.Error()
	case *reflect.ValueError:
		return value.Error()
	default:
		return fmt.Sprintf("a value of type %T, whose text may be of the cluster and is left out", value)
	}
}

// frameArguments are those of a function in a stack. They are numbers, but numbers may be the bytes of a value.
var frameArguments = regexp.MustCompile(`(?m)^(\S.*)\([^()]*\)$`)

// withoutArguments leaves of a stack where it was, not with what.
func withoutArguments(stack []byte) []byte {
	return frameArguments.ReplaceAll(stack, []byte("$1(...)"))
}
