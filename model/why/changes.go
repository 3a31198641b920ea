package why

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/noise"
	"github.com/dogwatch/dogwatch/model/relation"
	"github.com/dogwatch/dogwatch/model/timeline"
)

const (
	// mostChanges is how many changes an Answer has.
	mostChanges = 3
	// mostLogged is how many changes a Log keeps, mostLoggedBytes how much their values take together.
	mostLogged, mostLoggedBytes = 1000, 1 << 20
	// slack is by how much a change may seem to be later than what came of it: servers tell whole seconds.
	slack = 2 * time.Second
)

// changes says what changed before the trouble began.
func (w *World) changes(a *Answer) {
	if w.Changes == nil {
		return
	}
	a.Remembers = true
	began, of := w.began(a)
	a.Began = began
	for i, it := range w.changeable(a) {
		changes, since := w.Changes(it)
		switch isOnWay := i < w.onWay(a); {
		case isOnWay && since.After(a.Since):
			a.Since = since
		case isOnWay && since.IsZero() && !slices.Contains(a.Forgotten, it.Of):
			a.Forgotten = append(a.Forgotten, it.Of)
		}
		for _, c := range slices.Backward(changes) {
			if w.isBefore(&c, began, it.ID == of) {
				c.Item = it
				a.Changes = append(a.Changes, c)
				break
			}
		}
	}
	slices.SortStableFunc(a.Changes, func(x, y Change) int { return y.At.Compare(x.At) })
	limit := mostChanges
	if a.IsWell() {
		limit = 1
	}
	a.Changes = a.Changes[:min(len(a.Changes), limit)]
}

// began is when the trouble did, by the clock of changes, as the deepest step tells, and of which object that is; zero where none does, or nothing is
// wrong.
func (w *World) began(a *Answer) (began time.Time, of relation.ID) {
	if a.IsWell() {
		return time.Time{}, relation.ID{}
	}
	for _, step := range slices.Backward(a.Steps) {
		if !step.Finding.Since.IsZero() {
			return step.Finding.Since.Add(-w.Ahead), step.ID
		}
	}
	return time.Time{}, relation.ID{}
}

// isBefore tells whether a change may have led to what began at a moment; isOwn is that it is of the object that began to fail. What is done to
// that by who tells that it fails is done because of it, unless it was in a second before: a node gets its taint after it is told to be lost.
func (w *World) isBefore(c *Change, began time.Time, isOwn bool) bool {
	switch {
	case began.IsZero():
		return true
	case !isOwn || !c.ByTeller:
		return !c.At.After(began.Add(slack))
	case c.By.At > 0: // both are by the server's clock
		return c.By.At < began.Add(w.Ahead).Unix()
	}
	return c.At.Before(began)
}

// changeable are the objects whose changes may have led to the trouble: the owners of the object, the steps, and what the last of them names.
func (w *World) changeable(a *Answer) []relation.Item {
	items := w.Graph.Owners()
	add := func(it relation.Item) {
		if !slices.ContainsFunc(items, func(other relation.Item) bool { return other.ID == it.ID }) {
			items = append(items, it)
		}
	}
	var last relation.ID
	for _, step := range a.Steps {
		add(step.Item)
		if step.Object != nil {
			last = step.ID
		}
	}
	if a.IsWell() {
		return items
	}
	refs, _ := w.Graph.Leads(last, func(relation.Type, relation.ID) bool { return true })
	for _, it := range refs {
		if it.Object != nil {
			add(it)
		}
	}
	return items
}

// onWay is how many of what is changeable are owners or steps.
func (w *World) onWay(a *Answer) int { return len(w.Graph.Owners()) + len(a.Steps) - 1 }

// Log follows what changed of one object, as far as it may be the cause of something: not its status, nor noise, nor, for one that is owned,
// what is done by who keeps it, or by nobody who is named: who binds a pod to a node is not. It is for one goroutine at a time.
type Log struct {
	next    uint64
	uid     types.UID
	changes []Change
	bytes   int
	// dropped is when the last of those was that there were too many of.
	dropped time.Time
	// version is the last that was read, and what last became of the object then.
	version string
	last    model.DeltaType
	// tellers tell the object's status, makers made it. Of an object that is owned both act for the owner.
	tellers, makers map[string]bool
	until           time.Time
	reach           timeline.Reach
}

