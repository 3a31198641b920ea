package activity

import (
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/dogwatch/dogwatch/keymap"
	feed "github.com/dogwatch/dogwatch/model/activity"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/cursor"
	"github.com/dogwatch/dogwatch/ui/scroll"
	"github.com/dogwatch/dogwatch/workspace"
)

// headLines stand above the lines.
const headLines = 1

// Model is the page.
type Model struct {
	theme         *theme.Theme
	keys          *keymap.Keymap
	feed          *feed.Feed // nil where nothing is remembered
	width, height int
	history       workspace.History
	aliases       map[string]string
	version       Version       // nil shows none
	ahead         time.Duration // of the clock that is told
	zone          *time.Location

	open   bool
	query  feed.Query
	asked  uint64       // of the query
	page   *feed.Page   // as of the last look
	cursor cursor.Lines // in the page's lines
	need   columns      // what those that were in sight need
	atEnd  bool         // the cursor goes to what is newest
	first  bool         // the cursor is to go to the oldest line
	aim    uint64
	// moment is the one that is shown of the past, zero for the present; toMoment tells that the cursor is to go to what was then.
	moment   time.Time
	toMoment bool
	// drawn is the Seq behind the newest change that was ever on screen, seen what that was when the page was left last; 0 before that.
	drawn, seen uint64
	stack       []place
	left        *place // the line from which the history was opened; nil for none
	shown       *shown // the change that lies over the lines
}

// place is where a line was opened.
type place struct {
	query     feed.Query
	seq       uint64
	following bool
}

// New makes a page that is shut. f is nil where nothing is remembered.
func New(t *theme.Theme, keys *keymap.Keymap, f *feed.Feed) *Model {
	return &Model{theme: t, keys: keys, feed: f, page: &feed.Page{}, zone: time.UTC}
}

// IsEmpty tells that there is nothing to put the cursor on.
func (m *Model) IsEmpty() bool { return len(m.page.Lines) == 0 }

// ShowsChange tells that a change is shown in place of the lines.
func (m *Model) ShowsChange() bool { return m.shown != nil }

// SetTheme changes the colours.
func (m *Model) SetTheme(t *theme.Theme) { m.theme = t }

// SetSize sets the size in cells.
func (m *Model) SetSize(width, height int) { m.width, m.height = width, height }

// SetClock tells how far the clock that times are told by is ahead of the one by which changes are dated.
func (m *Model) SetClock(ahead time.Duration) { m.ahead = ahead }

// SetHistory says how much is remembered.
func (m *Model) SetHistory(h workspace.History) { m.history = h }

// SetAliases says which resources short names and kinds stand for, in lower case.
func (m *Model) SetAliases(aliases map[string]string) { m.aliases = aliases }

// Open begins to follow what goes on, as it was filtered last.
func (m *Model) Open() {
	if m.feed == nil || m.open {
		return
	}
	m.clear()
	m.stack, m.query.In = nil, nil
	m.begin()
	m.asked = m.feed.Open(m.query)
}

// OpenAgain is Open at the line from which the history was opened, if it was.
func (m *Model) OpenAgain() {
	p := m.left
	if p == nil || m.feed == nil || m.open {
		m.Open()
		return
	}
	m.clear()
	m.feed.Open(p.query)
	m.returnTo(*p)
}

func (m *Model) clear() {
	m.open, m.shown, m.left = true, nil, nil
	m.page, m.cursor = &feed.Page{}, cursor.Lines{}
}

// Leave ends what Open began.
func (m *Model) Leave() {
	if !m.open {
		return
	}
	m.open, m.shown = false, nil
	_, end := m.feed.Timeline().Range() // it is cut off where a recording goes back
	m.drawn = min(m.drawn, end)
	m.seen = m.drawn
	m.feed.Shut()
}

// IsOpen tells whether the page has been opened and not been left.
func (m *Model) IsOpen() bool { return m.open }

// Filter is the filter that is in force.
func (m *Model) Filter() string { return m.query.Filter.String() }

// Check says what is wrong with a filter.
func (m *Model) Check(text string) error {
	_, err := feed.ParseFilter(text, m.aliases)
	return err
}

// SetFilter shows only what a filter takes. One that cannot be read, as while it is typed, leaves the lines as they are.
func (m *Model) SetFilter(text string) {
	f, err := feed.ParseFilter(text, m.aliases)
	if err != nil || m.feed == nil || f.String() == m.query.Filter.String() {
		return
	}
	m.query.Filter = f
	m.ask()
}

