package prompt

import "slices"

// History gives the lines of a kind that are remembered, the oldest first.
func (m *Model) History(kind Kind) []string { return slices.Clone(m.history[kind]) }
