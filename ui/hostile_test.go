package ui_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unicode"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/go-json-experiment/json/jsontext"
	testclock "k8s.io/utils/clock/testing"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/logbuffer"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/ui"
	"github.com/dogwatch/dogwatch/ui/text"
	"github.com/dogwatch/dogwatch/workspace"
)

// hostile is a root model on which everything that comes from elsewhere is one text.
type hostile struct {
	t             *testing.T
	app           *ui.App
	text          string
	width, height int
	pages         *fakePages
	rewinder      *hostileRewinder
	rules         *rules
	snapshot      workspace.Snapshot // as it was sent last
	came          chan tea.Msg
	running       sync.WaitGroup // commands
}

// hostileBackend answers with the text whatever it is asked.
type hostileBackend struct {
	*fakeBackend
	text string
}

func (b *hostileBackend) Choices() []workspace.TypeChoice {
	return []workspace.TypeChoice{{Name: b.text, Group: b.text, Version: b.text, Kind: b.text, ShortNames: []string{b.text}, Forbidden: b.text}, {Name: "pods", Version: b.text, Kind: "Pod"}}
}

func (b *hostileBackend) Namespaces(context.Context) ([]string, error) { return []string{b.text}, nil }
func (b *hostileBackend) SetContext(string) error                      { return errors.New(b.text) }

func (b *hostileBackend) OpenKnown(workspace.Target) (workspace.TabID, error) {
	return 0, errors.New(b.text)
}

func (b *hostileBackend) Reveal(context.Context, workspace.TabID, model.RowID) (workspace.Revealed, error) {
	return workspace.Revealed{JSON: hostileJSON(b.text)}, nil
}

// quoted is a text as JSON, which itself cannot hold what is not UTF-8.
func quoted(text string) []byte {
	json, err := jsontext.AppendQuote(nil, strings.ToValidUTF8(text, "\uFFFD"))
	if err != nil {
		return []byte(`""`)
	}
	return json
}

// hostileJSON is an object with the text as names and values.
func hostileJSON(text string) []byte {
	return fmt.Appendf(nil, `{"kind":%[1]s,"metadata":{"name":%[1]s,"annotations":{%[1]s:%[1]s}},"list":[%[1]s,{%[1]s:[%[1]s]}]}`, quoted(text))
}

func hostileObject(text, name string, columns *model.Columns) *model.Object {
	o := &model.Object{
		Key: model.Key{Namespace: text, Name: name}, UID: "u", ResourceVersion: text, Columns: columns, Created: now.Unix(),
		Cells:  []string{name, text, text, "1"},
		Labels: model.MakeLabelSet(map[string]string{text: text}),
		Health: model.Health{Level: model.Unhealthy, Reason: text},
	}
	o.SetJSON(model.NewPacker(), hostileJSON(text))
	return o
}

