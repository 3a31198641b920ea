package detail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/clip"
)

var (
	now   = time.Date(2026, 11, 23, 14, 2, 31, 0, time.UTC)
	plain = theme.New(theme.Options{Colors: theme.None})
)

const pod = `{"apiVersion":"v1","kind":"Pod",
"metadata":{"name":"api-7c9d8b6f5-9qzrt","namespace":"shop","resourceVersion":"%s","labels":{"app":"api"},
 "managedFields":[{"manager":"kubelet"}]},
"spec":{"containers":[{"name":"api","image":"registry.example/shop/api:1.9.0","args":["--listen=:8080"]}],"nodeName":null},
"status":{"phase":"Running","conditions":[{"type":"Ready","status":"%s"}],"containerStatuses":[{"name":"api","restartCount":%d,"ready":true}]}}`

func id(name string) model.RowID {
	return model.RowID{Key: model.Key{Namespace: "shop", Name: name}, UID: "u-" + "1"}
}

// object is a version of an object whose JSON is given.
func object(name, version, json string) Object {
	return Object{
		ID: id(name), Kind: "Pod", ResourceVersion: version,
		Load: func(context.Context, bool) ([]byte, error) { return []byte(json), nil },
	}
}

func podAt(version, ready string, restarts int) Object {
	return object("api-7c9d8b6f5-9qzrt", version, fmt.Sprintf(pod, version, ready, restarts))
}

// settle runs commands and hands over what comes of them until none is left.
func settle(m *Model, cmd tea.Cmd) {
	for cmd != nil {
		cmd = m.Update(cmd())
	}
}

func show(m *Model, o Object) { settle(m, m.Show(context.Background(), o)) }

func pane(t *theme.Theme, width, height int) *Model {
	m := New(t)
	m.SetSize(width, height)
	m.SetFocused(true)
	return m
}

// lineUnderCursor is the text that the cursor stands on.
func lineUnderCursor(m *Model) string {
	lines := strings.Split(ansi.Strip(m.View(now)), "\n")
	return strings.Trim(lines[m.cursor-m.top+1], " ▌‹")
}

func do(m *Model, actions ...keymap.Action) {
	for _, a := range actions {
		settle(m, m.Do(a))
	}
}

// goTo moves the cursor down to a line.
func goTo(t *testing.T, m *Model, line string) {
	t.Helper()
	do(m, keymap.Top)
	for range len(m.document().Lines) {
		if lineUnderCursor(m) == line {
			return
		}
		do(m, keymap.Down)
	}
	t.Fatalf("no line %q in\n%s", line, m.document().Text())
}

func TestShowOfWhatIsShownDoesNothing(t *testing.T) {
	m := pane(plain, 60, 10)
	show(m, podAt("1", "True", 0))
	if cmd := m.Show(context.Background(), podAt("1", "True", 0)); cmd != nil {
		t.Error("the same version is read again")
	}
}

func TestNewestWishWins(t *testing.T) {
	m := pane(plain, 60, 10)
	first := m.Show(context.Background(), podAt("1", "True", 0))
	if cmd := m.Show(context.Background(), podAt("2", "True", 0)); cmd != nil {
		t.Fatal("two loads at once")
	}
	var ended error
	slow := object("other", "3", `{}`)
	slow.Load = func(ctx context.Context, _ bool) ([]byte, error) {
		ended = ctx.Err()
		return nil, ctx.Err()
	}
	m.Show(context.Background(), slow)
	settleOnce := m.Update(first())
	if m.shown.doc != nil {
		t.Error("an object that is wanted no more is shown")
	}
	m.Show(context.Background(), podAt("4", "False", 1))
	settle(m, settleOnce)
	if !errors.Is(ended, context.Canceled) {
		t.Errorf("the load of what is wanted no more ends with %v", ended)
	}
	if m.shown.key.version != "4" || m.shown.problem != "" {
		t.Errorf("shows version %q, problem %q", m.shown.key.version, m.shown.problem)
	}
}

