package ui

import (
	"context"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/logbuffer"
	"github.com/dogwatch/dogwatch/model"
	feed "github.com/dogwatch/dogwatch/model/activity"
	list "github.com/dogwatch/dogwatch/model/problems"
	"github.com/dogwatch/dogwatch/model/signal"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/activity"
	"github.com/dogwatch/dogwatch/ui/detail"
	"github.com/dogwatch/dogwatch/ui/help"
	"github.com/dogwatch/dogwatch/ui/logs"
	"github.com/dogwatch/dogwatch/ui/picker"
	"github.com/dogwatch/dogwatch/ui/problems"
	"github.com/dogwatch/dogwatch/ui/prompt"
	"github.com/dogwatch/dogwatch/ui/signals"
	"github.com/dogwatch/dogwatch/ui/stats"
	"github.com/dogwatch/dogwatch/ui/status"
	"github.com/dogwatch/dogwatch/ui/tabs"
	"github.com/dogwatch/dogwatch/ui/timebar"
	"github.com/dogwatch/dogwatch/workspace"
)

// Options are what the screen is made of.
type Options struct {
	// Context ends with the program; requests that a key started end with it.
	Context context.Context
	Backend Backend
	Keys    *keymap.Keymap
	Log     *logbuffer.Buffer
	// Contexts names the kubeconfig's contexts, for completion. It may read
	// the disk and is called off the program loop.
	Contexts func() ([]string, error)
	// History keeps what is entered; nil is for this session only.
	History History
	// Activity tells what goes on; nil where nothing is remembered. The screen opens and shuts it.
	Activity *feed.Feed
	// Problems is what is unhealthy; nil where nothing is judged.
	Problems *list.List
	// Signals has rules applied; nil where that cannot be.
	Signals Signals
	// ApplyRules begins that at once, not when the page is looked at.
	ApplyRules bool
	// HideHeat leaves the graphs of what changed lately off the tabs.
	HideHeat bool
	// RowHeat tells how much each object changed; nil where nothing is remembered.
	RowHeat RowHeat
	// ShowRowHeat shows that from the start.
	ShowRowHeat bool
	// Playback is the recording that is shown; nil on a live cluster.
	Playback Playback
	// Rewinder shows a live cluster's past; nil where none is remembered.
	Rewinder Rewinder
	// Recorder records what is watched; nil where that can't be, as on a recording.
	Recorder Recorder
	// Hints are for a newcomer; nil shows none.
	Hints Hints
	// Skin is the user's word on the theme, over what the terminal says of itself.
	Skin theme.Skin
	// Warning is something that is wrong from the start, shown until the first key.
	Warning string
	// ConfigProblem says why the configuration that is followed is not, now; empty where it is, and nil where none is.
	ConfigProblem func() string
	// Suspend stops the process until it is let go on; nil does nothing.
	Suspend tea.Cmd
	// DebugStats shows, in a corner, what dogwatch itself takes.
	DebugStats bool
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// overlay is what lies over the list, if anything.
type overlay uint8

const (
	nothing overlay = iota
	overPicker
	overHelp
	overLogs
	overActivity
	overProblems
	overSignals
)

// App is the root model. It belongs to the program loop.
type App struct {
	opts   Options
	keys   *keymap.Keymap
	look   theme.Options
	theme  *theme.Theme
	layout layout

	snapshot workspace.Snapshot
	current  workspace.TabID
	// awaited is a tab that was just opened and is to be shown when it comes.
	awaited workspace.TabID
	pages   map[workspace.TabID]*page

	tabs   *tabs.Model
	status *status.Model
	detail *detail.Model
	pane   pane
	picker *picker.Model
	help   *help.Model
	logs   *logs.Model
	prompt *prompt.Model

	activity *activity.Model
	problems *problems.Model
	signals  *signals.Model

	timebar *timebar.Model
	stats   *stats.Model // nil unless they are shown
	past    past
	finding finding
	// hints tells that a newcomer's hints are on the screen.
	hints bool
	// keyPressed tells that it is too late for hints.
	keyPressed bool
	// recordErr is why a recording ended by itself, as far as the user was told.
	recordErr error
	// told is what the toast tells of that is to be seen, if one is.
	told signal.News
	// toldConfig is what was said last of the configuration that is followed.
	toldConfig string
	// toldJudging is why rules are not applied, as far as the user was told.
	toldJudging string

	paneOpen    bool
	paneFocused bool
	over        overlay
	rowHeat     bool      // the lists show how much each row changed
	under       overlay   // is shown again when what lies over it is closed
	ticking     time.Time // when the tick that is under way comes, zero for none
	candidates  candidates
	doubted     string // the command line that enter is to be pressed on once more
	// holdsDeleted tells that the pane shows an object that is no more: held.
	holdsDeleted bool
	held         model.RowID
	// sought is nil where no object is.
	sought    *sought
	choicesOf uint64 // the snapshot that the picker's lines are of
}

// New makes the screen. It shows something before any frame has come.
func New(opts Options) *App {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	look := theme.Options{Dark: true, Colors: theme.TrueColor}
	t := theme.New(opts.Skin.Over(look))
	a := &App{
		opts:   opts,
		keys:   opts.Keys,
		look:   look,
		theme:  t,
		pages:  map[workspace.TabID]*page{},
		tabs:   tabs.New(t, opts.Keys),
		status: status.New(t, opts.Keys),
		detail: detail.New(t),
		pane:   newPane(opts.Context, t, opts.Keys),
		picker: picker.New(t, opts.Keys),
		help:   help.New(t, opts.Keys),
		logs:   logs.New(t, opts.Log),
		prompt: prompt.New(t),

		activity: activity.New(t, opts.Keys, opts.Activity),
		problems: problems.New(t, opts.Keys, opts.Problems),
		signals:  signals.New(t, opts.Keys, listOf(opts.Signals)),

		timebar: timebar.New(t),
		past:    past{player: opts.Playback},
	}
	if opts.DebugStats {
		a.stats = stats.New(t)
	}
	if opts.Warning != "" {
		a.status.Error(opts.Warning)
	}
	if opts.ShowRowHeat && opts.RowHeat != nil {
		a.showRowHeat(true)
	}
	a.activity.SetVersion(a.version)
	a.prompt.SetCheck(prompt.Activity, a.activity.Check)
	a.prompt.SetCheck(prompt.Problems, a.problems.Check)
	a.prompt.SetCheck(prompt.Signals, a.signals.Check)
	a.turnSignals()
	a.prompt.SetCheck(prompt.Filter, func(line string) error { return model.ParseFilter(line).Err() })
	return a
}

// Init asks for the lines of earlier sessions. The terminal's background, which says whether it is dark, is asked for with the first
// frame, by who writes it.
func (a *App) Init() tea.Cmd {
	var rules tea.Cmd
	if a.opts.ApplyRules {
		rules = a.startSignals()
	}
	return tea.Batch(a.loadHistory(), a.askForHints(), rules)
}

// Update hands a message to whom it concerns.
func (a *App) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	cmd := tea.Batch(a.handle(msg), a.pollPage(a.opts.Now()), a.pollFinding())
	a.leaveActivity()
	a.tellSignals()
	a.readStats(a.opts.Now())
	return a, tea.Batch(cmd, a.tick())
}

