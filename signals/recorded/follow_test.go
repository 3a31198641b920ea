package recorded

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/dogwatch/dogwatch/model/signal"
	"github.com/dogwatch/dogwatch/replay/recording"
	"github.com/dogwatch/dogwatch/signals"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// pipe is a recording that is being written to Follow.
type pipe struct {
	testing.TB
	*recording.Writer
	to    *io.PipeWriter
	told  chan signal.Message
	ended chan error
}

func follow(t *testing.T, rules string, tell error) *pipe {
	t.Helper()
	return followConfigured(t, rules, nil, tell)
}

func followConfigured(t *testing.T, rules string, configured Configured, tell error) *pipe {
	t.Helper()
	loaded, wrong := signals.Load("test.yaml", []byte(rules))
	if len(wrong) > 0 {
		t.Fatal(wrong)
	}
	from, to := io.Pipe()
	p := &pipe{TB: t, to: to, told: make(chan signal.Message, 100), ended: make(chan error, 1)}
	var err error
	if p.Writer, err = recording.NewWriter(to); err != nil {
		t.Fatal(err)
	}
	go func() {
		err := Follow(t.Context(), from, Rules{Own: loaded}, configured, func(m signal.Message) error { p.told <- m; return tell })
		_ = from.Close() // whoever writes hears of the end
		p.ended <- err
	}()
	if m := <-p.told; m.Wanted == nil || !slices.Equal(m.Wanted.Own, []string{"pods"}) || len(m.Wanted.Builtin) > 0 {
		t.Errorf("first it tells %+v", m)
	}
	return p
}

func (p *pipe) pod(kind recording.Kind, name, phase string) error {
	object := fmt.Sprintf(`{"metadata":{"namespace":"shop","name":%q,"uid":"u"},"status":{"phase":%q}}`, name, phase)
	return p.Write(recording.Entry{At: time.Now(), Kind: kind, Type: "pods.v1", Object: []byte(object)})
}

const failedRule = `rules:
- name: failed
  types: [pods]
  when: object.status.phase == "Failed"
  signal: {type: Failed, severity: warning, title: It failed, message: "${object.metadata.name}"}
- name: wrong
  types: [pods]
  when: object.spec.nothing == 1
  signal: {type: Wrong, severity: info, title: Never}
`

// Signals are told as soon as what they tell of is written.
func TestFollowTellsAtOnce(t *testing.T) {
	p := follow(t, failedRule, nil)
	header := recording.Header{At: time.Now(), Objects: 1, Types: []recording.Type{{Name: "pods.v1", Kind: "Pod", Namespaced: true}}}
	if err := errors.Join(p.Begin(header), p.pod(recording.Present, "web", "Failed"), p.Flush()); err != nil {
		t.Fatal(err)
	}
	if m := <-p.told; m.Signal == nil || m.Signal.Message != "web" || !m.Signal.IsOpen() {
		t.Fatalf("told %+v", m)
	}
	if m := <-p.told; !m.Ready {
		t.Fatalf("told %+v", m)
	}
	if m := <-p.told; m.Fault == nil || m.Fault.Rule != "wrong" || m.Fault.Object != "pods/shop/web" {
		t.Fatalf("told %+v", m)
	}
	if err := errors.Join(p.pod(recording.Modified, "web", "Running"), p.Flush()); err != nil {
		t.Fatal(err)
	}
	if m := <-p.told; m.Signal == nil || m.Signal.IsOpen() {
		t.Fatalf("told %+v", m)
	}
	if err := errors.Join(p.Close(time.Now()), p.to.Close(), <-p.ended); err != nil {
		t.Error(err)
	}
}

// A beat is answered behind all that what came before it brought about.
func TestFollowAnswersBeats(t *testing.T) {
	p := follow(t, failedRule, nil)
	header := recording.Header{At: time.Now(), Types: []recording.Type{{Name: "pods.v1", Kind: "Pod", Namespaced: true}}}
	beat := func() error { return p.Write(recording.Entry{At: time.Now(), Kind: signal.BeatEvent}) }
	if err := errors.Join(p.Begin(header), beat(), p.pod(recording.Added, "web", "Failed"), beat(), beat(), p.Flush()); err != nil {
		t.Fatal(err)
	}
	var told []string
	for len(told) < 4 {
		switch m := <-p.told; {
		case m.Judged:
			told = append(told, "judged")
		case m.Signal != nil:
			told = append(told, m.Signal.Message)
		}
	}
	if got := strings.Join(told, " "); got != "judged web judged judged" {
		t.Errorf("it tells %s", got)
	}
	if err := errors.Join(p.Close(time.Now()), p.to.Close(), <-p.ended); err != nil {
		t.Error(err)
	}
}

