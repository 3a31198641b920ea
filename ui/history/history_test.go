package history

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/change"
	"github.com/dogwatch/dogwatch/model/change/changetest"
	"github.com/dogwatch/dogwatch/model/timeline"
	"github.com/dogwatch/dogwatch/model/versions"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/clip"
	"github.com/dogwatch/dogwatch/ui/detail/yamldoc"
	"github.com/dogwatch/dogwatch/ui/live"
)

var (
	now = time.Date(2026, 11, 23, 14, 2, 31, 0, time.UTC)
	key = model.Key{Namespace: "shop", Name: "settings"}
)

// source is an object whose versions a test makes.
type source struct {
	t       *testing.T
	store   *model.Store
	changes *model.Subscription
	history *timeline.Timeline
	taker   *timeline.Taker
	log     *versions.Log
	version uint64
	late    time.Duration // of the next change
}

func newSource(t *testing.T) *source {
	s := &source{t: t, store: model.NewStore(), history: timeline.New(1 << 20)}
	s.store.Retain(func(model.Key) bool { return true })
	s.changes = s.store.SubscribeManaged(make(chan struct{}, 1), 100)
	s.taker = timeline.NewTaker(s.history)
	s.log = versions.NewLog(versions.Object{Key: key}, s.history, func() *model.Object { o, _ := s.store.Get(key); return o })
	return s
}

func (s *source) Version() uint64               { return s.version }
func (s *source) Read() (*versions.List, error) { return s.log.Read(), nil }
func (s *source) Close()                        {}

// change makes a version; data are the members of .data.
func (s *source) change(data string) {
	s.t.Helper()
	s.version++
	o := &model.Object{Key: key, UID: "u", ResourceVersion: fmt.Sprint(s.version)}
	o.SetJSON(model.NewPacker(), fmt.Appendf(nil, `{"kind":"ConfigMap","metadata":{"name":"settings","resourceVersion":"%d"},"data":{%s}}`, s.version, data))
	o.SetManagedFields([]byte(`[{"manager":"kubectl-edit","operation":"Update","time":"2026-11-23T13:58:00Z","fieldsV1":{"f:data":{"f:a":{}}}}]`), nil)
	s.store.Apply(o)
	for _, d := range s.changes.TryNext() {
		d.At = now.Add(s.late)
		if err := s.taker.Take(s.history.SourceID(timeline.Source{}), d); err != nil {
			s.t.Fatal(err)
		}
	}
}

func page(s *source) *Model {
	m := New(context.Background(), theme.New(theme.Options{Colors: theme.None}))
	m.SetSize(80, 20)
	m.SetFocused(true)
	settle(m, m.Show(now, Object{Of: versions.Object{Key: key}, Kind: "ConfigMap", Open: func() (live.Source[*versions.List], error) { return s, nil }}))
	return m
}

// settle hands over what comes of commands until nothing is left.
func settle(m *Model, cmd tea.Cmd) {
	for queue := []tea.Cmd{cmd}; len(queue) > 0; queue = queue[1:] {
		if queue[0] == nil {
			continue
		}
		switch msg := queue[0]().(type) {
		case nil:
		case tea.BatchMsg:
			queue = append(queue, msg...)
		default:
			queue = append(queue, m.Update(now, msg))
		}
	}
}

func do(m *Model, actions ...keymap.Action) {
	for _, a := range actions {
		cmd, _ := m.Do(a)
		settle(m, cmd)
	}
}

func shows(t *testing.T, m *Model, words ...string) {
	t.Helper()
	view := ansi.Strip(m.View(now))
	for _, w := range words {
		if !strings.Contains(view, w) {
			t.Errorf("%q is not on the page:\n%s", w, view)
		}
	}
}

