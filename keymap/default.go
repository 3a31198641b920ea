package keymap

import "slices"

// Action is what a key asks for. Components act on actions, never on keys.
type Action string

// Actions that mean the same wherever they are heard.
const (
	Up        Action = "up"
	Down      Action = "down"
	Left      Action = "left"
	Right     Action = "right"
	PageUp    Action = "page up"
	PageDown  Action = "page down"
	HalfUp    Action = "half page up"
	HalfDown  Action = "half page down"
	Top       Action = "top"
	Bottom    Action = "bottom"
	Accept    Action = "accept"
	Back      Action = "back"
	Search    Action = "search"
	NextMatch Action = "next match"
	PrevMatch Action = "previous match"
)

// Actions of the whole screen.
const (
	Quit          Action = "quit"
	ShowHelp      Action = "help"
	OpenPicker    Action = "open picker"
	OpenCommand   Action = "open command line"
	ShowLogs      Action = "logs"
	NextTab       Action = "next tab"
	PrevTab       Action = "previous tab"
	GoToTab       Action = "go to tab"
	DropTab       Action = "drop tab"
	AllNamespaces Action = "all namespaces"
	PickNamespace Action = "pick namespace"
	PickContext   Action = "pick context"
	RetryNow      Action = "retry now"
	ToggleRecord  Action = "record"
	SteerTime     Action = "steer time"
	Suspend       Action = "suspend"
	ShowActivity  Action = "activity"
	ShowProblems  Action = "problems"
	ShowSignals   Action = "signals"
	Mute          Action = "mute"
	MuteRule      Action = "mute rule"
	ToggleMuted   Action = "toggle muted"
	ToggleTypes   Action = "toggle types"
	ToggleNoise   Action = "noise"
)

// Actions of the time.
const (
	PlayPause     Action = "play or pause"
	ChangeBack    Action = "change back"
	ChangeForward Action = "change forward"
	BusyBack      Action = "busy moment back"
	BusyForward   Action = "busy moment forward"
	ObjectBack    Action = "object's change back"
	ObjectForward Action = "object's change forward"
	Slower        Action = "slower"
	Faster        Action = "faster"
	ToBegin       Action = "to the beginning"
	ToEnd         Action = "to the end"
	JumpToMoment  Action = "jump to a moment"
	LeaveTime     Action = "leave the time"
)

// Actions of the list.
const (
	ToggleDetail  Action = "toggle YAML"
	FocusDetail   Action = "focus YAML"
	OpenFilter    Action = "filter"
	ToggleWide    Action = "wide"
	CopyName      Action = "copy name"
	SortNext      Action = "sort by next column"
	SortPrev      Action = "sort by previous column"
	SortReverse   Action = "reverse sort"
	SortAdd       Action = "add sort column"
	SortReset     Action = "default sort"
	UseNamespace  Action = "use the row's namespace"
	ScrollLeft    Action = "scroll left"
	ScrollRight   Action = "scroll right"
	UnhealthyOnly Action = "unhealthy only"
	NextUnhealthy Action = "next unhealthy"
	ToggleHeat    Action = "heat"
)

// Actions of the YAML pane, the picker and prompts.
const (
	CopyAll         Action = "copy all"
	CopyPath        Action = "copy path"
	CopyValue       Action = "copy value"
	ManagedFields   Action = "managed fields"
	Reveal          Action = "reveal secret"
	NextPage        Action = "next page"
	PrevPage        Action = "previous page"
	ToggleEvents    Action = "toggle events"
	ToggleHistory   Action = "toggle history"
	ToggleRelations Action = "toggle relations"
	ToggleWhy       Action = "toggle why"
	DiffView        Action = "difference another way"
	MarkVersion     Action = "mark version"
	Older           Action = "older version"
	Newer           Action = "newer version"
	CopyPatch       Action = "copy patch"
	CopyUndo        Action = "copy undoing patch"
	CopyDiff        Action = "copy difference"
	Mark            Action = "mark"
	OneTab          Action = "one tab for all marked"
	Complete        Action = "complete"
	HistoryPrev     Action = "earlier"
	HistoryNext     Action = "later"
)