// Rules of a configuration come and go between the lines. What is there at the beginning is known as such when the first have come.
func TestFollowTakesRulesOfAConfiguration(t *testing.T) {
	const rule = `rules: [{name: %[1]s, types: [pods], when: object.status.phase == "Failed", signal: {type: T, severity: info, title: "%[1]s"}}]`
	p := followConfigured(t, fmt.Sprintf(rule, "fixed"), func(r signal.Rules) (own []*signals.Rule, wrong []error, err error) {
		if len(r.Files) > 1 {
			return nil, nil, errors.New("one is enough")
		}
		own, _ = signals.Load("fixed.yaml", fmt.Appendf(nil, rule, "fixed"))
		for _, file := range r.Files {
			named, errs := signals.Load(file.Name, file.Content)
			own, wrong = append(own, named...), append(wrong, errs...)
		}
		return own, wrong, nil
	}, nil)
	configure := func(contents ...string) {
		t.Helper()
		var rules signal.Rules
		for _, content := range contents {
			rules.Files = append(rules.Files, signal.RulesFile{Name: "named.yaml", Content: []byte(content)})
		}
		object, err := json.Marshal(rules)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(p.Write(recording.Entry{At: time.Now(), Kind: signal.RulesEvent, Object: object}), p.Flush()); err != nil {
			t.Fatal(err)
		}
	}
	told := func(want string) {
		t.Helper()
		m := <-p.told
		got := fmt.Sprint("ready ", m.Ready)
		switch {
		case m.Signal != nil:
			got = fmt.Sprintf("%s open %v unknown %v", m.Signal.Rule, m.Signal.IsOpen(), m.Signal.Unknown)
		case m.Fault != nil:
			got = m.Fault.Error
		}
		if got != want {
			t.Errorf("told %s, want %s", got, want)
		}
	}
	header := recording.Header{At: time.Now(), Objects: 1, Types: []recording.Type{{Name: "pods.v1", Kind: "Pod", Namespaced: true}}}
	if err := errors.Join(p.Begin(header), p.pod(recording.Present, "web", "Failed"), p.Flush()); err != nil {
		t.Fatal(err)
	}
	told("fixed open true unknown false")
	configure(fmt.Sprintf(rule, "named"))
	told("named open true unknown false")
	told("ready true")
	configure("a", "b")
	told("the rules of the configuration stay as they are: one is enough")
	configure(strings.Replace(fmt.Sprintf(rule, "named"), "Failed", "Gone", 1))
	told("named open false unknown true")
	configure("rules: [{}]")
	if m := <-p.told; m.Fault == nil || !strings.HasPrefix(m.Fault.Error, "named.yaml:1:9: ") {
		t.Errorf("told %+v", m)
	}
	configure()
	if err := errors.Join(p.pod(recording.Modified, "web", "Running"), p.Flush()); err != nil {
		t.Fatal(err)
	}
	told("fixed open false unknown false")
	if err := errors.Join(p.Close(time.Now()), p.to.Close(), <-p.ended); err != nil {
		t.Error(err)
	}
}

// Time goes on though nothing is written.
func TestFollowTellsWhatHasLasted(t *testing.T) {
	p := follow(t, `rules:
- name: pending
  types: [pods]
  when: object.status.phase == "Pending"
  for: 1s
  signal: {type: Pending, severity: info, title: It waits}
`, nil)
	header := recording.Header{At: time.Now(), Objects: 1, Types: []recording.Type{{Name: "pods.v1", Kind: "Pod", Namespaced: true}}}
	if err := errors.Join(p.Begin(header), p.pod(recording.Present, "web", "Pending"), p.Flush()); err != nil {
		t.Fatal(err)
	}
	if m := <-p.told; !m.Ready {
		t.Fatalf("told %+v", m)
	}
	if m := <-p.told; m.Signal == nil || m.Signal.Type != "Pending" {
		t.Fatalf("told %+v", m)
	}
	_ = p.to.CloseWithError(io.ErrUnexpectedEOF) // the dashboard has crashed
	var cut *recording.CutError
	if err := <-p.ended; !errors.As(err, &cut) {
		t.Errorf("it ended with %v", err)
	}
}

// Nobody listens any more: it ends.
func TestFollowEndsWithWhoListens(t *testing.T) {
	gone := errors.New("nobody listens")
	p := follow(t, failedRule, gone)
	_ = p.Begin(recording.Header{At: time.Now()})
	_ = p.Flush()
	if err := <-p.ended; !errors.Is(err, gone) {
		t.Errorf("it ended with %v", err)
	}
}
