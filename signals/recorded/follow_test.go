package recorded

import (
	"errors"
	"fmt"
	"io"
	"slices"
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
		err := Follow(t.Context(), from, Rules{Own: loaded}, func(m signal.Message) error { p.told <- m; return tell })
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
