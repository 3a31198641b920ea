package history

import (
	"context"
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/model/versions"
	"github.com/dogwatch/dogwatch/ui/scroll"
)

// mode is how a difference is shown.
type mode uint8

const (
	unified mode = iota
	beside       // side by side
	whole        // the newer version's YAML, changed lines marked
	modes        // how many there are
)

func (m mode) String() string { return [...]string{"unified", "side by side", "whole"}[m] }

const (
	// sideStep is how many cells one step to the side goes.
	sideStep = 8
	// leastBeside is the width from which two versions have room beside one another.
	leastBeside = 72
)

// diff is the difference of two versions that is open. What is compared and how it is laid out come from a command.
type diff struct {
	older, newer versions.Version // older is zero where there was nothing before
	cancel       context.CancelFunc
	compared     *comparison // nil until it is there
	problem      string
	lines        []line // as the mode has them
	scroll       scroll.Lines
	left         int // cells scrolled to the right
}

// comparedMsg brings what is compared.
type comparedMsg struct {
	diff     *diff
	compared *comparison
	err      error
}

// pair gives the places of the two versions that are meant: those that are marked, else the one under the cursor and the one before. older is -1
// where there is none, or none is known.
func (m *Model) pair() (older, newer int, ok bool) {
	l := m.list()
	if l == nil || len(l.Versions) == 0 {
		return 0, 0, false
	}
	newer = m.cursor.Index()
	older = l.Before(newer)
	at := make([]int, 0, 2)
	for _, id := range m.marks {
		at = append(at, l.Find(id))
	}
	switch len(at) {
	case 1:
		at = append(at, m.cursor.Index())
		fallthrough
	case 2:
		if at[0] != at[1] {
			older, newer = max(at[0], at[1]), min(at[0], at[1])
		}
	}
	return older, newer, true
}

// openDiff opens the difference of the versions that are meant.
func (m *Model) openDiff() tea.Cmd {
	older, newer, ok := m.pair()
	if !ok {
		return nil
	}
	m.closeDiff()
	ctx, cancel := context.WithCancel(m.ctx)
	d := &diff{newer: m.list().Versions[newer], cancel: cancel}
	if older >= 0 {
		d.older = m.list().Versions[older]
	}
	m.diff = d
	list := m.list()
	return func() tea.Msg {
		defer cancel()
		compared, err := compare(ctx, list, older, newer)
		return comparedMsg{d, compared, err}
	}
}

func (m *Model) closeDiff() {
	if m.diff != nil {
		m.diff.cancel()
		m.diff = nil
	}
}

func (m *Model) compared(msg comparedMsg) {
	if msg.diff != m.diff {
		return
	}
	m.diff.compared = msg.compared
	if msg.err != nil {
		m.diff.problem = msg.err.Error()
		return
	}
	m.layOutDiff()
}

// shownMode is the mode, where it has room.
func (m *Model) shownMode() mode {
	if m.mode == beside && m.width < leastBeside {
		return unified
	}
	return m.mode
}

// nextMode shows the difference another way; from the list it opens it.
func (m *Model) nextMode() tea.Cmd {
	if m.diff == nil {
		return m.openDiff()
	}
	m.mode = (m.shownMode() + 1) % modes
	if m.mode == beside && m.width < leastBeside {
		m.mode++
	}
	m.layOutDiff()
	return nil
}

// layOutDiff makes the lines of the mode.
func (m *Model) layOutDiff() {
	d := m.diff
	if d.compared == nil {
		return
	}
	switch m.shownMode() {
	case beside:
		d.lines = d.compared.beside()
	case whole:
		d.lines = d.compared.whole()
	default:
		d.lines = d.compared.unified()
	}
	d.scroll.Fit(len(d.lines), max(m.height-headLines, 1))
	d.scroll.To(0)
	if m.shownMode() == whole {
		d.nextChange(1)
	}
}

// move carries out an action that moves in the difference.
func (d *diff) move(action keymap.Action, page int) {
	d.scroll.Fit(len(d.lines), page)
	switch action {
	case keymap.ScrollLeft:
		d.left = max(d.left-sideStep, 0)
	case keymap.ScrollRight:
		d.left += sideStep
	case keymap.NextMatch:
		d.nextChange(1)
	case keymap.PrevMatch:
		d.nextChange(-1)
	default:
		d.scroll.Do(action, page)
	}
}

// widest bounds scrolling to the side.
func (d *diff) widest() int {
	const most = 64 << 10
	widest := 0
	for i := range d.lines {
		for _, side := range []*side{&d.lines[i].left, &d.lines[i].right} {
			if l := side.line; l != nil {
				widest = max(widest, l.Indent+2*l.Dashes+len(l.Key)+len(l.Scalar)+2)
			}
		}
	}
	return min(widest, most)
}

// refusesSide says why a step to the side does nothing in the difference.
func (m *Model) refusesSide(action keymap.Action) string {
	room := m.width
	if m.shownMode() == beside {
		room = (m.width - 1) / 2
	}
	switch {
	case action == keymap.ScrollLeft && m.diff.left == 0:
		return "the lines begin here"
	case action == keymap.ScrollRight && m.diff.widest() <= m.diff.left+room-gutter:
		return "no line goes on at the right"
	}
	return ""
}

// nextChange goes to where the next run of changed lines begins, or the one before.
func (d *diff) nextChange(by int) {
	var begins []int
	for i := range d.lines {
		if d.lines[i].changed() && (i == 0 || !d.lines[i-1].changed()) {
			begins = append(begins, i)
		}
	}
	const above = 2 // lines that are left in sight before it
	at := d.scroll.Top() + above
	if by > 0 {
		if i := slices.IndexFunc(begins, func(b int) bool { return b > at || b == at && d.scroll.Top() == 0 && b > 0 }); i >= 0 {
			d.scroll.To(begins[i] - above)
		}
		return
	}
	for _, b := range slices.Backward(begins) {
		if b < at {
			d.scroll.To(b - above)
			return
		}
	}
}
