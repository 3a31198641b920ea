package activity_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"go.uber.org/goleak"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/model"
	feed "github.com/dogwatch/dogwatch/model/activity"
	"github.com/dogwatch/dogwatch/model/change"
	"github.com/dogwatch/dogwatch/model/noise"
	"github.com/dogwatch/dogwatch/model/timeline"
	"github.com/dogwatch/dogwatch/model/versions"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/activity"
	"github.com/dogwatch/dogwatch/ui/golden"
	"github.com/dogwatch/dogwatch/workspace"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// page is a Model over a feed that runs.
type page struct {
	*testing.T
	*activity.Model
	timeline *timeline.Timeline
	feed     *feed.Feed
	pages    chan struct{}
	at       time.Time
	version  int
}

func newPage(t *testing.T, width, height int) *page {
	t.Helper()
	rules, err := noise.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	p := &page{T: t, timeline: timeline.New(64 << 20), pages: make(chan struct{}, 1), at: time.Date(2026, 11, 24, 14, 1, 50, 0, time.UTC)}
	f := feed.NewFeed(p.timeline, rules, func() {
		select {
		case p.pages <- struct{}{}:
		default:
		}
	})
	ctx, stop := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { f.Run(ctx) })
	t.Cleanup(func() { stop(); wg.Wait() })
	p.feed = f
	p.Model = activity.New(theme.New(theme.Options{Colors: theme.None}), keymap.Default(), f)
	p.SetSize(width, height)
	p.SetAliases(map[string]string{"po": "pods", "deploy": "deployments.apps"})
	return p
}

// field is a change of one field as "path old new"; "-" is no value.
func (p *page) tell(after time.Duration, resource, object, by string, kind model.DeltaType, fields ...string) {
	p.at = p.at.Add(after)
	p.version++
	name, group, _ := strings.Cut(resource, ".")
	namespace, own, _ := strings.Cut(object, "/")
	r := timeline.Record{
		At: p.at, Source: p.timeline.SourceID(timeline.Source{GVR: schema.GroupVersionResource{Group: group, Version: "v1", Resource: name}}),
		Key: model.Key{Namespace: namespace, Name: own}, Type: kind, Old: fmt.Sprint(1000 + p.version - 1), New: fmt.Sprint(1000 + p.version),
	}
	who := change.Manager{Name: by, Operation: "Update", At: p.at.Unix()}
	if kind == model.Added {
		r.Old, r.By = "", who
	}
	for _, f := range fields {
		words := strings.SplitN(f, " ", 3)
		c := change.Change{Path: change.Path(words[0])}
		if words[1] != "-" {
			c.Old = []byte(words[1])
		}
		if words[2] != "-" {
			c.New = []byte(words[2])
		}
		r.Fields = append(r.Fields, timeline.Field{Change: c, By: who})
	}
	p.timeline.Add(&r, model.Packed{})
	p.SetHistory(workspace.History{Changes: p.timeline.Len(), Oldest: p.timeline.Oldest(), Bytes: 12 << 20, Limit: 64 << 20})
}

func (p *page) release() {
	p.tell(0, "deployments.apps", "shop/api", "argocd-controller", model.Updated, `spec.template.spec.containers[name="api"].image "registry.example/shop/api:1.8.2" "registry.example/shop/api:1.9.0"`, "metadata.generation 1 2")
	p.tell(0, "replicasets.apps", "shop/api-7c9d8b6f5", "kube-controller-manager", model.Added)
	p.tell(time.Second, "nodes", "/node-1", "kubelet", model.Updated, `status.conditions[type="Ready"].lastHeartbeatTime "2026-11-24T10:00:00Z" "2026-11-24T10:00:10Z"`)
	for i := range 40 {
		p.tell(10*time.Millisecond, "pods", fmt.Sprintf("shop/api-7c9d8b6f5-%05d", i), "kubelet", model.Updated, `status.phase "Pending" "Running"`, `status.podIP - "10.0.0.1"`)
	}
}

func (p *page) crash() {
	p.tell(27*time.Second, "pods", "shop/api-7c9d8b6f5-9qzrt", "kubelet", model.Updated, `status.containerStatuses[name="api"].restartCount 6 7`, `status.containerStatuses[name="api"].ready true false`)
	p.tell(0, "configmaps", "shop/api-settings", "kubectl-edit", model.Updated, `data.POOL_SIZE "20" "200"`, "data[\"a\u202eb\"] - \"\\u001b[31m\"")
	p.tell(time.Second, "pods", "shop/api-7c9d8b6f5-00001", "", model.Deleted)
}

