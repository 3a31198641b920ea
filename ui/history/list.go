package history

import "github.com/dogwatch/dogwatch/ui/cursor"

const (
	headLines = 1
	// footLines say more of the version under the cursor.
	footLines = 3
	// leastForFoot is the height from which there is room for them.
	leastForFoot = 9
)

// row is a line of the list: a version, or words between versions.
type row struct {
	version int // -1 for words
	words   string
}

// page is the number of lines of a difference that are visible, listed that of rows of the list.
func (m *Model) page() int { return max(m.height-headLines, 1) }

func (m *Model) listed() int { return max(m.height-headLines-m.foot(), 1) }

// foot is how many lines stand below the list.
func (m *Model) foot() int {
	if m.height < leastForFoot {
		return 0
	}
	return footLines
}

// layOut makes the rows of the versions that there are.
func (m *Model) layOut() {
	m.rows = m.rows[:0]
	if m.list() == nil {
		return
	}
	all, moment := m.list().Versions, m.momentAt()
	for i := range all {
		if i > 0 && all[i].UID != all[i-1].UID {
			m.rows = append(m.rows, row{-1, "another object of this name"})
		}
		if i == moment {
			m.rows = append(m.rows, row{-1, "above is later than " + m.clock(m.moment) + ", which is shown"})
		}
		m.rows = append(m.rows, row{i, ""})
		if all[i].Gap {
			m.rows = append(m.rows, row{-1, "what happened here is not known"})
		}
	}
	m.rows = append(m.rows, row{-1, m.beginning()})
}

// beginning says what is before the oldest version.
func (m *Model) beginning() string {
	l := m.list()
	switch {
	case l.Cut:
		return "older ones are remembered, but too many to list"
	case l.Complete:
		return "nothing is known before it"
	case l.Reading:
		return "reading what happened before …"
	case l.Begins.IsZero():
		return "no change has been seen yet"
	}
	return "older is not remembered: history begins " + m.clock(l.Begins)
}

// rowOf gives the row of a version.
func (m *Model) rowOf(version int) int {
	for i := version; i < len(m.rows); i++ {
		if m.rows[i].version == version {
			return i
		}
	}
	return 0
}

// fit fits the cursor to the versions that there are: the end is to be seen with the last one.
func (m *Model) fit() {
	if m.list() == nil {
		m.cursor = cursor.Lines{}
		return
	}
	m.cursor.FitRows(len(m.list().Versions), len(m.rows), m.listed(), func(version int) (first, last int) {
		at := m.rowOf(version)
		if at == len(m.rows)-2 {
			return at, at + 1
		}
		return at, at
	})
}

// Scroll moves the page by lines, as the mouse wheel asks for.
func (m *Model) Scroll(lines int) {
	if m.diff != nil {
		m.diff.scroll.By(lines)
		return
	}
	m.cursor.By(lines)
}

// Click puts the cursor on the version at y.
func (m *Model) Click(_, y int) {
	if at, ok := m.cursor.At(y - headLines); ok && m.diff == nil {
		m.cursor.To(at)
	}
}
