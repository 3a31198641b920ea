package recorded

import (
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/replay/recording"
	"github.com/dogwatch/dogwatch/signals"
)

// Lacking is a rule that names types of which a recording has nothing.
type Lacking struct {
	Rule *signals.Rule
	// Types are among those that the rule is about, Related among those of related objects that it looks at.
	Types, Related []Unseen
}

// Unseen is a type of which a recording has nothing.
type Unseen struct {
	Type schema.GroupResource
	// Reason is why its watch was never live; empty where it was not recorded.
	Reason string
}

// coverage is which types were recorded, and how.
type coverage map[schema.GroupResource]*covered

type covered struct {
	isSeen bool
	reason string // why its watch was not live; empty while none was told
}

// serve takes in which types are recorded from now on.
func (c coverage) serve(all []recording.Type) {
	for _, t := range all {
		if gvr, err := t.Name.Resource(); err == nil && c[gvr.GroupResource()] == nil {
			c[gvr.GroupResource()] = &covered{}
		}
	}
}

// note takes in a line of a segment.
func (c coverage) note(e *recording.Entry) {
	switch e.Kind {
	case recording.Served:
		c.serve(e.Types)
		return
	case recording.Present, recording.Added, recording.Modified, recording.Deleted, recording.Watch:
	default:
		return
	}
	gvr, err := e.Type.Resource()
	if err != nil {
		return
	}
	of := c[gvr.GroupResource()]
	switch {
	case of == nil:
	case e.Kind == recording.Watch && !e.Live:
		of.reason = e.Reason
	default:
		of.isSeen = true
	}
}

// unseen gives those of some types of which there is nothing.
func (c coverage) unseen(types []schema.GroupResource) []Unseen {
	var all []Unseen
	for _, t := range types {
		switch of := c[t]; {
		case of == nil:
			all = append(all, Unseen{Type: t})
		case !of.isSeen && of.reason != "":
			all = append(all, Unseen{t, of.reason})
		}
	}
	return all
}

// Recorded gives the names of the types that were recorded until now, in an order that is always the same.
func (j *Judge) Recorded() []string { return names(slices.Collect(maps.Keys(j.covered))) }

// Lacking gives those of some rules that name types of which nothing was recorded until now.
func (j *Judge) Lacking(rules []*signals.Rule) []Lacking {
	var all []Lacking
	for _, r := range rules {
		l := Lacking{Rule: r, Types: j.covered.unseen(r.Types), Related: j.covered.unseen(r.Related)}
		if len(l.Types)+len(l.Related) > 0 {
			all = append(all, l)
		}
	}
	return all
}
