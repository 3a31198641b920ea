package player

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/dogwatch/dogwatch/replay/playback"
	"github.com/dogwatch/dogwatch/replay/recording"
)

// bursts is a recording of 512 seconds with a change in each, and many in some.
func bursts(t *testing.T, many map[int]int) *recording.Recording {
	t.Helper()
	var out bytes.Buffer
	w, err := recording.NewWriter(&out)
	if err != nil {
		t.Fatal(err)
	}
	types := []recording.Type{{Name: "pods.v1", Kind: "Pod", Namespaced: true}}
	for second := range buckets {
		if second%100 == 0 {
			if err := w.Begin(recording.Header{At: at(second), Types: types, Continues: second > 0}); err != nil {
				t.Fatal(err)
			}
		}
		for i := range many[second] + 1 {
			write(t, w, recording.Modified, second, "a", fmt.Sprint(10+1000*second+i))
		}
	}
	if err := w.Close(at(buckets)); err != nil {
		t.Fatal(err)
	}
	rec, err := recording.Open(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

func TestDensityAndBusyMoments(t *testing.T) {
	many := map[int]int{50: 7, 51: 9, 52: 9, 199: 20, 200: 40, 300: 1, 400: 24}
	p, _ := running(t, bursts(t, many), Options{Paused: true})
	told := make(chan struct{}, 1)
	defer p.Watch(func() {
		select {
		case told <- struct{}{}:
		default:
		}
	})()
	for _, second := range []int{48, 200, 400} {
		if err := p.SeekBusy(t.Context(), playback.Forward); err != nil {
			t.Fatal(err)
		}
		if !p.Now().Equal(at(second)) {
			t.Errorf("busy at %s, want %s", p.Now(), at(second))
		}
	}
	if err := p.SeekBusy(t.Context(), playback.Forward); !errors.Is(err, playback.ErrNoMoment) {
		t.Errorf("after the last: %v", err)
	}
	for _, second := range []int{200, 48} {
		if err := p.SeekBusy(t.Context(), playback.Back); err != nil || !p.Now().Equal(at(second)) {
			t.Errorf("busy at %s, %v, want %s", p.Now(), err, at(second))
		}
	}
	if err := p.SeekBusy(t.Context(), playback.Back); !errors.Is(err, playback.ErrNoMoment) {
		t.Errorf("before the first: %v", err)
	}
	<-told
	s := p.State()
	if !s.Counted.Equal(s.End) || !s.End.Equal(at(buckets)) {
		t.Errorf("counted up to %s of %s", s.Counted, s.End)
	}
	for second, n := range s.Density {
		if int(n) != many[second]+1 {
			t.Errorf("second %d has %d changes, want %d", second, n, many[second]+1)
		}
	}
}

// A recording that is busy all the time has moments that are more so, and they are the highest.
func TestBusyMomentsOfSteadyChange(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	many := map[int]int{}
	for range 6 * buckets {
		many[random.IntN(buckets)]++
	}
	p, _ := running(t, bursts(t, many), Options{Paused: true})
	found := 0
	for {
		err := p.SeekBusy(t.Context(), playback.Forward)
		if errors.Is(err, playback.ErrNoMoment) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		found++
	}
	parts := p.State().Coarse()
	if found < 2 || found > len(parts)/4 {
		t.Errorf("%d busy moments in %d parts", found, len(parts))
	}
	if all := playback.Peaks(parts); !slices.Contains(all, slices.Index(parts, slices.Max(parts))) {
		t.Errorf("%v: the highest is not among %v", parts, all)
	}
	for range found - 1 {
		if err := p.SeekBusy(t.Context(), playback.Back); err != nil {
			t.Fatal(err)
		}
	}
}

// What a recording lacks is said, as the summary of the recording says it.
func TestGapsAndProblems(t *testing.T) {
	var out bytes.Buffer
	w, err := recording.NewWriter(&out)
	if err != nil {
		t.Fatal(err)
	}
	types := []recording.Type{{Name: "pods.v1", Kind: "Pod", Namespaced: true}}
	if err := w.Begin(recording.Header{At: at(0), Types: append(types, recording.Type{Name: "jobs.v1.batch", Kind: "Job"})}); err != nil {
		t.Fatal(err)
	}
	tell := func(second int, e recording.Entry) {
		e.At = at(second)
		if err := w.Write(e); err != nil {
			t.Fatal(err)
		}
	}
	watch := func(second int, live bool) {
		tell(second, recording.Entry{Kind: recording.Watch, Type: "pods.v1", Live: live, Reason: "retrying"})
	}
	write(t, w, recording.Added, 1, "a", "11")
	watch(3, false)
	watch(7, true)
	tell(8, recording.Entry{Kind: recording.Watch, Type: "jobs.v1.batch", Reason: "retrying"})
	tell(9, recording.Entry{Kind: recording.Served, Types: types}) // jobs go: nothing of them is missing any more
	if err := w.Begin(recording.Header{At: at(20), Types: types}); err != nil {
		t.Fatal(err)
	}
	write(t, w, recording.Added, 21, "b", "12")
	if err := w.Flush(); err != nil { // and then the recorder crashed
		t.Fatal(err)
	}
	out.WriteString("this is no segment")
	rec, err := recording.Open(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	p, _ := running(t, rec, Options{Paused: true})
	eventually(t, "all to be counted", func() bool { return p.State().Counted.Equal(at(21)) })
	s := p.State()
	want := []playback.Gap{}
	for _, g := range rec.Info().Gaps {
		want = append(want, playback.Gap{From: g.From, To: g.To, Type: string(g.Type), Reason: g.Reason})
	}
	if diff := cmp.Diff(want, s.Gaps); diff != "" || len(want) != 3 {
		t.Error(diff)
	}
	if len(s.Problems) != 1 || !strings.Contains(s.Problems[0], "has no end") {
		t.Errorf("problems %q", s.Problems)
	}
}

// What only reading shows to be wrong is told as well, and what is behind it in its segment is a gap.
func TestDamagedSegment(t *testing.T) {
	line := func(format string, args ...any) string { return fmt.Sprintf(format, args...) + "\n" }
	stamp := func(second int) string { return at(second).Format(time.RFC3339) }
	types := `"types":[{"type":"pods.v1","kind":"Pod","namespaced":true}]`
	pod := `"type":"pods.v1","object":{"metadata":{"namespace":"n","name":%q,"resourceVersion":"%d"}}}`
	rec := pack(t,
		line(`{"dogwatchRecording":1,"at":%q,%s}`, stamp(0), types)+
			line(`{"at":%q,"event":"ADDED",`+pod, stamp(1), "a", 11)+
			line(`{"at":%q,"event":"ADDED",`+strings.Replace(pod, "}}}", "}]}", 1), stamp(2), "b", 12)+
			line(`{"at":%q,"event":"ADDED",`+pod, stamp(3), "c", 13)+
			"no JSON\n",
		line(`{"dogwatchRecording":1,"at":%q,"continues":true,%s}`, stamp(9), types)+line(`{"at":%q,"event":"END"}`, stamp(10)),
	)
	p, _ := running(t, rec, Options{At: at(5), Paused: true})
	eventually(t, "all to be counted", func() bool { return p.State().Counted.Equal(at(10)) })
	if got := contents(t, p.Store()); !cmp.Equal(got, map[string]string{"a": "11", "c": "13"}) {
		t.Errorf("it has %v", got)
	}
	s := p.State()
	if len(s.Gaps) != 1 || !s.Gaps[0].From.Equal(at(3)) || !s.Gaps[0].To.Equal(at(9)) || !strings.Contains(s.Gaps[0].Reason, "breaks off") {
		t.Errorf("gaps %+v", s.Gaps)
	}
	if len(s.Problems) != 2 {
		t.Errorf("problems %q", s.Problems)
	}
}

// pack makes a recording of segments of such text.
func pack(t testing.TB, segments ...string) *recording.Recording {
	t.Helper()
	enc, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	var file []byte
	for _, text := range segments {
		file = enc.EncodeAll([]byte(text), file)
	}
	rec, err := recording.Open(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

func TestWatchersAreToldUntilTheyStop(t *testing.T) {
	p, err := New(bursts(t, nil), Options{Paused: true})
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	n := 0
	stop := p.Watch(func() { n++ })
	if err := p.SetSpeed(t.Context(), 2); err != nil || n != 1 {
		t.Errorf("told %d times, %v", n, err)
	}
	stop()
	if err := p.SetPaused(t.Context(), false); err != nil || n != 1 {
		t.Errorf("told %d times, %v", n, err)
	}
}