func TestClearDropsWhatComesLate(t *testing.T) {
	m := pane(plain, 60, 10)
	late := m.Show(context.Background(), podAt("1", "True", 0))
	m.Clear()
	settle(m, late)
	if m.document() != nil {
		t.Error("a document came after Clear")
	}
	show(m, podAt("1", "True", 0))
	if m.document() == nil {
		t.Error("the same object is not shown after Clear")
	}
}

func TestChangesAreMarkedForAWhile(t *testing.T) {
	m := pane(plain, 60, 40)
	show(m, podAt("1", "True", 0))
	if _, ok := m.NeedsTick(now); ok {
		t.Error("a first version glows")
	}
	show(m, podAt("2", "False", 7))
	marked := func(at time.Time) (lines []string) {
		for line := range strings.SplitSeq(ansi.Strip(m.View(at)), "\n") {
			if strings.HasPrefix(line, "~") {
				lines = append(lines, strings.Trim(line, "~ "))
			}
		}
		return lines
	}
	want := []string{`resourceVersion: "2"`, `- status: "False"`, "restartCount: 7"}
	for _, at := range []time.Duration{0, brightFor, markedFor - 1} {
		if got := marked(now.Add(at)); !reflect.DeepEqual(got, want) {
			t.Errorf("after %v: marks %q, want %q", at, got, want)
		}
	}
	if wait, ok := m.NeedsTick(now.Add(brightFor)); !ok || wait != markedFor-brightFor {
		t.Errorf("needs a tick in %v, %v", wait, ok)
	}
	if got := marked(now.Add(markedFor)); got != nil {
		t.Errorf("marks stay: %q", got)
	}
}

func TestCursorStaysOnWhatItStandsOn(t *testing.T) {
	m := pane(plain, 60, 8)
	show(m, podAt("1", "True", 0))
	goTo(t, m, "restartCount: 0")
	screenLine := m.cursor - m.top
	grown := fmt.Sprintf(pod, "2", "True", 3)
	grown = strings.Replace(grown, `"labels":{`, `"labels":{"a":"1","b":"2","c":"3",`, 1)
	show(m, object("api-7c9d8b6f5-9qzrt", "2", grown))
	if got := lineUnderCursor(m); got != "restartCount: 3" {
		t.Errorf("the cursor is on %q", got)
	}
	if got := m.cursor - m.top; got != screenLine {
		t.Errorf("the cursor moved on the screen from line %d to %d", screenLine, got)
	}
	show(m, object("another", "9", fmt.Sprintf(pod, "9", "True", 5)))
	if got := lineUnderCursor(m); got != "restartCount: 5" {
		t.Errorf("in another object the cursor is on %q", got)
	}
}

func TestDeletedObjectStaysAndSaysSo(t *testing.T) {
	m := pane(plain, 60, 8)
	o := podAt("1", "True", 0)
	show(m, o)
	m.SetDeleted(o.ID, now, 0)
	if view := ansi.Strip(m.View(now)); !strings.Contains(view, "deleted 14:02:31") || !strings.Contains(view, "kind: Pod") {
		t.Errorf("drawn:\n%s", view)
	}
	show(m, object("other", "1", `{"a":1}`))
	if view := m.View(now); strings.Contains(view, "deleted") {
		t.Errorf("another object is said to be deleted:\n%s", view)
	}
}