// ask has the lines of the query looked for, from the newest on.
func (m *Model) ask() {
	m.begin()
	m.asked = m.feed.Ask(m.query)
}

// begin begins at the newest line, in the past at what was then.
func (m *Model) begin() {
	m.query.Moment, m.toMoment = m.moment, !m.moment.IsZero()
	m.atEnd, m.first, m.aim = !m.toMoment, false, 0
}

// SetMoment says which moment of the past is shown; the zero time is the present. It may be called at any time.
func (m *Model) SetMoment(at time.Time) { m.moment = at }

// isLater tells whether a line is of what had not happened at the moment that is shown.
func (m *Model) isLater(l *feed.Line) bool { return !m.moment.IsZero() && l.At.After(m.moment) }

// ofMoment is the last line that is not later; the first where all are.
func (m *Model) ofMoment(lines []feed.Line) int {
	for i := len(lines) - 1; i >= 0; i-- {
		if !m.isLater(&lines[i]) {
			return i
		}
	}
	return 0
}

// sync takes in the feed's newest page. The cursor stays on its line.
func (m *Model) sync() {
	if m.feed == nil {
		return
	}
	page := m.feed.Page()
	if page == m.page || page.Asked != m.asked {
		return
	}
	was, row := m.seqAtCursor(), m.cursor.Row()
	if page.Asked != m.page.Asked {
		m.need = columns{} // of other lines
	}
	m.page = page
	m.fit()
	if m.aim > 0 {
		was, row = m.aim, m.rows()/2
	}
	at := indexOf(page.Lines, was)
	switch {
	case m.toMoment:
		at, row, m.toMoment = m.ofMoment(page.Lines), m.rows()/2, page.Busy
	case m.atEnd:
		at = len(page.Lines) - 1
	case m.first && page.AtOldest:
		at, m.first = 0, false
	}
	m.aim = 0
	m.cursor.Place(at, row)
}

// indexOf is the line of a change, or the nearest before it.
func indexOf(lines []feed.Line, seq uint64) int {
	if i := slices.IndexFunc(lines, func(l feed.Line) bool { return l.First == seq }); i >= 0 {
		return i
	}
	i := slices.IndexFunc(lines, func(l feed.Line) bool { return l.Kind != feed.Noise && l.First > seq })
	if i < 0 {
		i = len(lines)
	}
	return i - 1
}

// seqAtCursor is the first change of the line under the cursor.
func (m *Model) seqAtCursor() uint64 {
	if at := m.cursor.Index(); at < len(m.page.Lines) {
		return m.page.Lines[at].First
	}
	return 0
}

// rows is how many rows there are for lines.
func (m *Model) rows() int { return max(1, m.height-headLines) }

// markAt is the index of the first line that came since the page was left last; -1 where there is no such border in sight.
func (m *Model) markAt() int {
	if m.seen == 0 || len(m.stack) > 0 {
		return -1
	}
	i := slices.IndexFunc(m.page.Lines, func(l feed.Line) bool { return l.First >= m.seen })
	if i == 0 && !m.page.AtOldest {
		return -1
	}
	return i
}

// fit fits the cursor to the lines, and to the border between what is new and what was seen, which belongs to the line below.
func (m *Model) fit() {
	n, mark := len(m.page.Lines), m.markAt()
	if mark < 0 {
		m.cursor.Fit(n, m.rows())
		return
	}
	m.cursor.FitRows(n, n+1, m.rows(), func(line int) (first, last int) {
		switch {
		case line < mark:
			return line, line
		case line == mark:
			return line, line + 1
		}
		return line + 1, line + 1
	})
}

// Do carries out an action of the page. Back is done where closed is false; else the page itself is to be left.
func (m *Model) Do(action keymap.Action) (cmd tea.Cmd, closed bool) {
	m.sync()
	if action == keymap.ToggleHistory {
		return m.openHistory(), false
	}
	if m.shown != nil {
		if action == keymap.Back || action == keymap.Accept {
			m.shown = nil
			return nil, false
		}
		m.shown.scroll.Do(action, m.rows())
		return nil, false
	}
	switch action {
	case keymap.Back:
		return nil, m.back()
	case keymap.Accept:
		return m.enter(), false
	case keymap.ToggleNoise:
		m.toggleNoise()
	case keymap.Top:
		m.toOldest()
	case keymap.Bottom:
		m.follow()
	default:
		if by, ok := scroll.Distance(action, m.rows(), 0); ok {
			m.move(by < 0, func() { m.cursor.Do(action) })
		}
	}
	return nil, false
}

