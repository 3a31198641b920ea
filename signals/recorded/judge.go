package recorded

import (
	"bytes"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/change"
	"github.com/dogwatch/dogwatch/model/jsonscan"
	"github.com/dogwatch/dogwatch/model/relation"
	"github.com/dogwatch/dogwatch/model/signal"
	"github.com/dogwatch/dogwatch/model/timeline"
	"github.com/dogwatch/dogwatch/replay/recording"
	"github.com/dogwatch/dogwatch/signals"
	"github.com/dogwatch/dogwatch/signals/admission"
)

// Judge applies rules to a recording whose lines come one after the other: a recorder may write to it. It is for one goroutine at a time.
type Judge struct {
	*objects
	engine   *signals.Engine
	differ   change.Differ
	managers change.Managers
	fields   timeline.Record
	// state is what a segment begins with, nil behind it.
	state *state
	// scopes are what of each type is watched. fresh are the types of which other objects are watched than before: those that are there when
	// the state comes were there all the time, and those that are not may well be.
	scopes map[schema.GroupResource][]recording.Scope
	fresh  map[schema.GroupResource]bool
	// covered are the types that were recorded at some time.
	covered coverage
	begun   bool
	last    time.Time // that was told to the engine
	broken  []error
	// policies are the cluster's own, nil where they are not judged.
	policies *admission.Policies
	rules    Rules
	wanted   signal.Wanted
}

// state is the complete state that a segment begins with.
type state struct {
	at time.Time
	// isFound tells that nothing is known of the time before: what was due in it is to be judged by how all is then.
	isFound bool
	missing int // of its objects
	present map[relation.ID]bool
}

// Rules are those that a Judge applies.
type Rules struct {
	// Own are the user's, Builtin those that dogwatch comes with.
	Own, Builtin []*signals.Rule
	// ClusterPolicies has the cluster's own ValidatingAdmissionPolicies judge what there is, too.
	ClusterPolicies bool
}

// Names are those of the rules, without the cluster's own policies.
func (r Rules) Names() []string {
	var all []string
	for _, rule := range slices.Concat(r.Own, r.Builtin) {
		all = append(all, rule.Name)
	}
	return all
}

// NewJudge makes a Judge that has seen nothing. What the rules find it tells to tell, in the order of time.
func NewJudge(rules Rules, tell func(signals.Signal)) (*Judge, error) {
	j := &Judge{fresh: map[schema.GroupResource]bool{}, covered: coverage{}, rules: rules, wanted: signal.Wanted{Builtin: names(typesOf(rules.Builtin))}}
	var err error
	if j.objects, err = newObjects(func() time.Time { return j.last }); err != nil {
		return nil, err
	}
	j.engine = signals.New(slices.Concat(rules.Own, rules.Builtin), j.objects, tell)
	if rules.ClusterPolicies {
		j.policies = admission.New(j.objects)
	}
	j.noteWanted()
	return j, nil
}

// SetOwn has these rules of the user's judge what there is, from a moment on, instead of those before: signals.Engine.SetRules says how.
func (j *Judge) SetOwn(rules []*signals.Rule, at time.Time) {
	j.rules.Own = rules
	j.noteWanted()
	j.engine.SetRules(slices.Concat(rules, j.rules.Builtin), j.at(at))
}

// Open gives the signals that are open, as signals.Engine.Open does.
func (j *Judge) Open() []signals.Signal { return j.engine.Open() }

// Complete tells that all is taken in that was there at the beginning, of the first segment or of a later one.
func (j *Judge) Complete() bool { return j.begun && j.state == nil }

// Tick lets time go on to a moment at which nothing changed.
func (j *Judge) Tick(now time.Time) { j.engine.Tick(j.at(now)) }

// at keeps time from going back, which it may by a moment where lines come from several watches.
func (j *Judge) at(t time.Time) time.Time {
	if t.After(j.last) {
		j.last = t
	}
	return j.last
}

// Begin takes in the beginning of a segment: all that is present follows.
func (j *Judge) Begin(h recording.Header) error {
	if err := j.complete(); err != nil { // one that broke off
		return err
	}
	j.covered.serve(h.Types)
	j.serveMore(h.Types)
	j.state = &state{at: h.At, isFound: j.begun && !h.Continues, missing: h.Objects, present: map[relation.ID]bool{}}
	j.begun = true
	if j.state.isFound {
		j.engine.Leap(justAfter(h.At))
	}
	err := j.completeIf(h.Objects == 0)
	j.applyPolicies(h.At)
	return err
}

// justAfter is when what was due is judged anew once the state of a moment is known.
func justAfter(moment time.Time) time.Time { return moment.Add(time.Nanosecond) }

// Write takes in a line of a segment.
func (j *Judge) Write(e recording.Entry) error {
	j.covered.note(&e)
	err := j.write(e)
	j.applyPolicies(e.At)
	return err
}