// newHostile shows a list of which the watch is in a phase.
func newHostile(t *testing.T, text string, phase informers.Phase, width, height int) *hostile {
	t.Helper()
	clock := testclock.NewFakeClock(now)
	columns := &model.Columns{List: []model.Column{{Name: "Name", IsName: true}, {Name: text}, {Name: text, Description: text}, {Name: "N", Kind: model.Number}}}
	store := model.NewStore(model.WithClock(clock))
	store.SetColumns(columns)
	store.Apply(hostileObject(text, "begin"+text+"end", columns))
	store.Apply(hostileObject(text, "plain", columns))
	store.Retain(func(model.Key) bool { return true })
	changed := make(chan struct{}, 1)
	view := model.NewView(t.Context(), []model.Source{{Store: store, Name: text, Kind: text}}, model.Spec{}, func() {
		select {
		case changed <- struct{}{}:
		default:
		}
	}, model.WithClock(clock))
	t.Cleanup(view.Close)
	for view.Window(0, 0).Len < 2 {
		<-changed
	}
	log := logbuffer.New(10, 1<<20, func() {})
	fmt.Fprintf(log, "%s\nbegin%s\n", text, text)
	past, versions := hostilePast(t, text)
	h := &hostile{t: t, text: text, width: width, height: height, pages: hostilePages(text, versions), came: make(chan tea.Msg, 100)}
	h.rewinder = &hostileRewinder{text: text, problems: h.hostileProblems(store)}
	h.rules = hostileRules(t, text)
	h.app = ui.New(ui.Options{
		Context: t.Context(), Backend: &hostileBackend{&fakeBackend{pages: h.pages}, text}, Keys: keymap.Default(), Log: log,
		Now: func() time.Time { return now }, Contexts: func() ([]string, error) { return []string{text}, nil },
		Recorder: &fakeRecorder{}, History: &fakeHistory{}, Activity: hostileFeed(t, past), Problems: h.hostileProblems(store),
		Rewinder: h.rewinder, Signals: h.rules,
	})
	t.Cleanup(h.running.Wait)
	h.send(tea.WindowSizeMsg{Width: width, Height: height})
	h.snapshot = workspace.Snapshot{
		Context: text, Server: text, Namespace: text,
		Tabs: []workspace.Tab{
			{
				ID: 1, Title: text, Resolved: true, View: view, Context: text, Namespace: text,
				Sources: []workspace.Source{{
					Name: text, Kind: text, Cluster: text, Namespaced: true, Columns: columns, Count: 2, Unhealthy: 2,
					State: informers.State{Phase: phase, Synced: true, Verb: text, Err: errors.New(text), Reason: text, LastHeard: now.Add(-time.Minute), NextTry: now.Add(time.Minute)},
				}},
			},
			{ID: 2, Title: text, Problem: text, Pending: text, Context: text},
		},
	}
	h.send(ui.FrameMsg{Snapshot: h.snapshot})
	return h
}

// send gives the root a message. What comes of it is taken in later, by settle.
func (h *hostile) send(msg tea.Msg) {
	if batch, ok := msg.(tea.BatchMsg); ok {
		for _, cmd := range batch {
			h.run(cmd)
		}
		return
	}
	_, cmd := h.app.Update(msg)
	h.run(cmd)
}

func (h *hostile) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	ctx := h.t.Context()
	h.running.Go(func() {
		select {
		case h.came <- cmd():
		case <-ctx.Done():
		}
	})
}

// settle takes in what commands brought until none is at work any more, but for those that let time pass; and then until the
// screen is as it is to be, where that is said.
func (h *hostile) settle(where string, done func(screen string) bool) {
	for h.take(0) {
	}
	for range 100 { // what ticks brings messages for ever
		if done == nil || done(ansi.Strip(h.app.View().Content)) {
			return
		}
		if !h.take(time.Minute) {
			break
		}
	}
	h.t.Errorf("%s is not as it is to be:\n%s", where, ansi.Strip(h.app.View().Content))
}

// take takes in a message that came, or comes within a time of the test's own clock. It tells whether there was one.
func (h *hostile) take(within time.Duration) bool {
	time.Sleep(within) // by that clock, and until all that runs waits for more
	synctest.Wait()
	select {
	case msg := <-h.came:
		if msg != nil {
			h.send(msg)
		}
		return true
	default:
		return false
	}
}

func (h *hostile) press(keys ...tea.KeyPressMsg) {
	for _, key := range keys {
		h.send(key)
	}
}

func key(r rune) tea.KeyPressMsg { return tea.KeyPressMsg{Code: r, Text: string(r)} }

// check holds a screen to what a terminal may be given: styles and nothing else, in lines of just its width.
func (h *hostile) check(where string) {
	h.t.Helper()
	v := h.app.View()
	checkText(h.t, where+", title", v.WindowTitle, "")
	lines := strings.Split(v.Content, "\n")
	if len(lines) != h.height {
		h.t.Errorf("%s of %q: %d lines, want %d", where, h.text, len(lines), h.height)
	}
	for i, line := range lines {
		plain := withoutStyles(h.t, line)
		checkText(h.t, fmt.Sprintf("%s, line %d", where, i), plain, h.text)
		if w := ansi.StringWidth(plain); w != h.width && !joins(h.text) {
			h.t.Fatalf("%s of %q: line %d has %d cells, want %d: %q", where, h.text, i, w, h.width, line)
		}
	}
}