func TestNewVersionsComeAboveTheCursor(t *testing.T) {
	s := newSource(t)
	s.change(`"a":"1"`)
	s.change(`"a":"2"`)
	m := page(s)
	shows(t, m, "▌ 14:02:31 kubectl-edit         data.a 1 → 2", "created", "nothing is known before it")
	s.change(`"a":"3"`)
	settle(m, m.Poll(now.Add(time.Second)))
	shows(t, m, "▌ 14:02:31 kubectl-edit         data.a 1 → 2", "  14:02:31 kubectl-edit         data.a 2 → 3", "2/3")
	do(m, keymap.Top)
	shows(t, m, "▌ 14:02:31 kubectl-edit         data.a 2 → 3")
}

func TestAnyTwoVersionsAreCompared(t *testing.T) {
	s := newSource(t)
	for n := range 5 {
		s.change(fmt.Sprintf(`"a":"v%d","b":"x"`, n))
	}
	m := page(s)
	do(m, keymap.Accept)
	shows(t, m, "4 → 5", "-   a: v3", "+   a: v4", "kubectl-edit")
	do(m, keymap.Older)
	shows(t, m, "3 → 4", "-   a: v2")
	do(m, keymap.Back, keymap.Top, keymap.MarkVersion, keymap.Bottom, keymap.MarkVersion, keymap.Accept)
	shows(t, m, "1 → 5", "-   a: v0", "+   a: v4")
	do(m, keymap.DiffView)
	shows(t, m, "side by side", "-   a: v0")
	do(m, keymap.DiffView)
	shows(t, m, "whole", "~   a: v4", "    b: x")
	for range 2 {
		if _, done := m.Do(keymap.Back); !done {
			t.Error("there is nothing to go back to, with a difference open and marks set")
		}
	}
	if _, done := m.Do(keymap.Back); done {
		t.Error("what belongs to the pane is kept")
	}
}

// The oldest that is known is shown as it is: nobody knows what it changed.
func TestTheFirstVersionIsComparedWithNothing(t *testing.T) {
	s := newSource(t)
	s.change(`"a":"1"`)
	m := page(s)
	do(m, keymap.Accept)
	shows(t, m, "created: there was nothing before", "a: \"1\"")
}

func copied(t *testing.T, m *Model, action keymap.Action) (text, problem string) {
	t.Helper()
	cmd, _ := m.Do(action)
	switch msg := cmd().(type) {
	case clip.CopiedMsg:
		return "", msg.Problem
	case tea.BatchMsg:
		return fmt.Sprint(msg[0]()), ""
	default:
		t.Fatalf("%T", msg)
		return "", ""
	}
}

func TestPatchesAreCopied(t *testing.T) {
	s := newSource(t)
	s.change(`"a":"1","gone":"x"`)
	s.change(`"a":"2"`)
	m := page(s)
	if text, problem := copied(t, m, keymap.CopyPatch); text != `{"data":{"a":"2","gone":null}}` {
		t.Errorf("the patch is %s, problem %q", text, problem)
	}
	do(m, keymap.Accept) // the same while the difference is open, and something new comes
	s.change(`"a":"5"`)
	settle(m, m.Poll(now.Add(time.Second)))
	if text, problem := copied(t, m, keymap.CopyUndo); text != `{"data":{"a":"1","gone":"x"}}` {
		t.Errorf("the patch that undoes it is %s, problem %q", text, problem)
	}
	if text, problem := copied(t, m, keymap.CopyDiff); !strings.Contains(text, "-  a: \"1\"\n-  gone: x\n+  a: \"2\"\n") {
		t.Errorf("the difference is %s, problem %q", text, problem)
	}
}

func TestPatchesOfNothingOrOfMasksAreRefused(t *testing.T) {
	for _, c := range []struct {
		old, new string
		want     error
	}{
		{`{"status":{"a":1}}`, `{"status":{"a":2},"metadata":{"generation":4}}`, errNothingToPatch},
		{`{"data":{"p":"•••• (7 bytes)"}}`, `{"data":{"p":"•••• (9 bytes)"}}`, errMasked},
		{`{"data":{"p":"•••• (7 bytes)"}}`, `{"data":{}}`, nil},
	} {
		if patch, err := mergePatch([]byte(c.old), []byte(c.new)); err != c.want { //nolint:errorlint // these are not wrapped
			t.Errorf("%s to %s: %s, %v, want %v", c.old, c.new, patch, err, c.want)
		}
	}
}