// Default is the keymap of a user who has changed nothing: k9s' and vi's
// habits where they exist.
func Default() *Keymap {
	return New(map[Scope][]Binding{
		Global:    globalBindings(),
		Grid:      gridBindings(),
		Detail:    detailBindings(),
		Events:    eventsBindings(),
		Relations: relationsBindings(),
		History:   historyBindings(),
		Why:       whyBindings(),
		Time:      timeBindings(),
		Picker:    pickerBindings(),
		Prompt:    promptBindings(),
		Activity:  activityBindings(),
		Problems:  problemsBindings(),
		Signals:   signalsBindings(),
		Help:      readingBindings(Binding{Back, []string{"esc", "?", "q"}, "close help", "close"}),
		Logs:      readingBindings(Binding{Back, []string{"esc", "q"}, "close the log", "close"}),
	})
}

func globalBindings() []Binding {
	return []Binding{
		{OpenPicker, []string{"a", "ctrl+a"}, "add or drop types", "add"},
		{OpenCommand, []string{":"}, "command line: a type, :ns, :ctx, :drop, :quit", "command"},
		{NextTab, []string{"tab"}, "next tab", ""},
		{PrevTab, []string{"shift+tab"}, "previous tab", ""},
		{GoToTab, []string{"1", "2", "3", "4", "5", "6", "7", "8", "9"}, "go to tab 1 to 9", ""},
		{DropTab, []string{"x"}, "drop this tab", ""},
		{AllNamespaces, []string{"0"}, "all namespaces, or back to one", ""},
		{PickNamespace, []string{"N"}, "switch namespace", ""},
		{PickContext, []string{"C"}, "switch context", ""},
		{RetryNow, []string{"ctrl+r"}, "try again now what waits to be retried", ""},
		{ToggleRecord, []string{"R"}, "record what the tabs watch into a file, or end that", ""},
		{SteerTime, []string{"t"}, "go into the past: step through changes, scrub, play", "time"},
		{ShowActivity, []string{"A"}, "what went on, in all types that are watched", "activity"},
		{ShowProblems, []string{"P"}, "what is unhealthy, in all types that are watched", "problems"},
		{ShowSignals, []string{"S"}, "what rules tell of what is watched: crash loops, rollouts, evictions...", ""},
		{ShowLogs, []string{"ctrl+l"}, "dogwatch's own log", ""},
		{Suspend, []string{"ctrl+z"}, "stop, until the shell's fg", ""},
		{ShowHelp, []string{"?"}, "help", "help"},
		{Quit, []string{"q", "ctrl+c"}, "quit", "quit"},
	}
}

func movement() []Binding {
	return []Binding{
		{Up, []string{"up", "k"}, "up", ""},
		{Down, []string{"down", "j"}, "down", ""},
		{PageUp, []string{"pgup", "ctrl+b"}, "page up", ""},
		{PageDown, []string{"pgdown", "ctrl+f", "space"}, "page down", ""},
		{HalfUp, []string{"ctrl+u"}, "half a page up", ""},
		{HalfDown, []string{"ctrl+d"}, "half a page down", ""},
		{Top, []string{"home", "g"}, "first line", ""},
		{Bottom, []string{"end", "G"}, "last line", ""},
	}
}

func activityBindings() []Binding {
	return append(movement(),
		Binding{Accept, []string{"enter"}, "what changed, or the changes that a line stands for", "open"},
		Binding{OpenFilter, []string{"/"}, "filter: words, type:po ns:shop obj:api by:kubelet path:image, !not", "filter"},
		Binding{ToggleHistory, []string{"H"}, "the history of the object of a line, beside the list; A goes back to the line", "history"},
		Binding{ToggleNoise, []string{"n"}, "show noise, or fold it again", "noise"},
		Binding{Back, []string{"esc", "q"}, "back: from the change, from the filter, to the list", "back"},
	)
}