func TestManagedFieldsAreReadWhenAskedFor(t *testing.T) {
	m := pane(plain, 60, 60)
	o := podAt("1", "True", 0)
	var asked []bool
	load := o.Load
	o.Load = func(ctx context.Context, managed bool) ([]byte, error) {
		asked = append(asked, managed)
		return load(ctx, managed)
	}
	show(m, o)
	do(m, keymap.ManagedFields)
	if view := m.View(now); !strings.Contains(view, "manager") {
		t.Errorf("no managedFields:\n%s", view)
	}
	do(m, keymap.ManagedFields)
	if view := m.View(now); strings.Contains(view, "manager") {
		t.Errorf("managedFields are still shown:\n%s", view)
	}
	if want := []bool{false, true, false}; !reflect.DeepEqual(asked, want) {
		t.Errorf("loads %v, want %v", asked, want)
	}
}

func TestFailedLoadSaysWhy(t *testing.T) {
	m := pane(plain, 60, 8)
	o := podAt("1", "True", 0)
	o.Load = func(context.Context, bool) ([]byte, error) { return nil, errors.New("pods is forbidden\x1b[31m") }
	show(m, o)
	view := ansi.Strip(m.View(now))
	if !strings.Contains(view, "read shop/api-7c9d8b6f5-9qzrt: pods is") || !strings.Contains(view, "␛[31m") {
		t.Errorf("drawn:\n%s", view)
	}
	do(m, keymap.Down, keymap.CopyAll, keymap.NextMatch)
	m.Scroll(3)
	m.Click(1, 3)
}

// copyOf gives what an action puts on the clipboard, and what it says of it.
func copyOf(t *testing.T, m *Model, action keymap.Action) (content string, said clip.CopiedMsg) {
	t.Helper()
	switch msg := m.Do(action)().(type) {
	case clip.CopiedMsg:
		return "", msg
	case tea.BatchMsg:
		var out bytes.Buffer
		for _, cmd := range msg {
			if copied, ok := cmd().(clip.CopiedMsg); ok {
				said = copied
				continue
			}
			fmt.Fprint(&out, cmd())
		}
		return out.String(), said
	default:
		t.Fatalf("%T", msg)
		return "", clip.CopiedMsg{}
	}
}

func TestCopies(t *testing.T) {
	m := pane(plain, 60, 12)
	show(m, object("x", "1", `{"data":{"a.b":"two\nlines\n","quoted":"true"},"list":[{"m":1}]}`))
	for _, test := range []struct {
		line   string
		action keymap.Action
		want   string
	}{
		{"a.b: |", keymap.CopyPath, `.data.a\.b`},
		{"a.b: |", keymap.CopyValue, "two\nlines\n"},
		{`quoted: "true"`, keymap.CopyValue, "true"},
		{"list:", keymap.CopyValue, "- m: 1\n"},
		{"list:", keymap.CopyAll, "data:\n  a.b: |\n    two\n    lines\n  quoted: \"true\"\nlist:\n- m: 1\n"},
	} {
		goTo(t, m, test.line)
		got, said := copyOf(t, m, test.action)
		if got != test.want || said.What == "" || said.Problem != "" {
			t.Errorf("%s on %q copies %q and says %+v, want %q", test.action, test.line, got, said, test.want)
		}
	}
	show(m, object("big", "1", `{"a":"`+strings.Repeat("x", clip.MaxBytes+1)+`"}`))
	if got, said := copyOf(t, m, keymap.CopyAll); got != "" || said.Problem == "" {
		t.Errorf("copies %d bytes and says %+v", len(got), said)
	}
}

func TestSearch(t *testing.T) {
	m := pane(plain, 60, 6)
	show(m, podAt("1", "True", 0))
	settle(m, m.Search(context.Background(), "api"))
	var seen []string
	for range 6 {
		seen = append(seen, lineUnderCursor(m))
		do(m, keymap.NextMatch)
	}
	want := []string{"apiVersion: v1", "app: api", "name: api-7c9d8b6f5-9qzrt", "image: registry.example/shop/api:1.9.0", "name: api", "- name: api"}
	if !reflect.DeepEqual(seen, want) {
		t.Errorf("goes through %q, want %q", seen, want)
	}
	do(m, keymap.PrevMatch)
	if got := lineUnderCursor(m); got != "- name: api" {
		t.Errorf("back round the start: %q", got)
	}
	if title := ansi.Strip(m.View(now)); !strings.Contains(title, "6 of 6 found") {
		t.Errorf("title %q", strings.Split(title, "\n")[0])
	}
	show(m, podAt("2", "True", 1))
	if len(m.hits) != 6 {
		t.Errorf("%d matches in the next version", len(m.hits))
	}
	settle(m, m.Search(context.Background(), ""))
	if m.Searching() || m.hits != nil {
		t.Error("an empty text does not end the search")
	}
}