// merged applies a patch as RFC 7386 says.
func merged(target, patch any) any {
	changes, ok := patch.(map[string]any)
	if !ok {
		return patch
	}
	object, ok := target.(map[string]any)
	if !ok {
		object = map[string]any{}
	}
	for name, value := range changes {
		if value == nil {
			delete(object, name)
		} else {
			object[name] = merged(object[name], value)
		}
	}
	return object
}

func TestPatchesMakeTheOtherVersion(t *testing.T) {
	for seed := range uint64(300) {
		random := changetest.New(seed)
		old := changetest.JSON(map[string]any{"data": random.Object(3)})
		root, err := decoded(old)
		if err != nil {
			t.Fatal(err)
		}
		new := changetest.JSON(random.Changed(root, 3))
		if strings.Contains(string(new)+string(old), "null") {
			continue // a merge patch cannot say it
		}
		patch, err := mergePatch(old, new)
		if err == errNothingToPatch { //nolint:errorlint // it is not wrapped
			continue
		}
		var target, change, want any
		for _, c := range []struct {
			text string
			to   *any
		}{{string(old), &target}, {patch, &change}, {string(new), &want}} {
			if err := json.Unmarshal([]byte(c.text), c.to); err != nil {
				t.Fatalf("seed %d: %s: %v", seed, c.text, err)
			}
		}
		if got := merged(target, change); !reflect.DeepEqual(got, want) {
			t.Fatalf("seed %d: %s with %s is %v, want %s", seed, old, patch, got, new)
		}
	}
}

func TestWhatIsNotToBeHadWholeIsShownByItsFields(t *testing.T) {
	s := newSource(t)
	s.change(`"a":"1"`)
	s.change(`"a":"2"`)
	s.store.Delete(key, nil)
	s.changes.TryNext() // the deletion is not remembered, so nothing is known whole
	m := page(s)
	do(m, keymap.Accept)
	shows(t, m, "only the fields", `- data.a: "1"`, `+ data.a: "2"`)
}

func TestInThePastTheCursorIsAtTheVersionOfThen(t *testing.T) {
	s := newSource(t)
	for i := range 5 {
		s.late = time.Duration(i) * time.Minute
		s.change(fmt.Sprintf(`"a":"%d"`, i))
	}
	m := page(s)
	under := func(version int) {
		t.Helper()
		if at := m.cursor.Index(); m.list().Versions[at].ResourceVersion != fmt.Sprint(version) {
			t.Errorf("the cursor is at version %s, not %d:\n%s", m.list().Versions[at].ResourceVersion, version, ansi.Strip(m.View(now)))
		}
	}
	m.SetMoment(now.Add(2*time.Minute + time.Second))
	under(3)
	shows(t, m, "above is later than 14:04:32, which is shown")
	do(m, keymap.Up)
	m.SetMoment(now.Add(2*time.Minute + 2*time.Second)) // of the same version: the cursor is the user's
	under(4)
	m.SetMoment(now.Add(time.Minute))
	under(2)
	do(m, keymap.Accept)
	m.SetMoment(now.Add(9 * time.Minute)) // nothing is later
	under(5)
	if m.diff != nil {
		t.Error("the difference of another moment is shown")
	}
	m.SetMoment(now.Add(-time.Minute))
	if at := m.momentAt(); at >= 0 {
		t.Errorf("before it was created there was version %d", at)
	}
	m.SetMoment(time.Time{})
	if view := ansi.Strip(m.View(now)); strings.Contains(view, "later") {
		t.Errorf("the present has something later:\n%s", view)
	}
}