func problemsBindings() []Binding {
	return append(movement(),
		Binding{Accept, []string{"enter"}, "to the object", "go to it"},
		Binding{ToggleWhy, []string{"W"}, "why it is not well: the way to the cause, and what changed before", "why"},
		Binding{OpenFilter, []string{"/"}, "filter: words, regexp, ns/name, !not, -f fuzzy", "filter"},
		Binding{Back, []string{"esc", "q"}, "back: from the filter, to the list", "back"},
	)
}

func signalsBindings() []Binding {
	return append(movement(),
		Binding{Accept, []string{"enter"}, "to the object, at the moment that it is told of", "go to it"},
		Binding{Mute, []string{"m"}, "mute this one of this object, or no longer", "mute"},
		Binding{MuteRule, []string{"M"}, "mute all of its rule, or no longer", ""},
		Binding{ToggleMuted, []string{"v"}, "show what is muted, or hide it again", "muted"},
		Binding{ToggleTypes, []string{"w"}, "watch all types that rules are about, or no longer", "types"},
		Binding{OpenFilter, []string{"/"}, "filter: words, regexp, ns/name, !not, -f fuzzy", "filter"},
		Binding{Back, []string{"esc", "q"}, "back: from the filter, to the list", "back"},
	)
}

func readingBindings(back Binding) []Binding {
	return append(movement(), back)
}

func gridBindings() []Binding {
	return append(movement(),
		Binding{ScrollLeft, []string{"left", "h"}, "scroll left", ""},
		Binding{ScrollRight, []string{"right", "l"}, "scroll right", ""},
		Binding{ToggleDetail, []string{"y"}, "show or hide the YAML pane", "yaml"},
		Binding{FocusDetail, []string{"enter"}, "into the YAML pane", ""},
		Binding{ToggleEvents, []string{"e"}, "show or hide the object's Events", "events"},
		Binding{ToggleRelations, []string{"r"}, "into what the object relates to: owners, owned, selected, referred to", ""},
		Binding{ToggleHistory, []string{"H"}, "into the object's history", "history"},
		Binding{ToggleWhy, []string{"W"}, "into why the object is not well: the way to the cause, and what changed before", ""},
		Binding{NextPage, []string{"]"}, "the pane's next page: YAML, events, relations, history, why", ""},
		Binding{PrevPage, []string{"["}, "the pane's page before", ""},
		Binding{OpenFilter, []string{"/"}, "filter: words, regexp, ns/name, !not, -f fuzzy, -l a=b", "filter"},
		Binding{ToggleWide, []string{"w"}, "all columns, as kubectl -o wide", ""},
		Binding{SortNext, []string{">"}, "sort by the next column", ""},
		Binding{SortPrev, []string{"<"}, "sort by the previous column", ""},
		Binding{SortReverse, []string{"-"}, "reverse the order", ""},
		Binding{SortAdd, []string{"+"}, "keep this order, and sort within it by one column more", ""},
		Binding{SortReset, []string{"="}, "default order", ""},
		Binding{UnhealthyOnly, []string{"!"}, "only what is not healthy, or all again", ""},
		Binding{NextUnhealthy, []string{"u"}, "next object that is not healthy", ""},
		Binding{ToggleHeat, []string{"m"}, "heat of each row: changes in each of 8 minutes, a step up is twice as many", ""},
		Binding{CopyName, []string{"c"}, "copy the name", ""},
		Binding{UseNamespace, []string{"n"}, "only the namespace of this row", ""},
		Binding{Back, []string{"esc"}, "clear the filter, close the pane", ""},
	)
}

