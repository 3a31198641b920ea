package excerpt_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/dogwatch/dogwatch/replay/excerpt"
	"github.com/dogwatch/dogwatch/replay/recording"
)

var start = time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)

func second(n float64) time.Time { return start.Add(time.Duration(n * float64(time.Second))) }

// author writes a recording by chance.
type author struct {
	*testing.T
	*rand.Rand
	out     bytes.Buffer
	writer  *recording.Writer
	now     float64
	version int
	begun   time.Time
	types   []recording.Type
	objects map[recording.TypeName]map[string]string
}

func typesNamed(names ...recording.TypeName) []recording.Type {
	var types []recording.Type
	for _, name := range names {
		types = append(types, recording.Type{Name: name, Kind: "X", Namespaced: true})
	}
	return types
}

func (a *author) do(err error) {
	a.Helper()
	if err != nil {
		a.Fatal(err)
	}
}

// begin begins a segment that continues the one before, or not.
func (a *author) begin(continues bool) {
	n := 0
	for _, objects := range a.objects {
		n += len(objects)
	}
	h := recording.Header{At: second(a.now), Types: a.types, Objects: n, Continues: continues, Context: "c", ServerVersion: "v"}
	if continues {
		h.Follows = a.begun
	}
	a.begun = h.At
	a.do(a.writer.Begin(h))
	for name, objects := range a.objects {
		for _, object := range objects {
			a.do(a.writer.Write(recording.Entry{At: h.At, Kind: recording.Present, Type: name, Object: []byte(object), Cells: []byte("[]")}))
		}
	}
	for _, t := range a.types {
		a.watch(t.Name, true)
	}
}

func (a *author) watch(name recording.TypeName, live bool) {
	reason := ""
	if !live {
		reason = "retrying"
	}
	a.do(a.writer.Write(recording.Entry{At: second(a.now), Kind: recording.Watch, Type: name, Live: live, Reason: reason}))
}

// event writes a change. Its time may lie a little before that of the line before, as with several watches.
func (a *author) event() {
	name := a.types[a.IntN(len(a.types))].Name
	key := fmt.Sprintf("o%d", a.IntN(5))
	a.version++
	object := fmt.Sprintf(`{"metadata":{"namespace":"n","name":%q,"resourceVersion":"%d"}}`, key, a.version)
	e := recording.Entry{At: second(a.now - 0.3*a.Float64()), Kind: recording.Modified, Type: name, Object: []byte(object), Cells: []byte("[1]")}
	_, known := a.objects[name][key]
	switch {
	case !known:
		e.Kind = recording.Added
		a.objects[name][key] = object
	case a.IntN(3) == 0:
		e.Kind = recording.Deleted
		delete(a.objects[name], key)
	default:
		a.objects[name][key] = object
	}
	a.do(a.writer.Write(e))
}

// retype has a type go or come.
func (a *author) retype() {
	if len(a.types) == 1 {
		a.types = typesNamed("pods.v1", "jobs.v1.batch")
		a.objects["jobs.v1.batch"] = map[string]string{}
	} else {
		a.types = typesNamed("pods.v1")
		delete(a.objects, "jobs.v1.batch")
	}
	a.do(a.writer.Write(recording.Entry{At: second(a.now), Kind: recording.Served, Types: a.types}))
}

func write(t *testing.T, seed uint64) []byte {
	t.Helper()
	a := &author{T: t, Rand: rand.New(rand.NewPCG(seed, 1)), types: typesNamed("pods.v1")}
	a.objects = map[recording.TypeName]map[string]string{"pods.v1": {}}
	var err error
	a.writer, err = recording.NewWriter(&a.out)
	a.do(err)
	a.begin(false)
	for range 60 {
		a.now += a.Float64()
		switch a.IntN(14) {
		case 0:
			a.begin(true)
		case 1: // nobody records for a while
			a.do(a.writer.End(second(a.now)))
			a.now += 5 * a.Float64()
			a.begin(false)
		case 2:
			a.retype()
		case 3:
			a.watch("pods.v1", a.IntN(2) == 0)
		default:
			a.event()
		}
	}
	a.do(a.writer.Close(second(a.now)))
	return a.out.Bytes()
}