func (j *Judge) write(e recording.Entry) error {
	switch e.Kind {
	case recording.Present:
		if err := j.take(&e); err != nil || j.state == nil {
			return err
		}
		j.state.missing--
		return j.completeIf(j.state.missing == 0)
	case recording.Added, recording.Modified, recording.Deleted:
		if err := j.complete(); err != nil {
			return err
		}
		j.Tick(e.At.Add(-time.Nanosecond)) // what was due before is judged by how all was before
		return j.take(&e)
	case recording.Served:
		if err := j.complete(); err != nil {
			return err
		}
		j.serveMore(e.Types)
		for _, id := range j.all() {
			if !j.serves(id.Type) {
				if err := j.remove(id, e.At, true); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// Flush has nothing to do: all that was written is judged.
func (j *Judge) Flush() error { return nil }

// serveMore takes in which types are served, and which of them are fresh.
func (j *Judge) serveMore(all []recording.Type) {
	before := j.scopes
	j.serve(all)
	if j.policies != nil {
		j.policies.Serve()
	}
	j.scopes = map[schema.GroupResource][]recording.Scope{}
	for _, t := range all {
		gvr, err := t.Name.Resource()
		if err != nil {
			continue
		}
		gr := gvr.GroupResource()
		j.scopes[gr] = t.Scopes
		if scopes, known := before[gr]; !known || !slices.Equal(scopes, t.Scopes) {
			j.fresh[gr] = true
		}
	}
}

func (j *Judge) completeIf(is bool) error {
	if !is {
		return nil
	}
	return j.complete()
}

// complete ends the state that a segment begins with: what it lacks went unseen.
func (j *Judge) complete() error {
	s := j.state
	if s == nil {
		return nil
	}
	j.state = nil
	for _, id := range j.all() {
		if !s.present[id] {
			if err := j.remove(id, s.at, j.fresh[id.Type] || !j.serves(id.Type)); err != nil {
				return err
			}
		}
	}
	clear(j.fresh)
	if s.isFound {
		j.Tick(justAfter(s.at))
	}
	return nil
}

// take takes in what is told of an object.
func (j *Judge) take(e *recording.Entry) error {
	gvr, err := e.Type.Resource()
	if err != nil {
		return err
	}
	if served, ok := j.served[gvr.GroupResource()]; ok && served.GVR != gvr { // the same objects in another version
		return nil
	}
	path := change.Path("metadata.managedFields").Steps()
	text := bytes.Clone(e.Object)
	managed := bytes.Clone(change.Find(text, path))
	text = change.Remove(text, path)
	id := relation.ID{Type: gvr.GroupResource(), Key: model.Key{Namespace: member(text, "namespace"), Name: member(text, "name")}}
	if j.state != nil {
		j.state.present[id] = true
	}
	if e.Kind != recording.Deleted {
		return j.change(id, e.At, text, managed)
	}
	if !j.knows(id) {
		return nil
	}
	j.put(id, text, managed)
	return j.remove(id, e.At, j.mayHaveLeft(id.Type, text))
}

// mayHaveLeft tells that an object that is told to be deleted may be there yet, and only be selected no longer: all watches of its type have selectors, and it
// was not about to be deleted.
func (j *Judge) mayHaveLeft(of schema.GroupResource, text []byte) bool {
	scopes := j.scopes[of]
	isWhole := func(s recording.Scope) bool { return s.LabelSelector == "" && s.FieldSelector == "" }
	return len(scopes) > 0 && !slices.ContainsFunc(scopes, isWhole) && change.Find(text, deletionTimestamp.Steps()) == nil
}

// deletionTimestamp is there while an object is being deleted.
const deletionTimestamp = change.Path("metadata.deletionTimestamp")

// change gives the engine what came or changed.
func (j *Judge) change(id relation.ID, at time.Time, text, managed []byte) error {
	old, err := j.read(id)
	if err != nil {
		return err
	}
	if old != nil && member(old, "uid") != member(text, "uid") { // another object of that name
		if err := j.remove(id, at, false); err != nil {
			return err
		}
		old = nil
	}
	if bytes.Equal(old, text) {
		return nil
	}
	j.put(id, text, managed)
	j.notePolicy(id, text)
	if old != nil && isInOtherForm(old, text) {
		return nil
	}
	c := signals.Change{At: j.at(at), Of: id, UID: types.UID(member(text, "uid")), Type: model.Updated, Old: old, New: text}
	if old == nil {
		c.Type, c.Initial = model.Added, j.state != nil && j.fresh[id.Type]
		c.By = j.managers.Creator(managed)
		j.engine.Take(&c)
		return nil
	}
	j.fields.Old, j.fields.New = member(old, "resourceVersion"), member(text, "resourceVersion")
	j.fields.SetFields(j.differ.DiffManaged(jsonscan.Object{Text: old}, jsonscan.Object{Text: text}, managed, &j.managers))
	c.Fields = j.fields.Fields
	if c.Relinked = j.mayRelink(c.Fields); c.Relinked {
		c.Left = j.left(id)
		j.relink(id)
	}
	j.engine.Take(&c)
	return nil
}

// remove tells that an object is gone, or is not looked at any more.
func (j *Judge) remove(id relation.ID, at time.Time, unknown bool) error {
	last, err := j.read(id)
	if err != nil {
		return err
	}
	left := j.left(id)
	j.drop(id)
	j.notePolicy(id, nil)
	j.engine.Take(&signals.Change{At: j.at(at), Of: id, UID: types.UID(member(last, "uid")), Type: model.Deleted, Unknown: unknown, New: last, Left: left})
	return nil
}

// left are those that an object is about to be related to no longer, where that makes a difference.
func (j *Judge) left(id relation.ID) []relation.ID {
	if !j.engine.LooksAtRelated() {
		return nil
	}
	return j.Relating(id)
}

// isInOtherForm tells that an object is told anew in another version of its type, and did not change.
func isInOtherForm(old, text []byte) bool {
	apiVersion := []change.Step{{Member: "apiVersion"}}
	if bytes.Equal(change.Find(old, apiVersion), change.Find(text, apiVersion)) { // as nearly always
		return false
	}
	version := member(text, "resourceVersion")
	return version != "" && version == member(old, "resourceVersion")
}

// member reads a text of the metadata.
func member(text []byte, name string) string {
	return string(jsonscan.Text(change.Find(text, []change.Step{{Member: "metadata"}, {Member: name}})))
}
