package history

import (
	"context"
	"slices"
	"sort"

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
	if tops := d.changes(); m.shownMode() == whole && len(tops) > 0 {
		d.scroll.To(tops[0])
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
	case keymap.NextMatch, keymap.PrevMatch:
		if top, ok := d.change(action); ok {
			d.scroll.To(top)
		}
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

// refusesMove says why a step to the side or to another change does nothing in the difference.
func (m *Model) refusesMove(action keymap.Action) string {
	room := m.width
	if m.shownMode() == beside {
		room = (m.width - 1) / 2
	}
	switch {
	case action == keymap.ScrollLeft && m.diff.left == 0:
		return "the lines begin here"
	case action == keymap.ScrollRight && m.diff.widest() <= m.diff.left+room-gutter:
		return "no line goes on at the right"
	case action != keymap.NextMatch && action != keymap.PrevMatch:
		return ""
	}
	if _, ok := m.diff.change(action); ok {
		return ""
	}
	if action == keymap.PrevMatch {
		return "no more changes above"
	}
	return "no more changes below"
}

// aboveChange is how many lines are left in sight before a change that is gone to.
const aboveChange = 2

// changes gives the windows' first lines, from the first change on, that show where each run of changed lines begins.
func (d *diff) changes() []int {
	above, below := d.scroll.Hidden()
	var tops []int
	for i := range d.lines {
		if d.lines[i].changed() && (i == 0 || !d.lines[i-1].changed()) {
			tops = append(tops, min(max(i-aboveChange, 0), above+below))
		}
	}
	return tops
}

// change finds the next change that is not shown as it would be gone to, or the one before.
func (d *diff) change(action keymap.Action) (top int, ok bool) {
	tops := d.changes()
	var i int
	if action == keymap.NextMatch {
		i = slices.IndexFunc(tops, func(top int) bool { return top > d.scroll.Top() })
	} else {
		i = sort.SearchInts(tops, d.scroll.Top()) - 1
	}
	if i < 0 {
		return 0, false
	}
	return tops[i], true
}