func detailBindings() []Binding {
	return append(movement(),
		Binding{ScrollLeft, []string{"left", "h"}, "scroll left", ""},
		Binding{ScrollRight, []string{"right", "l"}, "scroll right", ""},
		Binding{Search, []string{"/"}, "search", "search"},
		Binding{NextMatch, []string{"n"}, "next match", ""},
		Binding{PrevMatch, []string{"N"}, "previous match", ""},
		Binding{CopyAll, []string{"c"}, "copy the whole YAML", "copy"},
		Binding{CopyPath, []string{"p"}, "copy the path under the cursor", "path"},
		Binding{CopyValue, []string{"v"}, "copy the value under the cursor", ""},
		Binding{ManagedFields, []string{"m"}, "show or hide managedFields", ""},
		Binding{Reveal, []string{"s"}, "reveal a Secret's values until the next key", ""},
		Binding{ToggleDetail, []string{"y"}, "close the pane", ""},
		Binding{ToggleEvents, []string{"e"}, "the object's Events", "events"},
		Binding{ToggleRelations, []string{"r"}, "what the object relates to", ""},
		Binding{ToggleHistory, []string{"H"}, "the object's history", "history"},
		Binding{ToggleWhy, []string{"W"}, "why the object is not well", ""},
		Binding{NextPage, []string{"]"}, "next page: YAML, events, relations, history, why", ""},
		Binding{PrevPage, []string{"["}, "page before", ""},
		Binding{Back, []string{"esc", "enter"}, "back to the list", "back"},
	)
}

func eventsBindings() []Binding {
	return append(movement(),
		Binding{ToggleDetail, []string{"y"}, "the object's YAML", "yaml"},
		Binding{ToggleEvents, []string{"e"}, "close the pane", ""},
		Binding{ToggleRelations, []string{"r"}, "what the object relates to", "relations"},
		Binding{ToggleHistory, []string{"H"}, "the object's history", "history"},
		Binding{ToggleWhy, []string{"W"}, "why the object is not well", ""},
		Binding{NextPage, []string{"]"}, "next page: YAML, events, relations, history, why", ""},
		Binding{PrevPage, []string{"["}, "page before", ""},
		Binding{Back, []string{"esc", "enter"}, "back to the list", "back"},
	)
}

func relationsBindings() []Binding {
	return append(movement(),
		Binding{Accept, []string{"enter"}, "to the object under the cursor", "go to it"},
		Binding{ToggleDetail, []string{"y"}, "the object's YAML", "yaml"},
		Binding{ToggleEvents, []string{"e"}, "the object's Events", "events"},
		Binding{ToggleRelations, []string{"r"}, "close the pane", ""},
		Binding{ToggleHistory, []string{"H"}, "the object's history", "history"},
		Binding{ToggleWhy, []string{"W"}, "why the object is not well", ""},
		Binding{NextPage, []string{"]"}, "next page: YAML, events, relations, history, why", ""},
		Binding{PrevPage, []string{"["}, "page before", ""},
		Binding{Back, []string{"esc"}, "back to the list", "back"},
	)
}

func whyBindings() []Binding {
	return append(movement(),
		Binding{Accept, []string{"enter"}, "to the object, or what the change was", "go to it"},
		Binding{ToggleDetail, []string{"y"}, "the object's YAML", "yaml"},
		Binding{ToggleEvents, []string{"e"}, "the object's Events", "events"},
		Binding{ToggleRelations, []string{"r"}, "what the object relates to", ""},
		Binding{ToggleHistory, []string{"H"}, "the object's history", "history"},
		Binding{ToggleWhy, []string{"W"}, "close the pane", ""},
		Binding{NextPage, []string{"]"}, "next page: YAML, events, relations, history, why", ""},
		Binding{PrevPage, []string{"["}, "page before", ""},
		Binding{Back, []string{"esc"}, "back to the list", "back"},
	)
}

