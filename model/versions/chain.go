package versions

import (
	"cmp"
	"slices"

	"k8s.io/apimachinery/pkg/types"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/change"
	"github.com/dogwatch/dogwatch/model/timeline"
)

// chain joins the records of one object to versions. Several watches may have told of the same change, and one of them of several
// changes as one: of those that lead to a version the finest is taken, and the others are left out.
type chain struct {
	log     *Log
	list    *List
	records []*timeline.Record // newest first
	present *model.Object      // nil where the object is gone
	// reached are the resource versions that are in the list by now.
	reached map[string]bool
	listed  map[uint64]bool // by the Seq of their records
	begin   int             // place in the list where the present row of joined versions begins
}

func (c *chain) run(uid types.UID) {
	c.reached, c.listed = map[string]bool{}, map[uint64]bool{}
	if c.isBehind() {
		c.add(Version{ID: ID{Kind: Found}, UID: uid, ResourceVersion: c.present.ResourceVersion, Gap: len(c.records) > 0}, nil)
		c.list.links[len(c.list.links)-1].anchor = len(c.list.links) - 1
	}
	for {
		r := c.newest()
		if r == nil {
			return
		}
		c.begin = len(c.list.Versions)
		c.follow(r)
		c.anchor()
	}
}

// isBehind tells that the records do not lead to the present version.
func (c *chain) isBehind() bool {
	return c.present != nil && !slices.ContainsFunc(c.records, func(r *timeline.Record) bool {
		return r.Type != model.Deleted && (r.New == c.present.ResourceVersion || r.Old == c.present.ResourceVersion)
	})
}

// newest gives the newest record that tells of something that is not in the list.
func (c *chain) newest() *timeline.Record {
	for i, r := range c.records {
		switch {
		case c.reached[r.New] || r.Type == model.Deleted && c.reached[r.Old]:
		case r.Type == model.Deleted:
			return finest(c.records[i:])
		default:
			return c.leadingTo(r.New)
		}
	}
	return nil
}

// finest gives, of the records that tell of one deletion, that which tells of the least at once.
func finest(records []*timeline.Record) *timeline.Record {
	best := records[0]
	for _, r := range records {
		if r.Type == model.Added {
			break
		}
		if r.Type == model.Deleted && r.Merged < best.Merged {
			best = r
		}
	}
	return best
}

// follow adds the versions from a record back, as far as they are joined.
func (c *chain) follow(r *timeline.Record) {
	for r != nil {
		c.reached[r.New], c.listed[r.Seq] = true, true
		c.add(c.versionOf(r), r)
		if r.Type == model.Added {
			c.endRow()
			return
		}
		var before *timeline.Record
		if !c.reached[r.Old] || r.Type == model.Deleted {
			before = c.leadingTo(r.Old)
		}
		if before == nil {
			c.found(r)
		}
		r = before
	}
}

// leadingTo gives the record that made a version, of several that which tells of the least at once.
func (c *chain) leadingTo(version string) *timeline.Record {
	var best *timeline.Record
	for _, r := range c.records {
		if r.New != version || r.Type == model.Deleted || c.isListed(r) {
			continue
		}
		if best == nil || r.Merged < best.Merged {
			best = r
		}
	}
	return best
}

func (c *chain) isListed(r *timeline.Record) bool { return c.listed[r.Seq] }

// found adds the version that the oldest change that is known was made of.
func (c *chain) found(r *timeline.Record) {
	if !c.reached[r.Old] || r.Type == model.Deleted {
		c.reached[r.Old] = true
		c.add(Version{ID: ID{r.Seq, Found}, UID: r.UID, ResourceVersion: r.Old}, nil)
	}
	c.endRow()
}

// endRow tells that what was before the last version is not known, if there was something.
func (c *chain) endRow() {
	last := &c.list.Versions[len(c.list.Versions)-1]
	last.Gap = c.newest() != nil
}

// anchor finds out which of the row is known whole.
func (c *chain) anchor() {
	anchor := -1
	for i := c.begin; i < len(c.list.Versions); i++ {
		v := &c.list.Versions[i]
		if c.present != nil && v.ResourceVersion == c.present.ResourceVersion && v.Kind() != Left {
			anchor = i
			break
		}
		if v.Kind() == Deleted || v.Kind() == Left {
			if _, kept, err := c.log.timeline.Last(v.ID.Seq); kept && err == nil {
				anchor = i
			}
		}
	}
	for i := c.begin; i < len(c.list.Versions); i++ {
		c.list.links[i].anchor = anchor
	}
}

func (c *chain) add(v Version, r *timeline.Record) {
	c.list.Versions = append(c.list.Versions, v)
	c.list.links = append(c.list.links, link{record: r, anchor: -1})
}

func (c *chain) versionOf(r *timeline.Record) Version {
	v := Version{
		ID: ID{r.Seq, Updated}, UID: r.UID, At: r.At, Before: r.Old, ResourceVersion: r.New,
		Fields: r.Fields, Listed: r.Listed, Merged: r.Merged, By: writers(r),
	}
	if c.log.judge != nil {
		v.Telling = max(0, c.log.judge.MostTelling(c.log.of.GVR.GroupResource(), r.Fields))
	}
	source, _ := c.log.timeline.Source(r.Source)
	selective := source.LabelSelector != "" || source.FieldSelector != ""
	switch {
	case r.Type == model.Added && selective:
		v.ID.Kind = Entered
	case r.Type == model.Added:
		v.ID.Kind = Created
	case r.Type == model.Deleted && selective && (c.present != nil || len(c.list.Versions) > 0 && c.list.Versions[len(c.list.Versions)-1].UID == r.UID):
		v.ID.Kind = Left
	case r.Type == model.Deleted:
		v.ID.Kind = Deleted
	}
	return v
}

// writers are those who made a change: the one that wrote last first.
func writers(r *timeline.Record) []change.Manager {
	if r.Type == model.Added {
		if r.By == (change.Manager{}) {
			return nil
		}
		return []change.Manager{r.By}
	}
	var all []change.Manager
	for _, f := range r.Fields {
		if f.By != (change.Manager{}) && !slices.Contains(all, f.By) {
			all = append(all, f.By)
		}
	}
	slices.SortStableFunc(all, func(a, b change.Manager) int { return cmp.Compare(b.At, a.At) })
	return all
}

// finish says which versions can be made, and whether all are there.
func (l *List) finish() {
	for i := range l.Versions {
		l.Versions[i].Whole = l.links[i].anchor >= 0
	}
	if n := len(l.Versions); n > 0 {
		l.Complete = l.Versions[n-1].Kind() == Created
	}
}