func (a *App) handle(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case FrameMsg:
		return a.frame(msg)
	case tickMsg:
		// One that a sooner tick has overtaken must not begin another row of ticks.
		if msg.at.Equal(a.ticking) {
			a.ticking = time.Time{}
		}
	case tea.WindowSizeMsg:
		a.layout = a.newLayout(msg.Width, msg.Height)
		a.place()
	case tea.BackgroundColorMsg:
		a.look.Dark = msg.IsDark()
		a.setTheme()
	case tea.ColorProfileMsg:
		a.look.Colors = colorsOf(msg.Profile)
		a.setTheme()
	case tea.KeyPressMsg:
		return tea.Batch(a.putHintsAway(), a.key(msg))
	case tea.PasteMsg:
		return a.paste(msg.Content)
	case tea.MouseMsg:
		return a.mouse(msg)
	default:
		return a.result(msg)
	}
	return nil
}

func colorsOf(profile colorprofile.Profile) theme.Colors {
	switch {
	case profile >= colorprofile.ANSI256:
		return theme.TrueColor
	case profile == colorprofile.ANSI:
		return theme.ANSI16
	default:
		return theme.None
	}
}

func (a *App) setTheme() {
	a.theme = theme.New(a.opts.Skin.Over(a.look))
	for _, p := range a.pages {
		p.grid.SetTheme(a.theme)
	}
	a.tabs.SetTheme(a.theme)
	a.status.SetTheme(a.theme)
	for _, page := range a.panePages() {
		page.SetTheme(a.theme)
	}
	a.picker.SetTheme(a.theme)
	a.help.SetTheme(a.theme)
	a.logs.SetTheme(a.theme)
	a.activity.SetTheme(a.theme)
	a.problems.SetTheme(a.theme)
	a.signals.SetTheme(a.theme)
	a.prompt.SetTheme(a.theme)
	a.timebar.SetTheme(a.theme)
	if a.stats != nil {
		a.stats.SetTheme(a.theme)
	}
}

