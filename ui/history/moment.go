package history

import (
	"time"

	"github.com/dogwatch/dogwatch/model/versions"
)

// SetMoment says which moment of the past is shown; the zero time is the present. The cursor goes to the version of then, and those that came
// later are drawn as such. It may be called on each frame.
func (m *Model) SetMoment(at time.Time) {
	if at.Equal(m.moment) {
		return
	}
	m.moment = at
	if at.IsZero() {
		m.at = versions.ID{}
	}
	m.layOut()
	m.goToMoment()
}

// goToMoment puts the cursor on the version of the moment, where that is another one than before.
func (m *Model) goToMoment() {
	if m.moment.IsZero() || m.list() == nil {
		return
	}
	at := m.momentAt()
	if at < 0 {
		m.at = versions.ID{}
		return
	}
	if id := m.list().Versions[at].ID; id != m.at {
		hasEntered := m.at == versions.ID{}
		m.at = id
		if hasEntered && m.diff != nil { // it is what one was looking at
			return
		}
		m.closeDiff()
		m.cursor.To(at)
	}
}

// momentAt is the first version that is not later than the moment; -1 where there is none, or it is the present that is shown.
func (m *Model) momentAt() int {
	if m.moment.IsZero() || m.list() == nil {
		return -1
	}
	for i := range m.list().Versions {
		if !m.list().IsLater(i, m.moment) {
			return i
		}
	}
	return -1
}

// IsComparing tells that a difference is shown.
func (m *Model) IsComparing() bool { return m.diff != nil }

func (m *Model) isLater(i int) bool { return !m.moment.IsZero() && m.list().IsLater(i, m.moment) }