// Logged is what a Log reads.
type Logged struct {
	Timeline *timeline.Timeline
	Judge    *noise.Judge
	// Cluster and Type are the object's, Key and UID too; an empty UID stands for all that had the name.
	Cluster string
	Type    schema.GroupResource
	Key     model.Key
	UID     types.UID
	// IsOwned tells that another object owns it.
	IsOwned bool
	// Until is the moment behind which nothing counts; zero is that all does.
	Until time.Time
}

// Read gives the changes that are remembered, the newest last, and since when none is left out because there are too many; zero where that is so of none. It reads what was added
// since the last Read; the first reads all, and so does one until an earlier moment, or of another object of the name.
func (l *Log) Read(of Logged) (changes []Change, since time.Time) {
	reach := l.reach
	if undone, earlier := reach.Follow(of.Timeline); undone || earlier || of.Until.Before(l.until) || of.UID != l.uid {
		*l = Log{}
	}
	l.until, l.reach, l.uid = of.Until, reach, of.UID
	first, _ := of.Timeline.Range()
	for len(l.changes) > 0 && l.changes[0].Seq < first {
		l.drop()
	}
	for r := range of.Timeline.Forward(l.next, timeline.Filter{Key: of.Key, UID: of.UID}) {
		if !of.Until.IsZero() && r.At.After(of.Until) {
			break
		}
		l.next = r.Seq + 1
		if source, ok := of.Timeline.Source(r.Source); ok && source.Cluster == of.Cluster && source.GVR.GroupResource() == of.Type {
			l.take(&r, &of)
		}
	}
	changes = slices.Clone(l.changes)
	for i := range changes {
		changes[i].ByTeller = l.tellers[changes[i].By.Name]
	}
	if of.IsOwned {
		changes = slices.DeleteFunc(changes, func(c Change) bool {
			return c.Type == model.Added || c.Type == model.Updated && (c.By.Name == "" || c.ByTeller || l.makers[c.By.Name])
		})
	}
	return changes, l.dropped
}

// drop forgets the oldest change.
func (l *Log) drop() {
	l.bytes -= len(l.changes[0].Old) + len(l.changes[0].New)
	l.changes = slices.Delete(l.changes, 0, 1)
}

// take takes one record.
func (l *Log) take(r *timeline.Record, of *Logged) {
	c := Change{Seq: r.Seq, At: r.At, Type: r.Type, By: r.By, UID: r.UID}
	if r.New == l.version && r.Type == l.last {
		return // another watch has seen it, too
	}
	l.version, l.last = r.New, r.Type
	if r.Type == model.Added {
		note(&l.makers, r.By.Name)
	}
	telling := -1
	for i := range r.Fields {
		f := &r.Fields[i]
		if headOf(string(f.Path)) == "status" {
			note(&l.tellers, f.By.Name)
		}
		if r.Type != model.Updated || !matters(string(f.Path)) || of.Judge.IsFieldNoise(of.Type, &f.Change) {
			continue
		}
		c.More++
		if rank := of.Judge.Telling(of.Type, &f.Change); telling < 0 || rank < telling {
			telling, c.Path, c.Old, c.New, c.Moved, c.By = rank, f.Path, f.Old, f.New, f.Moved(), r.ManagerOf(i)
		}
	}
	if r.Type == model.Updated && telling < 0 {
		return
	}
	c.More = max(c.More-1, 0)
	c.Old, c.New = bytes.Clone(c.Old), bytes.Clone(c.New)
	l.changes, l.bytes = append(l.changes, c), l.bytes+len(c.Old)+len(c.New)
	for len(l.changes) > mostLogged || l.bytes > mostLoggedBytes && len(l.changes) > 1 {
		l.dropped = l.changes[0].At
		l.drop()
	}
}

func note(names *map[string]bool, name string) {
	if *names == nil {
		*names = map[string]bool{}
	}
	if name != "" {
		(*names)[name] = true
	}
}

// matters tells whether a field may be what somebody wanted: neither status nor metadata, but for labels and that the object is to go.
func matters(path string) bool {
	switch headOf(path) {
	case "status":
		return false
	case "metadata":
		return strings.HasPrefix(path, "metadata.labels") || path == "metadata.deletionTimestamp"
	}
	return true
}

func headOf(path string) string {
	if end := strings.IndexAny(path, ".["); end >= 0 {
		return path[:end]
	}
	return path
}