// Two elements of a list that change alike are compared each with itself, whatever lines they have in common.
func TestElementsAreComparedByTheirNames(t *testing.T) {
	yaml := func(text string) *yamldoc.Document {
		d, err := yamldoc.New([]byte(text), false)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	c := &comparison{
		old: yaml(`{"containerStatuses":[{"name":"api","restartCount":3},{"name":"proxy","restartCount":4}]}`),
		new: yaml(`{"containerStatuses":[{"name":"api","restartCount":4},{"name":"proxy","restartCount":5}]}`),
	}
	c.diff()
	var got []string
	for _, l := range c.unified() {
		if l.right.sign != same {
			got = append(got, l.right.sign.String()+l.right.line.Scalar)
		}
	}
	if want := []string{"-3", "+4", "-4", "+5"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestTheListSaysWhatDiffers(t *testing.T) {
	field := func(path, old, new string) versions.Version {
		f := timeline.Field{Change: change.Change{Path: change.Path(path)}}
		if old != "" {
			f.Old = []byte(old)
		}
		if new != "" {
			f.New = []byte(new)
		}
		return versions.Version{Fields: []timeline.Field{f}}
	}
	image := field(`spec.template.spec.containers[name="checkout"].image`, `"registry.example.com/shop/checkout:4.2.0"`, `"registry.example.com/shop/checkout:4.3.0"`)
	image.Fields = append(image.Fields, field("status.replicas", "1", "2").Fields...)
	moved := versions.Version{Fields: []timeline.Field{{Change: change.Change{Path: `spec.containers[name="web"]`, From: 2}}}}
	for _, test := range []struct {
		version versions.Version
		width   int
		want    string
	}{
		{image, 42, "spec…[checkout].image …4.2.0 → …4.3.0  +1"},
		{image, 150, "spec.template.spec.containers[checkout].image registry.example.com/shop/checkout:4.2.0 → registry.example.com/shop/checkout:4.3.0  +1"},
		{field("spec.replicas", "3", "5"), 42, "spec.replicas 3 → 5"},
		{field("data.A", "", `"some text that is far too long for that line"`), 30, "data.A + some text that is fa…"},
		{field("data.A", `"x"`, ""), 30, "data.A -"},
		{field(`status.conditions[type="Progressing"].reason`, `"ReplicaSetUpdated"`, `"NewReplicaSetAvailable"`), 22, "…reason → NewReplica…"},
		{field("spec.template", `{"a":1}`, `{"a":2}`), 30, "spec.template"},
		{moved, 60, "spec.containers[web] moved from [2] to [0]"},
		{moved, 30, "spec…[web] moved from [2] to …"},
		{versions.Version{Fields: slices.Concat(moved.Fields, field("status.phase", `"a"`, `"b"`).Fields), Telling: 1}, 30, "status.phase a → b  +1"},
	} {
		if got := strings.TrimRight(fitChange(&test.version, test.width), " "); got != test.want {
			t.Errorf("%d wide: %q, want %q", test.width, got, test.want)
		}
	}
}

// Going from change to change moves until there are no more, shows each, and comes back the same way.
func TestEachChangeIsGoneTo(t *testing.T) {
	for _, changed := range [][]int{nil, {0}, {2}, {0, 2, 9}, {2, 3, 5, 20, 39}, {30, 37, 39}} {
		d := &diff{lines: make([]line, 40)}
		for _, i := range changed {
			d.lines[i].right.sign = added
		}
		const page = 10
		d.scroll.Fit(len(d.lines), page)
		seen, tops := map[int]bool{}, []int{d.scroll.Top()}
		look := func() {
			for i := d.scroll.Top(); i < d.scroll.Top()+page; i++ {
				seen[i] = true
			}
		}
		look()
		for _, ok := d.change(keymap.NextMatch); ok; _, ok = d.change(keymap.NextMatch) {
			d.move(keymap.NextMatch, page)
			if d.scroll.Top() <= tops[len(tops)-1] {
				t.Fatalf("%v: it does not go on from line %d", changed, d.scroll.Top())
			}
			tops = append(tops, d.scroll.Top())
			look()
		}
		for _, i := range changed {
			if !seen[i] {
				t.Errorf("%v: line %d is never shown", changed, i)
			}
		}
		for _, top := range slices.Backward(tops[1:]) {
			if d.scroll.Top() != top {
				t.Errorf("%v: it goes back to line %d, and went on to %d", changed, d.scroll.Top(), top)
			}
			d.move(keymap.PrevMatch, page)
		}
	}
}