func open(t *testing.T, file []byte) *recording.Recording {
	t.Helper()
	rec, err := recording.Open(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

// stateAt is the state at a moment, as a player has it: that of the segment before, and its lines up to the first that is
// of later.
func stateAt(t *testing.T, rec *recording.Recording, at time.Time) map[string]string {
	t.Helper()
	segments := rec.Segments()
	i := 0
	for i+1 < len(segments) && !segments[i+1].At.After(at) {
		i++
	}
	all := map[string]string{}
	declare := func(types []recording.Type) {
		maps.DeleteFunc(all, func(key, _ string) bool {
			return !slices.ContainsFunc(types, func(t recording.Type) bool {
				return key == "type "+string(t.Name) || bytes.HasPrefix([]byte(key), []byte(t.Name+" "))
			})
		})
		for _, t := range types {
			all["type "+string(t.Name)] = "served"
		}
	}
	declare(segments[i].Types)
	later := errors.New("later")
	err := segments[i].Read(func(e *recording.Entry) error {
		if e.At.After(at) {
			return later
		}
		name := ""
		if parts := bytes.Split(e.Object, []byte(`"`)); len(parts) > 9 {
			name = string(e.Type) + " " + string(parts[9])
		}
		switch e.Kind {
		case recording.Served:
			declare(e.Types)
		case recording.Deleted:
			delete(all, name)
		case recording.Present, recording.Added, recording.Modified:
			all[name] = string(e.Object) + string(e.Cells) + e.At.String()
		}
		return nil
	})
	var cut *recording.CutError
	if err != nil && !errors.Is(err, later) && !errors.As(err, &cut) {
		t.Fatal(err)
	}
	return all
}

func cutOut(t *testing.T, rec *recording.Recording, from, to time.Time) *recording.Recording {
	t.Helper()
	var out bytes.Buffer
	w, err := recording.NewWriter(&out)
	if err != nil {
		t.Fatal(err)
	}
	if err := excerpt.Cut(t.Context(), rec, from, to, w); err != nil {
		t.Fatal(err)
	}
	return open(t, out.Bytes())
}

// clip are the gaps between two moments.
func clip(gaps []recording.Gap, from, to time.Time) []recording.Gap {
	var clipped []recording.Gap
	for _, g := range gaps {
		if g.From.Before(from) {
			g.From = from
		}
		if g.To.After(to) {
			g.To = to
		}
		if g.From.Before(g.To) {
			clipped = append(clipped, g)
		}
	}
	slices.SortFunc(clipped, func(x, y recording.Gap) int {
		return cmp.Or(x.From.Compare(y.From), cmp.Compare(x.Type, y.Type))
	})
	return clipped
}

// At every moment of the cut, its state and its gaps are those of the recording that it was cut from.
func TestCutIsAsTheOriginal(t *testing.T) {
	for seed := range uint64(25) {
		rec := open(t, write(t, seed))
		info := rec.Info()
		chance := rand.New(rand.NewPCG(seed, 2))
		span := info.To.Sub(info.From)
		at := func(within time.Duration) time.Duration { return time.Duration(chance.Int64N(int64(within))) }
		for range 4 {
			from := info.From.Add(at(span))
			to := from.Add(at(span))
			part := cutOut(t, rec, from, to)
			got := part.Info()
			if !got.From.Equal(from) || got.To.After(to) || len(got.Broken) > 0 || got.Context != "c" {
				t.Fatalf("seed %d, %s to %s: %+v", seed, from, to, got)
			}
			for range 6 {
				moment := from.Add(at(to.Sub(from) + 1))
				if diff := gocmp.Diff(stateAt(t, rec, moment), stateAt(t, part, moment)); diff != "" {
					t.Fatalf("seed %d, %s to %s: at %s (-original +cut):\n%s", seed, from, to, moment, diff)
				}
			}
			if diff := gocmp.Diff(clip(info.Gaps, from, got.To), clip(got.Gaps, from, got.To)); diff != "" {
				t.Fatalf("seed %d, %s to %s: gaps (-original +cut):\n%s", seed, from, to, diff)
			}
		}
	}
}

// What was cut off from a broken recording has all that could be read, and a gap where it broke off.
func TestCutOfABrokenRecording(t *testing.T) {
	file := write(t, 7)
	whole := open(t, file).Segments()
	if len(whole) < 3 {
		t.Fatalf("%d segments", len(whole))
	}
	broken := bytes.Clone(file)
	at := int(whole[0].Size()) + int(whole[1].Size())/2
	broken[at] ^= 0xff
	rec := open(t, broken)
	part := cutOut(t, rec, start, second(1000)).Info()
	if len(part.Broken) > 0 || len(part.Gaps) == 0 {
		t.Errorf("%+v", part)
	}
	if want := rec.Info().Gaps; !gocmp.Equal(clip(want, start, part.To), clip(part.Gaps, start, part.To)) {
		t.Errorf("gaps %+v, want %+v", part.Gaps, want)
	}
}

// A recorder that crashed while it wrote a state leaves fewer objects than the header promised.
func TestCutOfAStateThatBreaksOff(t *testing.T) {
	var file bytes.Buffer
	w, err := recording.NewWriter(&file)
	if err != nil {
		t.Fatal(err)
	}
	a := &author{T: t, writer: w, types: typesNamed("pods.v1")}
	present := func(name string) {
		a.do(w.Write(recording.Entry{
			At: second(a.now), Kind: recording.Present, Type: "pods.v1", Cells: []byte("[]"),
			Object: fmt.Appendf(nil, `{"metadata":{"name":%q,"resourceVersion":"1"}}`, name),
		}))
	}
	a.do(w.Begin(recording.Header{At: second(0), Types: a.types, Objects: 2}))
	present("a")
	present("b")
	a.now = 2
	a.do(w.Begin(recording.Header{At: second(2), Types: a.types, Objects: 3, Continues: true, Follows: start}))
	present("a")
	a.do(w.Flush())
	half := cutOut(t, open(t, file.Bytes()), start, second(3))
	states := half.Segments()
	if len(states) != 2 || states[0].Objects != 2 || states[1].Objects != 1 {
		t.Errorf("%d segments: %+v", len(states), half.Info())
	}
	if broken := half.Info().Broken; len(broken) > 0 {
		t.Errorf("the cut is broken: %+v", broken)
	}
}

// A type that was not watched when it went is not missed in what was recorded later.
func TestCutBehindATypeThatWent(t *testing.T) {
	var file bytes.Buffer
	w, err := recording.NewWriter(&file)
	if err != nil {
		t.Fatal(err)
	}
	a := &author{T: t, writer: w, types: typesNamed("pods.v1", "widgets.v1.example")}
	a.begin(false)
	a.now = 1
	a.watch("widgets.v1.example", false)
	a.now = 2
	a.do(w.Write(recording.Entry{At: second(2), Kind: recording.Served, Types: typesNamed("pods.v1")}))
	a.now = 9
	a.watch("pods.v1", true)
	a.do(w.Close(second(9)))
	rec := open(t, file.Bytes())
	if gaps := rec.Info().Gaps; len(gaps) != 1 || !gaps[0].To.Equal(second(2)) {
		t.Errorf("gaps of the original: %+v", gaps)
	}
	if gaps := cutOut(t, rec, second(4), second(8)).Info().Gaps; len(gaps) > 0 {
		t.Errorf("gaps of the cut: %+v", gaps)
	}
}

func TestCutsThatHoldNothing(t *testing.T) {
	rec := open(t, write(t, 1))
	end := rec.Info().To
	for name, span := range map[string][2]time.Time{
		"backwards": {second(5), second(4)}, "behind": {end.Add(time.Second), end.Add(time.Minute)}, "before": {second(-9), second(-8)},
	} {
		w, err := recording.NewWriter(&bytes.Buffer{})
		if err != nil {
			t.Fatal(err)
		}
		if err := excerpt.Cut(t.Context(), rec, span[0], span[1], w); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestCutEndsWithItsContext(t *testing.T) {
	rec := open(t, write(t, 1))
	w, err := recording.NewWriter(&bytes.Buffer{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := excerpt.Cut(ctx, rec, start, second(10), w); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
