package grid

import (
	"testing"

	"github.com/dogwatch/dogwatch/keymap"
)

// Another view of the tab, as of the past, is shown with the cursor on the same object, once that has come.
func TestTheCursorIsTakenAlongIntoAnotherView(t *testing.T) {
	p := pods{podColumns()}
	rows := p.many(100)
	m := shown(t, podTab(p.columns), &fakeView{rows: rows}, 80, 12)
	m.View(now)
	for range 40 {
		m.Do(keymap.Down)
	}
	m.Do(keymap.Up)
	chosen, _, _ := m.Selected()
	line := m.cursor.index - m.cursor.top
	past := &fakeView{rebuilding: true}
	m.setSource(podTab(p.columns), past)
	m.View(now)
	past.rows, past.version = rows[20:30], 1
	m.View(now)
	past.rows, past.rebuilding, past.version = rows[10:90], false, 2
	m.View(now)
	if at, _, _ := m.Selected(); at.Object.Key != chosen.Object.Key || m.cursor.index-m.cursor.top != line {
		t.Errorf("the cursor is on %s in line %d, and was on %s in line %d", at.Object.Key, m.cursor.index-m.cursor.top, chosen.Object.Key, line)
	}
	m.setSource(podTab(p.columns), &fakeView{rows: rows[:20]})
	m.View(now)
	if m.cursor.index != 0 {
		t.Errorf("where the object is not, the cursor is on row %d", m.cursor.index)
	}
	m.setSource(podTab(p.columns), &fakeView{rows: rows})
	m.View(now)
	if m.cursor.index != 0 {
		t.Errorf("what was not chosen is followed to row %d", m.cursor.index)
	}
}
