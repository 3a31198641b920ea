package command

import (
	"slices"
	"strings"

	"github.com/dogwatch/dogwatch/cluster"
)

// maxNearest is how many namespaces are offered for one that does not exist.
const maxNearest = 2

// Missing gives the namespace that a command goes to in the cluster of a
// context, where it is not among those that there are, in order. Quick, however
// many there are.
func Missing(c Command, context string, namespaces []string) (name string, missing bool) {
	switch c := c.(type) {
	case Namespace:
		name = c.Name
	case Open:
		if c.Target.Context == "" || c.Target.Context == context {
			name = c.Target.Namespace
		}
	}
	if name == "" {
		return "", false
	}
	_, found := slices.BinarySearch(namespaces, name)
	return name, !found
}

// Doubt says that there is no such namespace, and what may have been meant.
// Its cost grows with the number of namespaces.
func Doubt(name string, namespaces []string) string {
	words := "no namespace " + name
	if near := cluster.Nearest(name, namespaces, maxNearest); len(near) > 0 {
		words += ": did you mean " + strings.Join(near, " or ") + "?"
	} else {
		words += "."
	}
	return words + " enter again goes"
}