func (p *page) text() string { return ansi.Strip(p.View(time.UTC)) }

// await draws until what is shown is as said.
func (p *page) await(what string, is func(string) bool) string {
	p.Helper()
	late := time.After(time.Minute)
	for {
		text := p.text()
		if is(text) {
			return text
		}
		select {
		case <-p.pages:
		case <-late:
			p.Fatalf("never %s, but\n%s", what, text)
		}
	}
}

func (p *page) shows(words ...string) string {
	p.Helper()
	return p.await("shows "+strings.Join(words, ", "), func(text string) bool {
		for _, w := range words {
			if rest, not := strings.CutPrefix(w, "!"); strings.Contains(text, rest) == not {
				return false
			}
		}
		return true
	})
}

// stands waits until no line is added any more as changes come: what came before the feed heard that the page is held is among the lines.
func (p *page) stands() {
	p.Helper()
	p.await("stands still", func(string) bool { return !p.feed.Page().Following })
}

// do carries out actions, and what comes of them.
func (p *page) do(actions ...keymap.Action) {
	p.Helper()
	for _, a := range actions {
		cmd, _ := p.Do(a)
		if cmd == nil {
			continue
		}
		if msg, ok := cmd().(activity.ReadMsg); !ok || p.Take(msg) != nil {
			p.Errorf("%s: %+v", a, msg)
		}
	}
}

// atCursor is the line that has the cursor.
func (p *page) atCursor() string {
	for line := range strings.Lines(p.text()) {
		if strings.HasPrefix(line, "▌") {
			return line
		}
	}
	return ""
}

func TestScreens(t *testing.T) {
	for _, size := range []struct{ width, height int }{{60, 10}, {80, 19}, {120, 35}, {200, 45}} {
		at := func(name string) string { return fmt.Sprintf("%s-%dx%d", name, size.width, size.height) }
		t.Run(at("screens"), func(t *testing.T) {
			p := newPage(t, size.width, size.height)
			p.release()
			p.Open()
			p.shows("40 pods", "created")
			p.Leave()
			p.crash()
			p.Open()
			p.shows("deleted", "following", "since you last looked")
			golden.Screen(t, at("list"), p.View(time.UTC), size.width, size.height)
			p.do(keymap.Up, keymap.Accept)
			p.shows("POOL_SIZE", "+ 200")
			golden.Screen(t, at("change"), p.View(time.UTC), size.width, size.height)
			p.do(keymap.Back)
			p.SetFilter("type:po by:kubelet")
			p.shows("/type:po by:kubelet", "!configm", "!looked at", "9qzrt")
			golden.Screen(t, at("filter"), p.View(time.UTC), size.width, size.height)
			p.SetFilter("nowhere")
			p.shows("none of 46 changes")
			golden.Screen(t, at("none"), p.View(time.UTC), size.width, size.height)
		})
	}
}

func TestStyledScreen(t *testing.T) {
	p := newPage(t, 100, 12)
	p.SetTheme(theme.New(theme.Options{Dark: true, Colors: theme.TrueColor}))
	p.release()
	p.crash()
	p.Open()
	p.shows("following", "deleted", "40 pods")
	golden.Styled(t, "dark", p.View(time.UTC), 100, 12)
}

func TestGroupsAndNoiseOpenToTheirMembers(t *testing.T) {
	p := newPage(t, 120, 20)
	p.release()
	p.crash()
	p.Open()
	p.shows("40 pods", "1 change is noise: nodes 1", "deleted")
	for !strings.Contains(p.atCursor(), "40 pods") {
		p.do(keymap.Up)
	}
	p.do(keymap.Accept)
	p.shows("› 40 pods shop/* status.phase", "api-7c9d8b6f5-00000", "Pending → Running +1", "!restartCount", "!deleted")
	p.do(keymap.Down, keymap.Accept)
	p.shows("pods shop/api-7c9d8b6f5-00001 changed", "status.podIP", "+ 10.0.0.1", "by kubelet (Update)")
	p.do(keymap.Back, keymap.Back)
	p.shows("40 pods", "restartCount", "paused")
	if !strings.Contains(p.atCursor(), "40 pods") {
		t.Errorf("the cursor came back to %q", p.atCursor())
	}
	for !strings.Contains(p.atCursor(), "noise") {
		p.do(keymap.Up)
	}
	p.do(keymap.Accept)
	p.shows("› noise", "nodes", "lastHeartbeatTime", "!40 pods")
	p.do(keymap.Back, keymap.ToggleNoise)
	p.shows("with noise", "lastHeartbeatTime", "!is noise")
	p.do(keymap.ToggleNoise)
	p.shows("is noise")
	if _, closed := p.Do(keymap.Back); !closed {
		t.Error("the page is not left")
	}
}