// Refuses says why an action does nothing now.
func (m *Model) Refuses(action keymap.Action) string {
	switch {
	case m.ShowsChange() && (action == keymap.OpenFilter || action == keymap.ToggleNoise):
		return "that is for the lines: " + m.key(keymap.Back) + " goes back to them"
	case action == keymap.ToggleNoise && m.query.In != nil:
		return "that is for all lines: " + m.key(keymap.Back) + " goes back to them"
	case m.feed == nil && (action == keymap.ToggleNoise || action == keymap.Accept), action == keymap.Accept && len(m.page.Lines) == 0:
		return "no line is under the cursor"
	}
	return ""
}

// move moves the cursor. Up, the page stands still; at its end it follows again.
func (m *Model) move(up bool, how func()) {
	n := len(m.page.Lines)
	if m.feed == nil || n == 0 {
		return
	}
	m.toMoment = false
	m.fit()
	how()
	switch at := m.cursor.Index(); {
	case up:
		m.first = false
		if m.atEnd {
			m.atEnd = false
			m.feed.Hold()
		}
		if at < m.rows() && !m.page.AtOldest {
			m.feed.Older()
		}
	case at == n-1 && m.page.AtNewest:
		m.follow()
	case at >= n-m.rows() && !m.page.AtNewest && !m.atEnd:
		m.feed.Newer()
	}
}

// follow goes to the newest line and stays there. The changes of one line do not grow.
func (m *Model) follow() {
	if m.feed == nil || m.atEnd {
		return
	}
	m.atEnd, m.first = true, false
	m.cursor.To(len(m.page.Lines) - 1)
	m.feed.Follow()
}

func (m *Model) toOldest() {
	if m.feed == nil {
		return
	}
	m.atEnd, m.first = false, true
	m.feed.Oldest()
}

// toggleNoise shows noise, or folds it again.
func (m *Model) toggleNoise() {
	if m.feed == nil || m.query.In != nil {
		return
	}
	m.query.Noise = feed.Shown - m.query.Noise
	m.ask()
}

// enter opens the line under the cursor: the change, or the changes that it stands for.
func (m *Model) enter() tea.Cmd {
	at := m.cursor.Index()
	if m.feed == nil || at >= len(m.page.Lines) {
		return nil
	}
	line := m.page.Lines[at]
	if line.Kind == feed.One {
		return m.read(line)
	}
	m.stack = append(m.stack, place{query: m.query, seq: line.First, following: m.atEnd})
	m.query.In = &line
	m.ask()
	m.atEnd, m.first = false, true
	m.cursor.To(0)
	return nil
}

// returnTo asks for the lines of a place again.
func (m *Model) returnTo(p place) {
	m.query = p.query
	m.query.Moment = m.moment
	m.first, m.atEnd, m.toMoment = false, p.following, false
	if p.following {
		m.asked = m.feed.Ask(m.query)
		return
	}
	m.asked, m.aim = m.feed.AskAt(m.query, p.seq), p.seq
}

// back undoes what was opened, then the filter, and tells whether nothing is left to undo.
func (m *Model) back() (closed bool) {
	if n := len(m.stack); n > 0 {
		p := m.stack[n-1]
		m.stack = m.stack[:n-1]
		m.returnTo(p)
		return false
	}
	if m.feed != nil && !m.query.Filter.IsZero() {
		m.SetFilter("")
		return false
	}
	return true
}

// Scroll moves by lines, for the mouse.
func (m *Model) Scroll(lines int) {
	m.sync()
	if m.shown != nil {
		m.shown.scroll.By(lines)
		return
	}
	m.move(lines < 0, func() { m.cursor.By(lines) })
}

// Click puts the cursor on the line at a row of the page.
func (m *Model) Click(y int) {
	m.sync()
	if at, ok := m.cursor.At(y - headLines); ok && m.shown == nil {
		m.move(at < m.cursor.Index(), func() { m.cursor.To(at) })
	}
}
