package workspace

import (
	"slices"
	"time"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/health"
	"github.com/dogwatch/dogwatch/model/jsonscan"
	"github.com/dogwatch/dogwatch/model/noise"
	"github.com/dogwatch/dogwatch/model/relation"
	"github.com/dogwatch/dogwatch/model/timeline"
	"github.com/dogwatch/dogwatch/model/why"
)

// reasoner finds out why an object is as it is, now or at a past moment. It is for one goroutine at a time.
type reasoner struct {
	near     *kin
	timeline *timeline.Timeline // nil where nothing is remembered
	judge    *noise.Judge
	logs     map[relation.ID]*why.Log
}

func (w *Workspace) newReasoner(near *kin, changes *timeline.Timeline) reasoner {
	r := reasoner{near: near, timeline: changes, logs: map[relation.ID]*why.Log{}}
	if w.noise != nil {
		r.judge = w.noise.NewJudge()
	}
	return r
}

// world is what is known, but for Events and changes.
func (r *reasoner) world(rules func() (*health.Rules, error), absent func(relation.ID) why.Presence) (*why.World, error) {
	judged, err := rules()
	if err != nil {
		return nil, err
	}
	w := &why.World{Graph: r.near.graph, Absent: absent}
	w.Explain = func(of relation.Type, o *model.Object) health.Finding {
		text, err := o.JSON()
		if err != nil {
			return health.Finding{Health: o.Health}
		}
		return judged.Explain(of.GroupKind()).Of(jsonscan.Object{Text: text}, o.Written)
	}
	return w, nil
}

// changes are those of an object up to a moment, zero for the present, of a type whose changes are remembered since another one, and since when all are known. Zero is that
// none are.
func (r *reasoner) changes(it relation.Item, until, remembered time.Time) (changes []why.Change, since time.Time) {
	log := r.logs[it.ID]
	if log == nil {
		log = &why.Log{}
		r.logs[it.ID] = log
	}
	of := why.Logged{
		Timeline: r.timeline, Judge: r.judge, Cluster: r.near.of.Cluster, Type: it.ID.Type, Key: it.ID.Key,
		IsOwned: len(r.near.graph.Links(it.ID).Owners) > 0, Until: until,
	}
	if it.Object != nil {
		of.UID = it.Object.UID
	}
	changes, since = log.Read(of)
	if remembered.IsZero() || remembered.After(since) {
		since = remembered
	}
	return changes, since
}

// below are the types of what an object may own or select.
func (r *reasoner) below(step *why.Step) []relation.Type {
	var below []relation.Type
	for _, gk := range r.near.rules.Owned(step.Of.GroupKind()) {
		if of, ok := r.near.served.Find(gk); ok {
			below = append(below, of)
		}
	}
	for _, s := range r.near.graph.Links(step.ID).Selectors {
		if !slices.Contains(below, s.To) {
			below = append(below, s.To)
		}
	}
	return below
}

// warningsOf are the warnings among Events.
func warningsOf(events []Event) []why.Event {
	var warnings []why.Event
	for _, e := range events {
		if e.Type == "Warning" {
			warnings = append(warnings, why.Event{Reason: e.Reason, Message: e.Message, Source: e.Source, Count: e.Count, Last: e.Last})
		}
	}
	return warnings
}
