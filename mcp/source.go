package mcp

import (
	"slices"

	"k8s.io/apimachinery/pkg/util/resourceversion"

	"github.com/dogwatch/dogwatch/cluster"
	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/workspace"
)

// source is what answers for one type: a watch that has all of its objects, or several that have those that they select, some perhaps twice.
type source struct {
	resource cluster.Resource
	watches  []workspace.Watched
}

// watchesOf gives the watches that answer for a type: all of them, or only one that has all objects. What is watched for others, as for rules, answers
// only for a type that nobody has named: it has what the selectors of those who did leave out.
func watchesOf(all []workspace.Watched, name string) []workspace.Watched {
	of := slices.DeleteFunc(slices.Clone(all), func(w workspace.Watched) bool { return groupResource(w.Resource.GVR) != name })
	if slices.ContainsFunc(of, isNamed) {
		of = slices.DeleteFunc(of, func(w workspace.Watched) bool { return w.IsHeld })
	}
	if i := slices.IndexFunc(of, hasAll); i >= 0 {
		return of[i : i+1]
	}
	return of
}

func isNamed(w workspace.Watched) bool { return !w.IsHeld }

// hasAll tells that a watch has all objects of its type, as they are.
func hasAll(w workspace.Watched) bool {
	id := w.Watch.Identity()
	return id.LabelSelector == "" && id.FieldSelector == "" && w.Watch.State().Phase == informers.Live
}

// each gives each object once, as the watch has it that knows the newest version. A store takes no change while it is read.
func (s source) each(take func(*model.Object)) {
	if len(s.watches) == 1 {
		s.watches[0].Watch.Store().Each(func(o *model.Object) bool { take(o); return true })
		return
	}
	newest := map[model.Key]*model.Object{}
	for _, w := range s.watches {
		w.Watch.Store().Each(func(o *model.Object) bool {
			if isNewer(o, newest[o.Key]) {
				newest[o.Key] = o
			}
			return true
		})
	}
	for _, o := range newest {
		take(o)
	}
}

// get gives the newest version of an object, nil where there is none.
func (s source) get(key model.Key) (newest *model.Object) {
	for _, w := range s.watches {
		if o, ok := w.Watch.Store().Get(key); ok && isNewer(o, newest) {
			newest = o
		}
	}
	return newest
}

// isNewer tells that one version of an object is newer than another, which may be none.
func isNewer(o, than *model.Object) bool {
	if than == nil {
		return true
	}
	order, err := resourceversion.CompareResourceVersion(o.ResourceVersion, than.ResourceVersion)
	return err == nil && order > 0
}

// flat are the watches of several types.
func flat(sources []source) []workspace.Watched {
	var all []workspace.Watched
	for _, s := range sources {
		all = append(all, s.watches...)
	}
	return all
}
