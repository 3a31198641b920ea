package why

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/change"
	"github.com/dogwatch/dogwatch/model/noise"
	"github.com/dogwatch/dogwatch/model/relation"
	"github.com/dogwatch/dogwatch/model/timeline"
)

func at(clock string) time.Time {
	when, err := time.Parse(time.TimeOnly, clock)
	if err != nil {
		panic(err)
	}
	return time.Date(2026, 11, 29, when.Hour(), when.Minute(), when.Second(), 0, time.UTC)
}

func changed(seq uint64, clock, path, by string) Change {
	return Change{Seq: seq, At: at(clock), Type: model.Updated, Path: change.Path(path), By: change.Manager{Name: by}}
}

// spellChanges writes the changes of an answer, a line each.
func spellChanges(a *Answer) string {
	var b strings.Builder
	for _, c := range a.Changes {
		fmt.Fprintf(&b, "%s %s %s by %s\n", c.At.UTC().Format(time.TimeOnly), named(&c.Item), c.Path, c.By.Name)
	}
	return b.String()
}

// failing is a rollout whose pod fails since 14:02:33.
func failing(t *testing.T) *place {
	t.Helper()
	return newPlace(t, deployment+waiting(`, containers: [{name: app, envFrom: [{configMapRef: {name: settings}}]}]`, "ErrImagePull", "no")+replicaSet+node+`
---
{apiVersion: v1, kind: ConfigMap, metadata: {namespace: shop, name: settings, uid: cm}}`)
}