func TestThePlaceStandsStillWhileChangesCome(t *testing.T) {
	p := newPage(t, 120, 10)
	pod := func(i int) {
		p.tell(6*time.Second, "pods", fmt.Sprintf("shop/api-%03d", i), "kubelet", model.Updated, fmt.Sprintf("spec.n %d %d", i, i+1))
	}
	for i := range 300 {
		pod(i)
	}
	p.Open()
	p.shows("api-299", "following")
	pod(300)
	p.shows("api-300", "!api-290 ")
	p.do(keymap.PageUp)
	p.stands()
	before, at := strings.SplitN(p.text(), "\n", 2)[1], p.atCursor()
	for i := 301; i < 305; i++ {
		pod(i)
	}
	after := p.shows("paused, 4 new")
	if _, lines, _ := strings.Cut(after, "\n"); lines != before || p.atCursor() != at {
		t.Errorf("it moved from\n%sto\n%s", before, lines)
	}
	p.do(keymap.Top)
	p.shows("api-000", "paused")
	if !strings.Contains(p.atCursor(), "api-000") {
		t.Errorf("the first line is not that of the cursor, but %q", p.atCursor())
	}
	for range 40 {
		p.do(keymap.PageDown)
		p.text()
	}
	p.do(keymap.Bottom)
	p.shows("api-304", "following")
	pod(305)
	p.shows("api-305")
	p.Scroll(-30)
	p.shows("paused", "!api-305")
	p.Click(3)
	if row := strings.Split(p.text(), "\n")[3]; !strings.HasPrefix(row, "▌") {
		t.Errorf("the line that was clicked is %q", row)
	}
}

func TestWithoutAHistoryThePageSaysSo(t *testing.T) {
	m := activity.New(theme.New(theme.Options{Colors: theme.None}), keymap.Default(), nil)
	m.SetSize(80, 10)
	m.Open()
	for _, a := range []keymap.Action{keymap.Up, keymap.Accept, keymap.Top, keymap.Bottom, keymap.ToggleNoise} {
		if _, closed := m.Do(a); closed {
			t.Errorf("%s closes it", a)
		}
	}
	golden.Screen(t, "off", m.View(time.UTC), 80, 10)
	if _, closed := m.Do(keymap.Back); !closed {
		t.Error("the page is not left")
	}
	p := newPage(t, 80, 10)
	p.Open()
	p.shows("nothing has changed yet")
	golden.Screen(t, "empty", p.View(time.UTC), 80, 10)
}

func TestAChangeThatIsGoneSaysSo(t *testing.T) {
	p := newPage(t, 80, 10)
	p.release()
	p.Open()
	p.shows("40 pods")
	for !strings.Contains(p.atCursor(), "created") {
		p.do(keymap.Up)
	}
	cmd, _ := p.Do(keymap.Accept)
	p.timeline.SetLimit(0)
	if err := p.Take(cmd().(activity.ReadMsg)); err == nil || !strings.Contains(err.Error(), "no longer remembered") {
		t.Errorf("it says %v", err)
	}
}

func TestACreatedObjectIsShownAsItWasThen(t *testing.T) {
	p := newPage(t, 80, 12)
	p.release()
	p.Open()
	p.shows("40 pods")
	for !strings.Contains(p.atCursor(), "created") {
		p.do(keymap.Up)
	}
	p.SetVersion(func(of versions.Object, version string) ([]byte, error) {
		if of.GVR.Resource != "replicasets" || of.Key.Name != "api-7c9d8b6f5" || version != "1002" {
			t.Errorf("asked for version %s of %+v", version, of)
		}
		return []byte(`{"spec":{"replicas":3}}`), nil
	})
	p.do(keymap.Accept)
	p.shows("created", "its first version", "+ spec:", "+   replicas: 3")
	p.do(keymap.Back)
	p.SetVersion(func(versions.Object, string) ([]byte, error) { return nil, versions.ErrUnknown })
	p.do(keymap.Accept)
	p.shows("its first version is not to be had:", versions.ErrUnknown.Error()[:40])
}