// place gives every component its size.
func (a *App) place() {
	l := a.layout
	for _, p := range a.pages {
		p.grid.SetSize(l.gridWidth, l.gridHeight)
	}
	a.tabs.SetSize(l.width, 1)
	a.status.SetSize(l.width, 1)
	for _, page := range a.panePages() {
		page.SetSize(l.paneWidth, max(l.paneHeight-a.findingLines(page), 0))
	}
	a.picker.SetSize(pickerSize(l))
	a.help.SetSize(l.width, l.bodyHeight)
	a.logs.SetSize(l.width, l.bodyHeight)
	a.activity.SetSize(l.width, l.bodyHeight)
	a.problems.SetSize(l.width, l.bodyHeight)
	a.signals.SetSize(l.width, l.bodyHeight)
	a.prompt.SetSize(l.width, 1)
	a.timebar.SetSize(l.width, 1)
}

// frame takes in what has changed since the last one.
func (a *App) frame(msg FrameMsg) tea.Cmd {
	a.snapshot = msg.Snapshot
	if a.stats != nil {
		a.stats.Waited(msg.Marks)
	}
	for _, tab := range a.snapshot.Tabs {
		a.page(tab.ID).update(tab)
	}
	a.pane.history.SetMoment(a.moment())
	a.passOver()
	a.tellProblems()
	a.tellConfig()
	a.tellJudging()
	a.tellRecordEnded()
	chosen := a.chooseTab()
	a.dropOldPages()
	return tea.Batch(chosen, a.returned(), a.seekRow(), a.followChange(), a.refreshChoices())
}

// chooseTab keeps the current tab current while it lives; then its neighbour.
func (a *App) chooseTab() tea.Cmd {
	if a.awaited != 0 && a.tabIndex(a.awaited) >= 0 {
		id := a.awaited
		a.awaited = 0
		return a.show(id)
	}
	if a.tabIndex(a.current) >= 0 || len(a.snapshot.Tabs) == 0 {
		return nil
	}
	at := min(a.tabs.LastIndex(), len(a.snapshot.Tabs)-1)
	return a.show(a.snapshot.Tabs[max(at, 0)].ID)
}

func (a *App) tabIndex(id workspace.TabID) int {
	return slices.IndexFunc(a.snapshot.Tabs, func(t workspace.Tab) bool { return t.ID == id })
}

func (a *App) dropOldPages() {
	for id := range a.pages {
		if a.tabIndex(id) < 0 {
			delete(a.pages, id)
		}
	}
}

// currentPage is nil while there is no tab.
func (a *App) currentPage() *page { return a.pages[a.current] }

// tickMsg comes at the time that it was asked for.
type tickMsg struct{ at time.Time }

// tick asks to be woken when the screen will look different by itself: an age,
// a flash that fades, a countdown. While nothing of that is in sight it sleeps.
func (a *App) tick() tea.Cmd {
	now := a.opts.Now()
	wait, ok := a.needsTick(now)
	if !ok {
		return nil
	}
	at := now.Add(wait)
	if !a.ticking.IsZero() && !at.Before(a.ticking.Add(-frameInterval)) {
		return nil
	}
	a.ticking = at
	return tea.Tick(wait, func(time.Time) tea.Msg { return tickMsg{at} })
}