func TestTheLastChangesBeforeTheTrouble(t *testing.T) {
	p := failing(t)
	p.changed["Deployment web"] = []Change{
		changed(1, "13:00:00", "spec.replicas", "hpa"), changed(2, "14:02:31", "spec.image", "kubectl-edit"), changed(9, "14:08:00", "spec.image", "too-late"),
	}
	p.changed["ConfigMap settings"] = []Change{changed(3, "14:01:00", "data.pool", "argocd")}
	p.changed["Node node-1"] = []Change{changed(4, "14:08:00", "spec.unschedulable", "kubectl-cordon")}
	a := p.Find()
	want := "14:02:31 Deployment web spec.image by kubectl-edit\n14:01:00 ConfigMap settings data.pool by argocd\n"
	if got := spellChanges(&a); got != want {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
	if !a.Remembers || !a.Since.Equal(p.since) || len(a.Forgotten) > 0 {
		t.Errorf("remembered since %v, forgotten %v", a.Since, a.Forgotten)
	}
}

func TestChangesAreDatedByAnotherClock(t *testing.T) {
	p := failing(t)
	p.changed["Deployment web"] = []Change{changed(1, "14:05:00", "spec.image", "kubectl-edit")}
	if a := p.Find(); len(a.Changes) != 0 {
		t.Errorf("a change after the trouble is told: %s", spellChanges(&a))
	}
	p.Ahead = -3 * time.Minute
	if a := p.Find(); len(a.Changes) != 1 {
		t.Error("a change before the trouble, by the server's clock, is not told")
	}
}

// What the one who tells that a node is lost does to it is no cause of that, unless it was before; what others do may be.
func TestWhatComesOfTheTroubleIsNotBeforeIt(t *testing.T) {
	lost := `{apiVersion: v1, kind: Node, metadata: {name: node-1, uid: n}, status: {conditions: [
  {type: Ready, status: Unknown, reason: NodeStatusUnknown, message: gone, lastTransitionTime: "2026-11-29T14:05:00Z"}]}}`
	taint := func(second int) Change {
		c := changed(2, "14:05:00", "spec.taints", "kube-controller-manager")
		c.ByTeller, c.By.At = true, at("14:05:00").Unix()+int64(second)
		return c
	}
	label := changed(1, "14:04:20", "metadata.labels.power", "kubectl-label")
	for name, test := range map[string]struct {
		changes []Change
		want    string
	}{
		"because of it":         {[]Change{label, taint(0)}, "14:04:20 Node node-1 metadata.labels.power by kubectl-label\n"},
		"later":                 {[]Change{label, taint(1)}, "14:04:20 Node node-1 metadata.labels.power by kubectl-label\n"},
		"before it":             {[]Change{label, taint(-1)}, "14:05:00 Node node-1 spec.taints by kube-controller-manager\n"},
		"by another":            {[]Change{label, changed(2, "14:05:01", "spec.unschedulable", "kubectl-cordon")}, "14:05:01 Node node-1 spec.unschedulable by kubectl-cordon\n"},
		"nobody says of itself": {[]Change{{Seq: 3, At: at("14:05:00"), ByTeller: true}}, ""},
	} {
		p := newPlace(t, lost)
		p.Ahead = 10 * time.Second
		for i := range test.changes { // by another clock than the server's
			test.changes[i].At = test.changes[i].At.Add(-p.Ahead)
		}
		p.changed["Node node-1"] = test.changes
		a := p.Find()
		for i := range a.Changes {
			a.Changes[i].At = a.Changes[i].At.Add(p.Ahead)
		}
		if got := spellChanges(&a); got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
	// That of another object may be the cause even so.
	p := newPlace(t, waiting("", "ErrImagePull", "no")+node)
	scaled := changed(1, "14:02:33", "spec.nodeSelector", "scaler")
	scaled.ByTeller = true
	p.changed["Node node-1"] = []Change{scaled}
	if a := p.Find(); len(a.Changes) != 1 {
		t.Errorf("the change of another object is not told: %s", spellChanges(&a))
	}
}

func TestAPodIsToldOfTheChangeOfItsOwner(t *testing.T) {
	text := deployment + waiting("", "ErrImagePull", "no") + replicaSet + node
	pod := strings.Index(text, podHead)
	end := pod + strings.Index(text[pod:], "\n---\n")
	p := newPlace(t, text[pod:end]+"\n---\n"+text[:pod]+strings.TrimPrefix(text[end:], "\n---\n"))
	p.changed["Deployment web"] = []Change{changed(2, "14:02:31", "spec.image", "kubectl-edit")}
	a := p.Find()
	if got, want := spellChanges(&a), "14:02:31 Deployment web spec.image by kubectl-edit\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAWellObjectIsToldOfItsLastChange(t *testing.T) {
	p := newPlace(t, `{apiVersion: v1, kind: ConfigMap, metadata: {namespace: shop, name: settings, uid: cm}}`)
	p.changed["ConfigMap settings"] = []Change{changed(3, "13:01:00", "data.pool", "argocd"), changed(4, "14:09:00", "data.size", "kubectl-edit")}
	a := p.Find()
	if got, want := spellChanges(&a), "14:09:00 ConfigMap settings data.size by kubectl-edit\n"; !a.IsWell() || got != want {
		t.Errorf("well: %v, changes %q, want %q", a.IsWell(), got, want)
	}
}

// Of many changes those are told that came last before the trouble; of an object that is well one is enough.
func TestFewChangesAreTold(t *testing.T) {
	p := failing(t)
	for name, clock := range map[string]string{"Deployment web": "14:02:31", "ReplicaSet web-7d9": "14:02:32", "Pod web-7d9-x": "14:01:20", "ConfigMap settings": "14:01:10", "Node node-1": "14:01:00"} {
		p.changed[name] = []Change{changed(1, clock, "spec.x", "kubectl-edit")}
	}
	a := p.Find()
	got := spellChanges(&a)
	if len(a.Changes) != mostChanges || !strings.HasPrefix(got, "14:02:32 ReplicaSet") || strings.Contains(got, "settings") || strings.Contains(got, "node-1") {
		t.Errorf("%d changes:\n%s", len(a.Changes), got)
	}
	const own = `{apiVersion: v1, kind: ConfigMap, metadata: {namespace: shop, name: settings, uid: settings, ownerReferences: [{apiVersion: v1, kind: ConfigMap, name: base, uid: base}]}}`
	well := newPlace(t, own+"\n---\n"+`{apiVersion: v1, kind: ConfigMap, metadata: {namespace: shop, name: base, uid: base}}`)
	well.changed["ConfigMap settings"] = []Change{changed(1, "14:00:00", "data.a", "kubectl-edit")}
	well.changed["ConfigMap base"] = []Change{changed(2, "14:01:00", "data.b", "kubectl-edit")}
	a = well.Find()
	if got, want := spellChanges(&a), "14:01:00 ConfigMap base data.b by kubectl-edit\n"; !a.IsWell() || got != want {
		t.Errorf("well: %v, changes %q, want %q", a.IsWell(), got, want)
	}
}

func TestWhatIsNotRememberedIsTold(t *testing.T) {
	p := failing(t)
	p.since = time.Time{}
	if a := p.Find(); !a.Remembers || !a.Since.IsZero() || len(a.Forgotten) != 3 || a.Forgotten[0].Kind != "Deployment" {
		t.Errorf("remembered since %v, forgotten %v", a.Since, a.Forgotten)
	}
	// Of several, since when all of them are, but for those of which nothing is.
	changes := p.Changes
	p.Changes = func(it relation.Item) ([]Change, time.Time) {
		known := map[string]time.Time{"Deployment": at("13:00:00"), "Pod": at("14:00:00"), "ReplicaSet": {}}
		of, _ := changes(it)
		return of, known[it.Of.Kind]
	}
	if a := p.Find(); !a.Since.Equal(at("14:00:00")) || len(a.Forgotten) != 1 || a.Forgotten[0].Kind != "ReplicaSet" {
		t.Errorf("remembered since %v, forgotten %v", a.Since, a.Forgotten)
	}
	p.Changes = nil
	if a := p.Find(); a.Remembers {
		t.Error("nothing is remembered of anything, and that is not told")
	}
}

// logPlace is a timeline of one object, and what reads it.
type logPlace struct {
	Logged
	source timeline.SourceID
	log    Log
	clock  time.Time
}

func newLogPlace(t *testing.T, resource string) *logPlace {
	t.Helper()
	rules, err := noise.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	gvr := schema.GroupVersionResource{Version: "v1", Resource: resource}
	p := &logPlace{clock: at("14:00:00"), Logged: Logged{
		Timeline: timeline.New(1 << 20), Judge: rules.NewJudge(), Cluster: "prod", Type: gvr.GroupResource(), Key: model.Key{Namespace: "shop", Name: "web"}, UID: "u",
	}}
	p.source = p.Timeline.SourceID(timeline.Source{Cluster: "prod", GVR: gvr})
	return p
}

// add adds a change of fields, each of which is "path by", or "-path" of one that was taken out.
func (p *logPlace) add(kind model.DeltaType, version, by string, fields ...string) {
	r := timeline.Record{At: p.clock, Source: p.source, Key: p.Key, UID: p.UID, Type: kind, New: version, By: change.Manager{Name: by}}
	var changes []change.Change
	var who []change.Manager
	for _, field := range fields {
		field, isGone := strings.CutPrefix(field, "-")
		path, by, _ := strings.Cut(field, " ")
		c := change.Change{Path: change.Path(path), Old: []byte("1")}
		if !isGone {
			c.New = []byte("2")
		}
		changes = append(changes, c)
		who = append(who, change.Manager{Name: by})
	}
	r.SetFields(changes, who)
	p.Timeline.Add(&r, model.Packed{})
}

func (p *logPlace) read() string {
	var b strings.Builder
	changes, _ := p.log.Read(p.Logged)
	for _, c := range changes {
		fmt.Fprintf(&b, "%d %s by %s +%d\n", c.Type, c.Path, c.By.Name, c.More)
		if c.ByTeller {
			fmt.Fprintln(&b, "who tells how it is")
		}
	}
	return b.String()
}

func TestALogTellsWhatMatters(t *testing.T) {
	p := newLogPlace(t, "deployments")
	p.add(model.Added, "1", "kubectl")
	p.add(model.Updated, "2", "", "status.replicas controller", "metadata.generation kubectl", "metadata.annotations.x controller")
	p.add(model.Updated, "3", "", `metadata.generation kubectl`, `spec.minReadySeconds kubectl-edit`, `spec.template.spec.containers[name="app"].image kubectl-edit`)
	p.add(model.Updated, "3", "", `spec.template.spec.containers[name="app"].image kubectl-edit`) // as another watch saw it
	want := fmt.Sprintf("%d  by kubectl +0\n%d spec.template.spec.containers[app].image by kubectl-edit +1\n", model.Added, model.Updated)
	if got := p.read(); got != want {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
	p.add(model.Updated, "4", "", "metadata.labels.team kubectl-label")
	p.add(model.Deleted, "5", "")
	want += fmt.Sprintf("%d metadata.labels.team by kubectl-label +0\n%d  by  +0\n", model.Updated, model.Deleted)
	if got := p.read(); got != want {
		t.Errorf("later got:\n%swant:\n%s", got, want)
	}
	p.Timeline.Clear()
	if got := p.read(); got != "" {
		t.Errorf("after it was forgotten: %s", got)
	}
}

// Many changes behind the one that led to it do not hide it; where too many or too long ones were dropped, that is told.
func TestALogSaysSinceWhenItIsWhole(t *testing.T) {
	p := newLogPlace(t, "deployments")
	p.add(model.Updated, "1", "", "spec.image mallory")
	read := func(count int, first, since string) {
		t.Helper()
		changes, whole := p.log.Read(p.Logged)
		said := ""
		if !whole.IsZero() {
			said = whole.UTC().Format(time.TimeOnly)
		}
		if len(changes) != count || changes[0].By.Name != first || said != since {
			t.Errorf("%d changes since %q, the first by %s; want %d since %q by %s", len(changes), said, changes[0].By.Name, count, since, first)
		}
	}
	for i := range mostLogged - 1 {
		p.add(model.Updated, fmt.Sprint("a", i), "", "metadata.labels.tick argo")
	}
	read(mostLogged, "mallory", "")
	p.add(model.Updated, "2", "", "metadata.labels.tick argo")
	read(mostLogged, "argo", p.clock.UTC().Format(time.TimeOnly))
	p.UID = "another"
	p.add(model.Updated, "3", "", "metadata.labels.tick kubectl")
	read(1, "kubectl", "")
}

func TestALogOfLongValuesIsBounded(t *testing.T) {
	p := newLogPlace(t, "configmaps")
	long := []byte(`"` + strings.Repeat("x", mostLoggedBytes/4) + `"`)
	for i := range 9 {
		r := timeline.Record{At: p.clock, Source: p.source, Key: p.Key, UID: p.UID, Type: model.Updated, New: fmt.Sprint(i)}
		r.SetFields([]change.Change{{Path: "data.a", New: long}}, nil)
		p.Timeline.Add(&r, model.Packed{})
	}
	if changes, since := p.log.Read(p.Logged); len(changes) != 3 || since.IsZero() {
		t.Errorf("%d changes since %v", len(changes), since)
	}
}

func TestALogTellsWhoTookAFieldOut(t *testing.T) {
	p := newLogPlace(t, "deployments")
	p.add(model.Updated, "2", "", "-spec.replicas", "spec.paused kubectl-edit", "metadata.generation ")
	if got, want := p.read(), fmt.Sprintf("%d spec.replicas by kubectl-edit +1\n", model.Updated); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWhoKeepsAnOwnedObjectDidNotChangeItOfItsOwn(t *testing.T) {
	p := newLogPlace(t, "replicasets")
	p.IsOwned = true
	p.add(model.Added, "1", "controller-manager")
	p.add(model.Updated, "2", "", "spec.replicas controller-manager")
	p.add(model.Updated, "3", "", "spec.replicas kubectl-scale")
	p.add(model.Updated, "4", "", "status.replicas kubelet")
	p.add(model.Updated, "5", "", "spec.image kubelet")
	p.add(model.Updated, "6", "", "spec.nodeName ")
	if got, want := p.read(), fmt.Sprintf("%d spec.replicas by kubectl-scale +0\n", model.Updated); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestALogKnowsWhoTellsHowAnObjectIs(t *testing.T) {
	p := newLogPlace(t, "nodes")
	p.add(model.Updated, "2", "", "spec.taints controller")
	p.add(model.Updated, "3", "", "metadata.labels.power kubectl-label")
	p.add(model.Updated, "4", "", "status.conditions controller")
	want := fmt.Sprintf("%d spec.taints by controller +0\nwho tells how it is\n%[1]d metadata.labels.power by kubectl-label +0\n", model.Updated)
	if got := p.read(); got != want {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
}

// A Log of the past tells what had happened by a moment, whether one comes from before or behind it.
func TestALogUntilAMoment(t *testing.T) {
	p := newLogPlace(t, "deployments")
	for i := range 3 {
		p.clock = at("14:00:00").Add(time.Duration(i) * time.Minute)
		p.add(model.Updated, fmt.Sprint(i), "", fmt.Sprintf("spec.field%d kubectl", i))
	}
	for _, minute := range []int{1, 0, 2, 1, -1, 2} {
		p.Until = at("14:00:00").Add(time.Duration(minute) * time.Minute)
		if got := strings.Count(p.read(), "spec.field"); got != minute+1 {
			t.Errorf("until minute %d it tells %d changes", minute, got)
		}
	}
}

func TestMentions(t *testing.T) {
	p := newPlace(t, `{apiVersion: v1, kind: ConfigMap, metadata: {namespace: shop, name: db}}`)
	it := p.Graph.Subject()
	for words, want := range map[string]mention{
		`configmap "db" not found`: byName, "waits for db.": byName, "db": byName, "no ConfigMaps": byKind, `configmap "db-2" not found`: byKind,
		"my-db is gone": not, "dbs and mydb": not, "": not, "the xconfigmap": not, "ändb": not,
	} {
		if got := mentions(words, &it); got != want {
			t.Errorf("%q: %d, want %d", words, got, want)
		}
	}
}

// TestAnyWorldHasAnAnswer makes objects that own and name each other at random, in rings too.
func TestAnyWorldHasAnAnswer(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	status := []string{
		"phase: Running, conditions: [{type: Ready, status: 'True'}]", "phase: Failed", "phase: Pending",
		"phase: Pending, containerStatuses: [{name: a, state: {waiting: {reason: ErrImagePull, message: 'no o3 nor o5'}}}]",
	}
	for range 100 {
		n := 1 + random.IntN(12)
		docs := make([]string, n)
		for i := range docs {
			docs[i] = fmt.Sprintf(`{apiVersion: v1, kind: Pod, metadata: {namespace: shop, name: o%d, uid: u%d, ownerReferences: [{apiVersion: v1, kind: Pod, name: o%d, uid: u%d}]},
  spec: {podRef: {kind: Pod, apiVersion: v1, name: o%d}, otherRef: {kind: Pod, apiVersion: v1, name: o%d}}, status: {%s}}`,
				i, i, random.IntN(n), random.IntN(n), random.IntN(n+2), random.IntN(n+2), status[random.IntN(len(status))])
		}
		p := newPlace(t, strings.Join(docs, "\n---\n"))
		a := p.Find()
		if len(a.Steps) == 0 || len(a.Steps) > deepest+1 || a.Steps[0].ID.Name != "o0" {
			t.Fatalf("%d steps in\n%s", len(a.Steps), strings.Join(docs, "\n"))
		}
		seen := map[string]bool{}
		for i := range a.Steps {
			if name := named(&a.Steps[i].Item); seen[name] {
				t.Fatalf("%s comes twice in\n%s", name, strings.Join(docs, "\n"))
			} else {
				seen[name] = true
			}
		}
		if again := p.Find(); spell(&again) != spell(&a) {
			t.Fatalf("other answers of the same world:\n%s\n%s", spell(&a), spell(&again))
		}
	}
}

// FuzzMentions looks that no text is read beyond its ends.
func FuzzMentions(f *testing.F) {
	f.Add("pods", "o")
	f.Add("\xff\xfe", "\xff")
	f.Fuzz(func(_ *testing.T, words, name string) {
		isWord(words, name)
		begins(words, name)
	})
}

// BenchmarkWhy asks for a deployment with 10,000 pods that fail.
func BenchmarkWhy(b *testing.B) {
	docs := []string{strings.TrimSuffix(deployment, "\n---\n") + replicaSet + node}
	pod := waiting("", "ErrImagePull", "no")
	for i := range 10_000 {
		docs = append(docs, strings.NewReplacer("name: web-7d9-x", fmt.Sprintf("name: web-7d9-%d", i), "uid: p,", fmt.Sprintf("uid: p%d,", i)).Replace(pod))
	}
	p := newPlace(b, strings.Join(docs, "\n---\n"))
	b.ReportAllocs()
	for b.Loop() {
		if a := p.Find(); len(a.Steps) != 3 {
			b.Fatal(spell(&a))
		}
	}
}
