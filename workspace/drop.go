package workspace

import (
	"slices"
	"strings"

	"github.com/dogwatch/dogwatch/cluster"
)

// DropType takes a type out of every tab that shows it, in whatever spelling;
// a tab that shows nothing else is closed. It tells whether any did.
func (w *Workspace) DropType(arg string) bool {
	w.mu.Lock()
	tabs := slices.Clone(w.tabs)
	w.mu.Unlock()
	dropped := false
	for _, t := range tabs {
		left, had := t.drop(arg)
		dropped = dropped || had
		if had && left == 0 {
			w.CloseTab(t.id)
		}
	}
	return dropped
}

// drop takes a type out of what is wanted of the tab, and gives how many
// arguments are left and whether the type was among them. The last argument
// stays for the caller to close the tab.
func (t *tab) drop(arg string) (left int, had bool) {
	t.change(func(next *want) {
		var rest []string
		for _, own := range next.target.Types {
			others, matched := t.withoutLocked(own, arg)
			had = had || matched
			rest = append(rest, others...)
		}
		left = len(rest)
		if had && left > 0 {
			next.target.Types = rest
		}
	})
	return left, had
}

// withoutLocked is what is left of one of the tab's arguments without a type,
// and whether it had it. The argument may be the type in another spelling, or a
// category, of which the other types are left.
func (t *tab) withoutLocked(own, arg string) (rest []string, had bool) {
	if own == arg {
		return nil, true
	}
	for _, r := range t.resolveLocked(own) {
		if names(r, arg) {
			had = true
			continue
		}
		rest = append(rest, r.GVR.GroupResource().String())
	}
	if !had {
		return []string{own}, false
	}
	return rest, true
}

// resolveLocked is what an argument of the tab stands for: what the catalog
// says, not only what is shown, for a type that two arguments name is shown as
// the first of them.
func (t *tab) resolveLocked(own string) []cluster.Resource {
	if resources, err := t.wish.conn.cluster.Catalog().Snapshot().Resolve(own); err == nil {
		return resources
	}
	return t.shownAsLocked(own)
}

func names(r cluster.Resource, arg string) bool {
	arg = strings.ToLower(arg)
	return arg == r.GVR.Resource || arg == r.GVR.GroupResource().String() ||
		arg == r.Singular || slices.Contains(r.ShortNames, arg)
}