// joins tells of texts with runes that are of another width behind others, as some of Thai and Lao. Where a match begins with one,
// or the picker's side cuts one off, a line is a cell too wide, which is known; the program's screen cuts it there.
func joins(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return ansi.StringWidth("a"+string(r)) != 1+ansi.StringWidth(string(r)) })
}

// withoutStyles takes the styles out of a line: CSI with digits, separators and a final m. It does not know what else there may be.
func withoutStyles(t *testing.T, line string) string {
	t.Helper()
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(line, "\x1b")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		end := strings.IndexFunc(rest, func(r rune) bool { return !strings.ContainsRune("[0123456789;:", r) })
		if end < 1 || rest[0] != '[' || rest[end] != 'm' {
			t.Errorf("a sequence that is no style: %q", line)
			return b.String()
		}
		line = rest[end+1:]
	}
}

func checkText(t *testing.T, where, s, of string) {
	t.Helper()
	if !utf8.ValidString(s) {
		t.Errorf("%s of %q is not UTF-8: %q", where, of, s)
	}
	for _, r := range s {
		if unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Variation_Selector) {
			t.Errorf("%s of %q holds %U", where, of, r)
			return
		}
	}
}

// hostileStep is one way in which a text comes to the screen.
type hostileStep struct {
	where string
	do    func()
}

// everywhere brings a text to the screen in every way that there is, and looks at each screen.
func (h *hostile) everywhere(shown func(where string) func(screen string) bool) {
	for _, step := range append(h.present(), h.inThePast()...) {
		step.do()
		h.settle(step.where, shown(step.where))
		h.check(step.where)
	}
}

// present are the screens of the present.
func (h *hostile) present() []hostileStep {
	enter, esc := tea.KeyPressMsg{Code: tea.KeyEnter}, tea.KeyPressMsg{Code: tea.KeyEscape}
	return []hostileStep{
		{"list", func() {}},
		{"pane", func() { h.press(key('y')) }},
		{"focused pane", func() { h.press(enter, key('G'), key('l')) }},
		{"managedFields", func() { h.press(key('m')) }},
		{"reveal", func() { h.press(key('s')) }},
		{"search", func() { h.press(key('m'), key('/')); h.send(tea.PasteMsg{Content: h.text}) }},
		{"found", func() { h.press(enter, key('n'), enter, enter, key('y')) }},
		{"filter", func() { h.press(key('/')); h.send(tea.PasteMsg{Content: h.text}) }},
		{"filtered", func() { h.press(enter) }},
		{"events", func() { h.press(esc, key('e')) }},
		{"history", func() { h.press(key('H')) }},
		{"difference", func() { h.press(enter) }},
		{"side by side", func() { h.press(key('d')) }},
		{"whole version", func() { h.press(key('d')) }},
		{"no difference", func() { h.press(esc, key('G'), enter) }},
		{"relations", func() { h.press(esc, key('r')) }},
		{"why", func() { h.press(key('W')) }},
		{"no events", func() { h.pages.err = errors.New(h.text); h.press(key('H'), key('e')) }},
		{"activity", func() { h.press(key('e'), key('A')) }},
		{"change", func() { h.press(key('G'), enter) }},
		{"filtered activity", func() { h.press(esc, key('/')); h.send(tea.PasteMsg{Content: h.text}) }},
		{"no activity", func() { h.press(enter) }},
		{"problems", func() { h.press(esc, esc, esc, key('P')) }},
		{"signals", func() { h.press(esc, key('S')) }},
		{"signal with an edit", func() { h.press(key('j')) }},
		{"signal without a change", func() { h.press(key('j')) }},
		{"muted signals", func() { h.press(key('m')) }},
		{"signals not judged", func() { h.rules.fail(errors.New(h.text), time.Time{}); h.send(ui.FrameMsg{Snapshot: h.snapshot}) }},
		{"filter of signals", func() { h.press(key('/')); h.send(tea.PasteMsg{Content: h.text}) }},
		{"filtered signals", func() { h.press(enter) }},
		{"told signal", func() { h.press(esc, esc, key('1')); h.news() }},
		{"other tab", func() { h.press(esc, esc, esc, key('2')) }},
		{"command", func() { h.press(key('1'), key(':')); h.send(tea.PasteMsg{Content: "po " + h.text}) }},
		{"answer", func() { h.press(enter, enter) }},
		{"namespaces", func() { h.press(esc, esc, key('N'), tea.KeyPressMsg{Code: tea.KeyTab}) }},
		{"contexts", func() { h.press(esc, key('C'), tea.KeyPressMsg{Code: tea.KeyTab}) }},
		{"context", func() { h.press(enter) }},
		{"picker", func() { h.press(esc, esc, key('a')) }},
		{"picked", func() { h.send(tea.PasteMsg{Content: h.text}) }},
		{"log", func() { h.press(esc, tea.KeyPressMsg{Code: 'l', Mod: tea.ModCtrl}) }},
	}
}

