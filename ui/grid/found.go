package grid

import "github.com/dogwatch/dogwatch/model"

// longestKey is as long as a namespace and a name can be in Kubernetes, in bytes.
const longestKey = 512

// found gives the parts of a cell that the filter looks for: in a namespace and
// a name that are shown whole also what a word that spans both covers.
func (m *Model) found(row *model.Row, c *column, cell string) [][2]int {
	filter, key := m.spec.Filter, row.Object.Key
	switch {
	case c.field == heatField:
		return nil
	case len(key.Namespace)+len(key.Name) > longestKey: // more to look at than is visible
		return filter.Spans(cell)
	case c.field == namespaceField && cell == key.Namespace:
		namespace, _ := filter.KeySpans(key)
		return namespace
	case c.isName && cell == key.Name:
		_, name := filter.KeySpans(key)
		return name
	default:
		return filter.Spans(cell)
	}
}
