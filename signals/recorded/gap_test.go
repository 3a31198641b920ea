package recorded

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/replay/recording"
	"github.com/dogwatch/dogwatch/signals"
)

// lasting is a rule about what lasts, one about each change, and one that asks for the time.
const lasting = `rules:
- name: bad
  types: [pods]
  when: object.phase == "Bad"
  for: 30s
  signal: {type: Bad, severity: warning, title: It is bad}
- name: changed
  types: ["*"]
  when: change.type != ""
  resolved: "true"
  signal: {type: Changed, severity: info, title: It changed, message: "${change.type} ${change.paths}"}
`

func pod(version int, phase string) string {
	return fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"namespace":"shop","name":"web","uid":"u","resourceVersion":"%d"},"phase":%q}`, version, phase)
}

// said is what was told, with the seconds since a moment.
func said(told []signals.Signal, since time.Time) (all []string) {
	for _, s := range told {
		at, what := s.Opened, "opened"
		switch {
		case s.Moment:
			what = s.Message
		case !s.IsOpen():
			at, what = s.Resolved, "over"
		}
		all = append(all, fmt.Sprintf("%v %s %s", at.Sub(since).Round(time.Second).Seconds(), s.Type, what))
	}
	return all
}

// passage is what a recording says of a pod after so many seconds.
type passage struct {
	after int
	phase string
}

// What had to last is judged by how all was when it had, also where the next line comes long after; what changes at that moment did not last.
func TestWhatIsDueIsJudgedByHowAllWasThen(t *testing.T) {
	pods := []recording.Type{{Name: "pods.v1", Kind: "Pod", Namespaced: true}}
	for _, c := range []struct {
		name     string
		passages []passage
		want     []string
	}{
		{"a late change", []passage{{10, "Bad"}, {70, "Good"}}, []string{"10 Changed MODIFIED phase", "40 Bad opened", "70 Bad over", "70 Changed MODIFIED phase"}},
		{"one amid it", []passage{{10, "Bad"}, {39, "Good"}}, []string{"10 Changed MODIFIED phase", "39 Changed MODIFIED phase"}},
		{"one at that moment", []passage{{10, "Bad"}, {40, "Good"}}, []string{"10 Changed MODIFIED phase", "40 Changed MODIFIED phase"}},
	} {
		s := newScript(t, lasting)
		s.begin(pods, [2]string{"pods.v1", pod(1, "Good")})
		begun := s.at
		for i, p := range c.passages {
			s.at = begun.Add(time.Duration(p.after) * time.Second)
			s.tell(recording.Modified, "pods.v1", pod(i+2, p.phase))
		}
		s.Tick(s.at.Add(time.Minute))
		if got := said(s.told, begun); !slices.Equal(got, c.want) {
			t.Errorf("%s: told %q, want %q", c.name, got, c.want)
		}
	}
}

// Of a time that nobody recorded it is not known what lasted: what had to is judged by how all is behind it, and once.
func TestWhatIsDueInAGapIsJudgedBehindIt(t *testing.T) {
	pods := []recording.Type{{Name: "pods.v1", Kind: "Pod", Namespaced: true}}
	for _, c := range []struct {
		version int
		phase   string
		want    []string
	}{
		{2, "Bad", []string{"10 Changed MODIFIED phase", "3600 Bad opened"}},
		{5, "Good", []string{"10 Changed MODIFIED phase", "3600 Changed MODIFIED phase"}},
	} {
		s := newScript(t, lasting)
		s.begin(pods, [2]string{"pods.v1", pod(1, "Good")})
		begun := s.at
		s.at = begun.Add(10 * time.Second)
		s.tell(recording.Modified, "pods.v1", pod(2, "Bad"))
		s.at = begun.Add(time.Hour - time.Second)
		other := `{"metadata":{"namespace":"shop","name":"a","uid":"a"},"phase":"Good"}` // comes first, and is no reason to judge what comes behind it
		s.begin(pods, [2]string{"pods.v1", other}, [2]string{"pods.v1", pod(c.version, c.phase)})
		s.told = slices.DeleteFunc(s.told, func(one signals.Signal) bool { return one.Subject.Name == "a" })
		if got := said(s.told, begun); !slices.Equal(got, c.want) {
			t.Errorf("%s behind it: told %q, want %q", c.phase, got, c.want)
		}
	}
}

// A rule that asks for the time is applied once a minute, but not in a time that nobody recorded, be it of years.
func TestTimeThatNobodyRecordedIsNotPlayed(t *testing.T) {
	s := newScript(t, `rules:
- name: failing
  types: [pods]
  when: now > timestamp("2020-01-01T00:00:00Z") && object.nothing == 1
  signal: {type: Never, severity: info, title: Never}