// whereHostileTextIs are the places of each screen where the text comes from what the screen is about, and not from the lines around it,
// which are always there. @ is the text as it is shown, ~ as YAML has it, & as it is typed.
func whereHostileTextIs() map[string]string {
	return map[string]string{
		"list": `begin@end +@ +@ +1`, "pane": `name: ~`, "focused pane": `▌ *name: ~`, "reveal": `revealed until.*name: ~`, "search": `(?m)^ */&`,
		"filter": `(?m)^ */&`, "filtered": `regexp &: missing`, "events": `Warning +@ +@.*begin +\n[^\n]*│ +@ +\n[^\n]*│ +end`, "history": `version 1@ → 2@`,
		"difference": `- *name: ~`, "side by side": `- *name: ~|1 +@/@`, "whole version": `- *name: ~|1 +@/@`, "no difference": `hist( +why| +…)? +0@`,
		"relations": `@ +@ +⊘ may not be read`,
		"why":       `✖ @ @ +@.*\n[^\n]* +@ +\n[^\n]* ! Event @ +0s ago +×7 +@ .*⊘ +@ +@ +may not be read.*@ +by ␛.*@ → @`, "no events": `(?m)│ +@ *$`, "activity": `created +@`,
		"change": `kind +by @ \(@, @\)`, "filtered activity": `activity +/&`, "problems": `@/begin@end`,
		"signals":             `1 of 3 +\n.*@/@ +60m +@ +@.*\n +@: @ +\n +not well, either: @ @ \(@\), @ @ \(@\) +\n[^\n]* @ "\\u001b.* by @ +\n`,
		"signal with an edit": `before: @ "\\u001b.* → @ by @ +\n`, "signal without a change": `rule @ +\n`, "muted signals": `muted @`,
		"signals not judged": `rules are not applied: @`, "filter of signals": `(?m)^ */&`, "filtered signals": `regexp &: missing`,
		"told signal": `@: @/@: @ +S signals`, "no signals": `rules are not applied: @`, "past signals": `@/@ +59m +muted: @.*\n +@: @ +\n`, "other tab": `(?m)^✖ @`,
		"command": `:po &`, "answer": `"\[31m\\u202e" cannot be a namespace`, "namespaces": `:ns .*all +@`, "contexts": `:ctx .*@`,
		"context": `(?m)^ +✖ @`, "picker": `⊘ +@ +@ +@/@`, "picked": `> +&`, "log": `(?m)^ *begin@ *$`,
		"past": `past +@ / @`, "refused step": `(?m)^ +✖ @`, "past pane": `name: ~`, "past events": `Warning +@`, "past history": `version 1@ → 2@`,
		"past difference": `- *name: ~|1 +@/@`, "past relations": `@ +@ +⊘ may not be read`, "past why": `⊘ +@ +@ +may not be read`,
		"past activity": `created +@`, "past problems": `@/begin@end`, "unknown": `as of 14:01:31 · @`, "left out": `the last: @`,
	}
}