func TestALineLeadsToTheHistoryOfItsObjectAndBack(t *testing.T) {
	p := newPage(t, 120, 20)
	p.release()
	p.crash()
	p.Open()
	p.shows("40 pods", "deleted")
	asked := func() activity.HistoryMsg {
		t.Helper()
		cmd, _ := p.Do(keymap.ToggleHistory)
		if cmd == nil {
			t.Fatal("nothing is asked for")
		}
		msg, ok := cmd().(activity.HistoryMsg)
		if !ok {
			t.Fatal("it is not the history that is asked for")
		}
		return msg
	}
	if msg := asked(); msg.Of.Key.Name != "api-7c9d8b6f5-00001" || msg.Of.GVR.Resource != "pods" || msg.Seq != uint64(p.version-1) {
		t.Errorf("of the line of what was deleted: %+v", msg)
	}
	p.do(keymap.Up, keymap.Accept)
	p.shows("POOL_SIZE", "+ 200")
	if msg := asked(); msg.Of.Key.Name != "api-settings" {
		t.Errorf("of the change that is open: %+v", msg)
	}
	p.do(keymap.Back)
	for !strings.Contains(p.atCursor(), "40 pods") {
		p.do(keymap.Up)
	}
	if msg := asked(); msg.Of != (versions.Object{}) {
		t.Errorf("of 40 pods: %+v", msg)
	}
	p.do(keymap.Accept)
	p.shows("› 40 pods", "00003")
	p.do(keymap.Down, keymap.Down, keymap.Down)
	if msg := asked(); msg.Of.Key.Name != "api-7c9d8b6f5-00003" {
		t.Errorf("of one of 40 pods: %+v", msg)
	}
	p.Leave()
	p.OpenAgain()
	p.shows("› 40 pods", "00003")
	if !strings.Contains(p.atCursor(), "00003") {
		t.Errorf("the cursor came back to %q", p.atCursor())
	}
	p.do(keymap.Back)
	p.shows("40 pods", "restartCount")
	p.Leave()
	p.OpenAgain() // from which nothing was opened
	p.shows("following", "deleted")
}

// On a narrow screen the line shows what came of which field, rather than pieces of all.
func TestANarrowLineTellsWhatCame(t *testing.T) {
	p := newPage(t, 80, 12)
	p.tell(0, "deployments.apps", "shop/api", "kube-controller-manager", model.Updated, `status.conditions[type="Progressing"].reason "ReplicaSetUpdated" "ProgressDeadlineExceeded"`, "status.replicas 3 4")
	p.tell(time.Second, "pods", "shop/api-1", "", model.Updated, `metadata.deletionTimestamp - "2026-11-24T14:02:21Z"`)
	p.tell(time.Second, "pods", "shop/api-2", "", model.Updated, `metadata.deletionTimestamp - "2026-11-20T14:02:21Z"`)
	p.Open()
	p.tell(time.Second, "pods", "shop/api-3", "", model.Updated, `spec.containers[name="web"] - -`)
	p.shows("…reason  Replic… → Progres… +1", "moved from", "…deletionTimestamp  + 14:02:21", "deletion…stamp  + 2026-11-20T…")
}

// Columns are as wide as lines need, and stay so when those have gone out of sight.
func TestColumnsGrowAndDoNotJump(t *testing.T) {
	p := newPage(t, 100, 6)
	pods := func(from, to int) {
		for i := from; i < to; i++ {
			p.tell(6*time.Second, "pods", fmt.Sprintf("shop/api-%d", i), "kubelet", model.Updated, "status.n 1 2")
		}
	}
	at := func(text, line string) int {
		_, after, _ := strings.Cut(text, line)
		first, _, _ := strings.Cut(after, "\n")
		return strings.Index(first, "status.n")
	}
	pods(0, 3)
	p.Open()
	narrow := at(p.shows("shop/api-2"), "shop/api-2")
	p.tell(6*time.Second, "pods", "shop/api-with-a-longer-name", "kubelet", model.Updated, "status.n 1 2")
	if wide := at(p.shows("longer-name"), "shop/api-2"); wide <= narrow {
		t.Errorf("the path begins %d cells behind a name, %d where there is a longer one", narrow, wide)
	}
	pods(3, 9)
	if got, want := at(p.shows("shop/api-8", "!longer"), "shop/api-8"), len("shop/api-with-a-longer-name")-len("shop/api-8")+2; got != want {
		t.Errorf("the path begins %d cells behind a name once the longer one is out of sight, not %d", got, want)
	}
	p.SetFilter("obj:api-8")
	if got := at(p.shows("/obj:api-8", "!api-7"), "shop/api-8"); got != narrow {
		t.Errorf("the path begins %d cells behind a name in other lines, not %d", got, narrow)
	}
}