func historyBindings() []Binding {
	return append(without(movement(), "space"),
		Binding{Accept, []string{"enter"}, "what the version changed, or back to the versions", "diff"},
		Binding{MarkVersion, []string{"space"}, "mark a version: the difference is that of two marked ones", "mark"},
		Binding{DiffView, []string{"d"}, "the difference unified, side by side, or in the whole YAML", "view"},
		Binding{Older, []string{"J"}, "the version before, the difference with it", "older"},
		Binding{Newer, []string{"K"}, "the version after, the difference with it", "newer"},
		Binding{NextMatch, []string{"n"}, "next change in the difference", "next"},
		Binding{PrevMatch, []string{"N"}, "change before", ""},
		Binding{ScrollLeft, []string{"left", "h"}, "scroll left", ""},
		Binding{ScrollRight, []string{"right", "l"}, "scroll right", ""},
		Binding{CopyPatch, []string{"c"}, "copy the change as a merge patch, for kubectl patch --type merge", "patch"},
		Binding{CopyUndo, []string{"u"}, "copy the merge patch that undoes it", ""},
		Binding{CopyDiff, []string{"v"}, "copy the difference as text", ""},
		Binding{ToggleDetail, []string{"y"}, "the object's YAML", ""},
		Binding{ToggleEvents, []string{"e"}, "the object's Events", ""},
		Binding{ToggleRelations, []string{"r"}, "what the object relates to", ""},
		Binding{ToggleHistory, []string{"H"}, "close the pane", ""},
		Binding{ToggleWhy, []string{"W"}, "why the object is not well", ""},
		Binding{NextPage, []string{"]"}, "next page: YAML, events, relations, history, why", ""},
		Binding{PrevPage, []string{"["}, "page before", ""},
		Binding{Back, []string{"esc"}, "back: from the difference, from marks, to the list", "back"},
	)
}

// without takes a key off all bindings that have others.
func without(bindings []Binding, key string) []Binding {
	for i := range bindings {
		bindings[i].Keys = slices.DeleteFunc(bindings[i].Keys, func(k string) bool { return k == key })
	}
	return bindings
}

// timeBindings leave the keys that move in the list, and those that open a page of the pane, to the list.
func timeBindings() []Binding {
	return []Binding{
		{PlayPause, []string{"space"}, "play, or pause, also from the pane", "play/pause"},
		{ChangeBack, []string{"left", "h"}, "to before the last change", "back"},
		{ChangeForward, []string{"right", "l"}, "to the next change", "change"},
		{Back, []string{"esc"}, "back: from the pane, then as t", "leave"},
		{LeaveTime, []string{"t"}, "leave the time as it goes; of a live cluster, back to the present", ""},
		{ObjectForward, []string{"n"}, "to the next change of the object under the cursor, or of a search or difference in the pane", "object"},
		{ObjectBack, []string{"p"}, "to its change before", ""},
		{BusyForward, []string{"shift+right", "}"}, "to the next busy moment", "busy"},
		{BusyBack, []string{"shift+left", "{"}, "to the busy moment before", ""},
		{Faster, []string{"+", "="}, "twice as fast, up to 64 times", "faster"},
		{Slower, []string{"-"}, "half as fast, down to a quarter", "slower"},
		{JumpToMoment, []string{"@"}, "jump to a moment: 1m20s, -30s, 14:02:31", "jump"},
		{ToBegin, []string{"home"}, "to the beginning", ""},
		{ToEnd, []string{"end"}, "to the end", ""},
	}
}

func pickerBindings() []Binding {
	return []Binding{
		{Up, []string{"up", "ctrl+p"}, "up", ""},
		{Down, []string{"down", "ctrl+n"}, "down", ""},
		{PageUp, []string{"pgup"}, "page up", ""},
		{PageDown, []string{"pgdown"}, "page down", ""},
		{Mark, []string{"space"}, "mark, or take the mark away", "mark"},
		{Accept, []string{"enter"}, "apply the marks; without any, toggle this line", "apply"},
		{OneTab, []string{"tab"}, "one tab for all that is newly marked", "one tab"},
		{Back, []string{"esc", "ctrl+c"}, "close, change nothing", "close"},
	}
}

func promptBindings() []Binding {
	return []Binding{
		{Accept, []string{"enter"}, "do it", ""},
		{Complete, []string{"tab"}, "complete", ""},
		{HistoryPrev, []string{"up", "ctrl+p"}, "earlier line", ""},
		{HistoryNext, []string{"down", "ctrl+n"}, "later line", ""},
		{Back, []string{"esc", "ctrl+c"}, "leave it", ""},
	}
}
