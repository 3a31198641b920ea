package command

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/dogwatch/dogwatch/replay/playback"
)

// verb is a command by name, as opposed to a type to open. A new command is a
// new line in verbs.
type verb struct {
	names []string // the first is the one that is offered
	usage string   // its arguments
	help  string
	arg   argKind // what completion offers for the argument
	parse func(args []string) (Command, error)
}

// argKind says what may stand at a place of the line.
type argKind uint8

const (
	argNone argKind = iota
	argType
	argWatchedType
	argObject // its type and name, and -n with its namespace
	argNamespace
	argOneNamespace // not all of them
	argContext
)

const objectUsage = "[TYPE NAME [-n NAMESPACE]]"

func verbs() []verb {
	return []verb{
		{[]string{"ns", "namespace"}, "NAME|all", "switch namespace", argNamespace, parseNamespace},
		{[]string{"ctx", "context"}, "NAME", "switch context", argContext, parseContext},
		{[]string{"drop", "close"}, "[TYPE]", "drop a tab", argWatchedType, parseDrop},
		{[]string{"retry"}, "", "try again now", argNone, nullary(Retry{})},
		{[]string{"history"}, objectUsage, "the versions of an object", argObject, ofObject(func(o Object) Command { return History{o} })},
		{[]string{"why"}, objectUsage, "why an object is not well", argObject, ofObject(func(o Object) Command { return Why{o} })},
		{[]string{"relations"}, objectUsage, "what an object relates to", argObject, ofObject(func(o Object) Command { return Relations{o} })},
		{[]string{"activity"}, "", "what went on, in all types that are watched", argNone, nullary(Activity{})},
		{[]string{"problems"}, "", "what is unhealthy, in all types that are watched", argNone, nullary(Problems{})},
		{[]string{"signals"}, "", "what rules tell of what is watched", argNone, nullary(Signals{})},
		{[]string{"heat"}, "", "how much each row changed in the last minutes, or not", argNone, nullary(Heat{})},
		{[]string{"logs"}, "", "dogwatch's own log", argNone, nullary(Logs{})},
		{[]string{"help"}, "", "keys", argNone, nullary(Help{})},
		{[]string{"quit", "q", "q!", "exit"}, "", "quit", argNone, nullary(Quit{})},
		{[]string{"record"}, "[FILE]", "record what is watched, or end that", argNone, parseRecord},
		{[]string{"at"}, "MOMENT", "jump in a recording: 1m20s, -30s, 14:02:31, end", argNone, parseAt},
		{[]string{"speed"}, "TIMES", "how fast a recording plays: 1/4 to 64", argNone, parseSpeed},
		{[]string{"pause"}, "", "stop a recording's time", argNone, nullary(Pause{})},
		{[]string{"play"}, "", "let a recording's time go on", argNone, nullary(Pause{Play: true})},
	}
}

// findVerb gives the verb that a line of words starts with. "ns" alone is not
// one: it is the short name of a type, and opens it.
func findVerb(words []string) (verb, bool) {
	if len(words) == 1 && words[0] == "ns" {
		return verb{}, false
	}
	for _, v := range verbs() {
		for _, name := range v.names {
			if words[0] == name {
				return v, true
			}
		}
	}
	return verb{}, false
}

func (v verb) synopsis() string {
	return strings.TrimSpace(v.names[0] + " " + v.usage)
}

// errUsage is wrapped with the verb's synopsis by Parse.
type errUsage struct{ reason string }

func (e errUsage) Error() string { return e.reason }

func nullary(c Command) func([]string) (Command, error) {
	return func(args []string) (Command, error) {
		if len(args) > 0 {
			return nil, errUsage{fmt.Sprintf("takes no argument, got %q", args[0])}
		}
		return c, nil
	}
}

func parseNamespace(args []string) (Command, error) {
	if len(args) != 1 {
		return nil, errUsage{"expected one namespace"}
	}
	if args[0] == allNamespaces {
		return Namespace{All: true}, nil
	}
	if err := checkNamespace(args[0]); err != nil {
		return nil, err
	}
	return Namespace{Name: args[0]}, nil
}

func parseContext(args []string) (Command, error) {
	if len(args) != 1 {
		return nil, errUsage{"expected one context of the kubeconfig"}
	}
	return Context{Name: strings.TrimPrefix(args[0], "@")}, nil
}

func parseDrop(args []string) (Command, error) {
	switch len(args) {
	case 0:
		return Drop{}, nil
	case 1:
		types, err := splitTypes(args[0])
		if err != nil {
			return nil, err
		}
		return Drop{Types: types}, nil
	default:
		return nil, errUsage{"expected at most one word of types, joined by commas"}
	}
}

func parseAt(args []string) (Command, error) {
	if len(args) != 1 {
		return nil, errUsage{"expected one moment, such as 1m20s or 14:02:31"}
	}
	moment, err := playback.ParseMoment(args[0])
	if err != nil {
		return nil, err
	}
	return At{moment}, nil
}

func parseSpeed(args []string) (Command, error) {
	usage := errUsage{fmt.Sprintf("expected a number from %g to %d, such as 4, 0.5 or 1/4", playback.MinSpeed, playback.MaxSpeed)}
	if len(args) != 1 {
		return nil, usage
	}
	word := strings.TrimSuffix(strings.TrimPrefix(args[0], "x"), "x")
	over, under, isFraction := strings.Cut(word, "/")
	times, err := strconv.ParseFloat(over, 64)
	if isFraction && err == nil {
		var by float64
		by, err = strconv.ParseFloat(under, 64)
		times /= by
	}
	if err != nil || !(times >= playback.MinSpeed && times <= playback.MaxSpeed) {
		return nil, usage
	}
	return Speed{times}, nil
}

func parseRecord(args []string) (Command, error) {
	switch len(args) {
	case 0:
		return Record{}, nil
	case 1:
		return Record{File: args[0]}, nil
	default:
		return nil, errUsage{"expected at most one file"}
	}
}