// Text from elsewhere is harmless on every screen, and shown as what it is.
func TestHostileTextIsShownAsWhatItIs(t *testing.T) {
	const text = "\x1b[31m\u202e"
	places := map[string]*regexp.Regexp{}
	as := strings.NewReplacer("@", `␛\[31m<U\+202E>`, "~", `"\\x1b\[31m\\u202e"`, "&", `\[31m<U\+202E>`)
	for where, place := range whereHostileTextIs() {
		places[where] = regexp.MustCompile("(?s)" + as.Replace(place))
	}
	for _, size := range []struct{ width, height int }{{120, 40}, {200, 50}} {
		for _, phase := range []informers.Phase{informers.Live, informers.Retrying, informers.Forbidden, informers.Gone} {
			t.Run(fmt.Sprintf("%v-%dx%d", phase, size.width, size.height), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					newHostile(t, text, phase, size.width, size.height).everywhere(func(where string) func(string) bool {
						if places[where] == nil {
							return nil
						}
						return places[where].MatchString
					})
				})
			})
		}
	}
}

// hostileTexts are what a terminal must never get, and what makes it miscount.
func hostileTexts() []string {
	return []string{
		"", "plain", "\x1b[2J", "\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "\x1b]52;c;aGk=\x07", "\x1bP+q\x1b\\", "\u009b31m", "\x9b31m", "\x9d52;c;aGk=\x9c",
		"a\u202eb\u2066c", "a\u200b\u200d\ufeffb", "\xff\xfe", "a\r\nb\tc\bd\x7f", "日本語", "e\u0301\u0301\u0301", "🇩🇪👍🏽👨‍👩‍👧❤️", "ᄀᄀᄀ각", "\u0301", "\u3164\u115f",
		strings.Repeat("x", 5000), strings.Repeat("語", 3000), strings.Repeat("\u0301", 3000), "a\u0300\u20e3", "\U000e0041\U0001f1e6", "\u061c\u180e\u2028\u2029", "ำำ", "नि", "؀1",
	}
}

// wherePlainTextIs are places where any text stands that is short enough for them: @ is the text as it is shown, ^ the name that it is
// in.
func wherePlainTextIs() map[string]string {
	return map[string]string{
		"list": `^ +@ +@ +1`, "problems": `@/^`, "other tab": `✖ @`, "namespaces": `:ns .*all +@`, "context": ` ✖ @`, "picker": `⊘ +@ +@ +@/@`,
		"past": `past +@ / @`, "past problems": `@/^`,
	}
}

// isShown makes what tells whether a text is to be seen on a screen; nil where it may be cut off. Nothing of it is left out.
func isShown(t *testing.T, s string) func(where string) func(screen string) bool {
	t.Helper()
	const widest = 13
	whole := text.Clean(s)
	if utf8.RuneCountInString(whole) < utf8.RuneCountInString(s) {
		t.Errorf("of %q is shown %q", s, whole)
	}
	if w := ansi.StringWidth(whole); w == 0 || w > widest || joins(s) || strings.TrimSpace(whole) != whole {
		return func(string) func(string) bool { return nil }
	}
	as := strings.NewReplacer("@", regexp.QuoteMeta(whole), "^", regexp.QuoteMeta(text.Clean("begin"+s+"end")))
	places := wherePlainTextIs()
	return func(where string) func(string) bool {
		if places[where] == "" {
			return nil
		}
		return regexp.MustCompile("(?s)" + as.Replace(places[where])).MatchString
	}
}

// FuzzScreen brings any text to every screen: it is harmless, and to be seen where there is room for it.
func FuzzScreen(f *testing.F) {
	for i, text := range hostileTexts() {
		f.Add(text, uint8(i), uint8(40+13*i), uint8(10+i))
		f.Add(text, uint8(i), uint8(200), uint8(40))
	}
	f.Fuzz(func(t *testing.T, text string, phase, width, height uint8) {
		phases := []informers.Phase{informers.Live, informers.Listing, informers.Retrying, informers.Forbidden, informers.Gone, informers.Stale, informers.Stopped, informers.WaitingForDiscovery}
		w, h := max(int(width), 60), max(int(height)%60, 15)
		shown := func(string) func(string) bool { return nil }
		if w >= 120 && h >= 40 {
			shown = isShown(t, text)
		}
		synctest.Test(t, func(t *testing.T) {
			newHostile(t, text, phases[int(phase)%len(phases)], w, h).everywhere(shown)
		})
	})
}