func TestSearchScrollsToTheSide(t *testing.T) {
	m := pane(plain, 40, 6)
	show(m, object("x", "1", `{"a":"`+strings.Repeat("-", 500)+`needle`+strings.Repeat("-", 500)+`","b":1}`))
	settle(m, m.Search(context.Background(), "needle"))
	if view := ansi.Strip(m.View(now)); !strings.Contains(view, "needle") {
		t.Errorf("the match is out of sight:\n%s", view)
	}
	settle(m, m.Search(context.Background(), "b: 1"))
	if view := ansi.Strip(m.View(now)); !strings.Contains(view, "b: 1") {
		t.Errorf("does not scroll back:\n%s", view)
	}
}

func TestSearchDuringALoadFindsInTheNewVersion(t *testing.T) {
	m := pane(plain, 60, 12)
	show(m, podAt("1", "True", 0))
	load := m.Show(context.Background(), podAt("2", "True", 42))
	settle(m, m.Search(context.Background(), "count: 42"))
	settle(m, load)
	if got := lineUnderCursor(m); got != "restartCount: 42" {
		t.Errorf("the cursor is on %q", got)
	}
}

func TestMovement(t *testing.T) {
	m := pane(plain, 40, 11) // ten lines of document
	var members []string
	for i := range 100 {
		members = append(members, fmt.Sprintf(`"k%03d":%d`, i, i))
	}
	show(m, object("x", "1", "{"+strings.Join(members, ",")+"}"))
	for _, step := range []struct {
		action      keymap.Action
		cursor, top int
	}{
		{keymap.Down, 1, 0},
		{keymap.PageDown, 11, 10},
		{keymap.Up, 10, 10},
		{keymap.Up, 9, 9},
		{keymap.HalfDown, 14, 14},
		{keymap.Bottom, 99, 90},
		{keymap.Down, 99, 90},
		{keymap.PageUp, 89, 80},
		{keymap.HalfUp, 84, 75},
		{keymap.Top, 0, 0},
		{keymap.PageUp, 0, 0},
	} {
		do(m, step.action)
		if m.cursor != step.cursor || m.top != step.top {
			t.Errorf("%s: cursor %d, top %d, want %d, %d", step.action, m.cursor, m.top, step.cursor, step.top)
		}
	}
	m.Scroll(5)
	if m.top != 5 || m.cursor != 5 {
		t.Errorf("wheel: cursor %d, top %d", m.cursor, m.top)
	}
	m.Click(3, 4)
	if m.cursor != 8 {
		t.Errorf("click: cursor %d", m.cursor)
	}
	m.Click(3, 0)
	if m.cursor != 8 {
		t.Errorf("a click on the title moves the cursor to %d", m.cursor)
	}
	do(m, keymap.ScrollRight)
	if m.left != 0 {
		t.Error("scrolls to the side though all is in sight")
	}
}

func BenchmarkViewOfOneMegabyteLines(b *testing.B) {
	m := pane(plain, 100, 40)
	var members []string
	for i := range 40 {
		members = append(members, fmt.Sprintf(`"k%d":"%s"`, i, strings.Repeat("é", 1<<19)))
	}
	show(m, object("x", "1", "{"+strings.Join(members, ",")+"}"))
	for b.Loop() {
		m.touch()
		m.View(now)
	}
}
