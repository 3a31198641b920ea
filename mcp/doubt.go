package mcp

import (
	"maps"
	"slices"
	"strings"

	"github.com/dogwatch/dogwatch/cluster"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/workspace"
)

// mostMeant are offered in place of what there is not.
const mostMeant = 3

// meant says what may have been meant by a name that is not among those that there are; it is empty where nothing comes near.
func meant(name string, names []string) string {
	near := cluster.Nearest(name, names, mostMeant)
	if len(near) == 0 {
		return ""
	}
	for i := range near {
		near[i] = cutText(near[i], reasonBytes)
	}
	return "; did you mean " + strings.Join(near, ", ") + "?"
}

// known are the objects that are watched, as far as a question may mean them.
type known struct {
	fits       bool // one is what the question is for: nothing else is filled in
	namespaces map[string]bool
	names      map[string]bool // in the namespace of the question
}

// known looks at all objects, and so is for answers that have nothing.
func (a among) known(watches []workspace.Watched) known {
	k := known{namespaces: map[string]bool{}, names: map[string]bool{}}
	for _, w := range watches {
		w.Watch.Store().Each(func(o *model.Object) bool {
			if o.Namespace != "" {
				k.namespaces[o.Namespace] = true
			}
			if a.Namespace == "" || o.Namespace == a.Namespace {
				k.names[o.Name] = true
			}
			k.fits = a.takes(o.Key)
			return !k.fits
		})
		if k.fits {
			break
		}
	}
	return k
}

func (k known) hasNamespace(name string) bool { return name == "" || k.namespaces[name] }

// noNamespace says that there is none that is so called, and which may be meant.
func (k known) noNamespace(name string) string {
	return "no object that is watched is in the namespace " + quoted(name) + meant(name, slices.Sorted(maps.Keys(k.namespaces)))
}

// doubt says that what an answer does not have may be asked for by a name that is wrong: no object that is watched is so called, or none is in such a
// namespace. It is empty where one is.
func (a among) doubt(watches []workspace.Watched) string {
	if a.Namespace == "" && a.Name == "" {
		return ""
	}
	k := a.known(watches)
	switch {
	case k.fits:
		return ""
	case !k.hasNamespace(a.Namespace):
		return k.noNamespace(a.Namespace)
	case a.Namespace != "":
		return "no object that is watched in the namespace " + quoted(a.Namespace) + " has the name " + quoted(a.Name) + k.meant(a.Name)
	}
	return "no object that is watched has the name " + quoted(a.Name) + k.meant(a.Name)
}

func (k known) meant(name string) string { return meant(name, slices.Sorted(maps.Keys(k.names))) }

// notes are said in one, those that are not empty.
func notes(all ...string) string {
	return strings.Join(slices.DeleteFunc(all, func(said string) bool { return said == "" }), "; ")
}
