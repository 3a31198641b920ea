package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dogwatch/dogwatch/cluster"
	"github.com/dogwatch/dogwatch/signals/recorded"
)

// mostMeant is how many types are offered in place of one.
const mostMeant = 3

// lacking says of which types rules find nothing, for the recording does not have them: a rule that can find nothing looks like one that finds all to be well. Each
// of the user's rules is named, those that dogwatch comes with are counted, and the cluster's policies are said as one.
func lacking(judge *recorded.Judge, rules recorded.Rules) []string {
	known := judge.Recorded()
	var lines []string
	for _, l := range judge.Lacking(rules.Own) {
		lines = append(lines, lackingOf(&l, known))
	}
	var missing []string
	builtin := judge.Lacking(rules.Builtin)
	for _, l := range builtin {
		missing = append(missing, unseen(slices.Concat(l.Types, l.Related), nil)...)
	}
	if len(missing) > 0 {
		lines = append(lines, fmt.Sprintf("%d of the %d rules that dogwatch comes with %s", len(builtin), len(rules.Builtin), notRecorded(missing)))
	}
	missing = slices.DeleteFunc(slices.Clone(judge.Wanted().Policies), func(name string) bool { return slices.Contains(known, name) })
	if len(missing) > 0 {
		lines = append(lines, "the cluster's own policies "+notRecorded(missing))
	}
	return lines
}

// notRecorded says what nobody finds anything of.
func notRecorded(types []string) string {
	slices.Sort(types)
	return "find nothing of types that the recording does not have; record them, too: " + strings.Join(slices.Compact(types), ", ")
}

// lackingOf says of a rule what it does not find, and what to do.
func lackingOf(l *recorded.Lacking, known []string) string {
	finds := "finds nothing"
	switch {
	case len(l.Types) == 0:
		finds = "finds no related objects of a type"
	case len(l.Types) < len(l.Rule.Types):
		finds = "finds nothing of a type"
	}
	return fmt.Sprintf("rule %s %s: the recording does not have %s; record what is missing, too, or name it as it was recorded",
		l.Rule.Name, finds, strings.Join(unseen(slices.Concat(l.Types, l.Related), known), ", "))
}

// unseen names types, with why nothing was seen of them, or which of those that are known may be meant.
func unseen(types []recorded.Unseen, known []string) []string {
	var all []string
	for _, t := range types {
		name := t.Type.String()
		if t.Reason != "" {
			name += " (" + t.Reason + ")"
		} else if meant := cluster.Nearest(t.Type.Resource, known, mostMeant); len(meant) > 0 {
			name += " (" + strings.Join(meant, ", ") + "?)"
		}
		all = append(all, name)
	}
	return all
}