`)
	pods := []recording.Type{{Name: "pods.v1", Kind: "Pod", Namespaced: true}}
	s.begin(pods, [2]string{"pods.v1", pod(1, "Good")})
	s.Tick(s.at.Add(5 * time.Minute))
	before := s.Faults()[0].Count
	s.at = s.at.Add(10 * 24 * time.Hour)
	s.begin(pods, [2]string{"pods.v1", pod(1, "Good")})
	if after := s.Faults()[0].Count; before < 5 || after != before+1 {
		t.Errorf("it is applied %d times before and %d times in and behind the gap, want once", before, after-before)
	}
}

// Recordings that overlap are read as players read them: each as far as the next one begins.
func TestRecordingsThatOverlapAreReadOnce(t *testing.T) {
	begun := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	var out bytes.Buffer
	w, err := recording.NewWriter(&out)
	if err != nil {
		t.Fatal(err)
	}
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, from := range []int{0, 50} {
		at := func(second int) time.Time { return begun.Add(time.Duration(second) * time.Second) }
		do(w.Begin(recording.Header{At: at(from), Types: []recording.Type{{Name: "pods.v1", Kind: "Pod", Namespaced: true}}, Objects: 1}))
		do(w.Write(recording.Entry{At: at(from), Kind: recording.Present, Type: "pods.v1", Object: []byte(pod(from, "Good"))}))
		for second := from + 20; second <= from+100; second += 20 {
			phase := "Good"
			if second >= 80 {
				phase = "Bad"
			}
			do(w.Write(recording.Entry{At: at(second), Kind: recording.Modified, Type: "pods.v1", Object: []byte(pod(second, phase))}))
		}
		do(w.End(at(from + 100)))
	}
	rec, err := recording.Open(bytes.NewReader(out.Bytes()), int64(out.Len()))
	do(err)
	own, wrong := signals.Load("test.yaml", []byte(lasting))
	if len(wrong) > 0 {
		t.Fatal(wrong)
	}
	var told []signals.Signal
	_, err = Run(t.Context(), rec, Rules{Own: own}, func(s signals.Signal) { told = append(told, s) })
	do(err)
	const changed = " Changed MODIFIED"
	want := []string{"20" + changed, "40" + changed, "50" + changed, "70" + changed, "90" + changed + " phase", "110" + changed, "120 Bad opened", "130" + changed, "150" + changed}
	if got := said(told, begun); !slices.Equal(got, want) {
		t.Errorf("told\n%q, want\n%q", got, want)
	}
}

// A type that is recorded in several versions has its objects once, and one that goes over to another version did not change.
func TestAVersionOfATypeIsNoChange(t *testing.T) {
	s := newScript(t, lasting)
	const v1, v2, v3 = "scalers.v1.acme.io", "scalers.v2.acme.io", "scalers.v3.acme.io"
	scaler := func(version, rest string) string {
		return fmt.Sprintf(`{"apiVersion":"acme.io/%s","kind":"Scaler","metadata":{"namespace":"shop","name":"web","uid":"u","resourceVersion":%s}`, version, rest)
	}
	types := func(names ...recording.TypeName) (all []recording.Type) {
		for _, name := range names {
			all = append(all, recording.Type{Name: name, Kind: "Scaler", Namespaced: true})
		}
		return all
	}
	s.begin(types(v1, v2), [2]string{v1, scaler("v1", `"1"},"a":1}`)}, [2]string{v2, scaler("v2", `"1"},"b":1}`)})
	s.tell(recording.Modified, v1, scaler("v1", `"2"},"a":2}`))
	s.tell(recording.Modified, v2, scaler("v2", `"2"},"b":2}`))
	if err := s.Write(recording.Entry{At: s.at, Kind: recording.Served, Types: types(v2)}); err != nil {
		t.Fatal(err)
	}
	s.tell(recording.Added, v2, scaler("v2", `"2"},"b":2}`))
	s.tell(recording.Modified, v2, scaler("v2", `"3"},"b":3}`))
	s.begin(types(v2), [2]string{v2, scaler("v2", `"3"},"b":3}`)})
	s.begin(types(v3), [2]string{v3, scaler("v3", `"4"},"b":4}`)}) // it did change, too
	s.tell(recording.Deleted, v3, scaler("v3", `"5"},"b":4}`))
	var got []string
	for _, one := range s.told {
		got = append(got, one.Message)
	}
	if want := []string{"MODIFIED a", "MODIFIED b", "MODIFIED apiVersion, b", "DELETED"}; !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
}

// What is to be judged again for what related objects did just before a gap is judged by how they are behind it, too.
func TestWhatIsRelatedIsJudgedBehindAGap(t *testing.T) {
	for ready, want := range map[int][]string{2: nil, 0: {"Empty web opened"}} {
		s := newNeighbours(t)
		slice := func(ready int) string { return fmt.Sprintf(`"status":{"ready":%d}`, ready) }
		s.put(recording.Added, "services.v1", "web", "", `"spec":{}`)
		s.put(recording.Added, endpointSlices, "web-1", "v1 Service web", slice(2))
		s.later(gatherTime)
		s.told = nil
		s.put(recording.Modified, endpointSlices, "web-1", "v1 Service web", slice(0))
		s.at = s.at.Add(time.Hour)
		types := []recording.Type{
			{Name: "services.v1", Kind: "Service", Namespaced: true},
			{Name: endpointSlices, Kind: "EndpointSlice", Namespaced: true},
			{Name: "configmaps.v1", Kind: "ConfigMap", Namespaced: true},
		}
		if err := s.Begin(recording.Header{At: s.at, Types: types, Objects: 3}); err != nil {
			t.Fatal(err)
		}
		s.put(recording.Present, "configmaps.v1", "new", "", `"data":{}`)
		s.put(recording.Present, endpointSlices, "web-1", "v1 Service web", slice(ready))
		s.put(recording.Present, "services.v1", "web", "", `"spec":{}`)
		s.later(gatherTime)
		s.tells(fmt.Sprint(ready, " behind it"), want...)
	}
}
