package faults

import (
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	// forEnv is how long the random schedule runs; the long form of the tests asks for ten minutes and more.
	forEnv = "DOGWATCH_FAULTS_FOR"
	// seedEnv replays the schedule of a seed.
	seedEnv = "DOGWATCH_FAULTS_SEED"
	// usual is how long the schedule runs within the test command.
	usual = time.Minute
)

// isLong tells that the long form of the tests runs.
func isLong() bool { return os.Getenv(forEnv) != "" }

// stallTime is longer than it takes to give a connection up, in the long form.
func stallTime() time.Duration {
	if isLong() {
		return time.Minute
	}
	return 5 * time.Second
}

func scheduleTime(t *testing.T) time.Duration {
	t.Helper()
	text := os.Getenv(forEnv)
	if text == "" {
		return usual
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatalf("%s: %v", forEnv, err)
	}
	return d
}

func scheduleSeed(t *testing.T) uint64 {
	t.Helper()
	text := os.Getenv(seedEnv)
	if text == "" {
		return rand.Uint64()
	}
	seed, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", seedEnv, err)
	}
	return seed
}

// TestRandomFaultsUnderChurn breaks the network at random while objects change, some faults at a time, and asks the oracle in
// each calm between them. What happens follows from the seed; when it happens does within the pace of the machine.
func TestRandomFaultsUnderChurn(t *testing.T) {
	t.Parallel()
	seed, lasts := scheduleSeed(t), scheduleTime(t)
	t.Logf("%s=%d replays this schedule", seedEnv, seed)
	random := rand.New(rand.NewPCG(seed, 2))
	w := newWorld(t)
	d := w.watch(func(o *Options) {
		// A calm lasts until the next try.
		o.Watching.Backoff.Initial, o.Watching.Backoff.Max = 100*time.Millisecond, 2*time.Second
		o.Watching.AnswerPatience = 5 * time.Second
		o.Watching.StaleAfter = 20 * time.Second
	})
	var calms int
	var worst time.Duration
	for end := time.Now().Add(lasts); time.Now().Before(end); calms++ {
		stopChurn := w.churn(random.Uint64())
		for range 1 + random.IntN(4) {
			w.strike(random)
		}
		stopChurn()
		worst = max(worst, w.oracle.Converge(t, d, time.Now()))
	}
	t.Logf("%d calms in %v, each true again within %v", calms, lasts, worst.Round(time.Millisecond))
}

// strike lets one fault happen, and end.
func (w *world) strike(random *rand.Rand) {
	w.Helper()
	brief := time.Duration(50+random.IntN(1500)) * time.Millisecond
	faults := []struct {
		name string
		do   func()
	}{
		{"connections are cut", w.proxy.cut},
		{"streams are ended", w.proxy.EndStreams},
		{"connections are refused", func() {
			w.proxy.refuse()
			pause(w.T, brief)
			if err := w.proxy.open(); err != nil {
				w.Fatal(err)
			}
		}},
		{"bytes are kept back", func() {
			w.proxy.hold(true)
			pause(w.T, brief)
			w.proxy.hold(false)
		}},
		{"packets are lost", func() {
			w.proxy.swallow(true)
			pause(w.T, brief)
			w.proxy.swallow(false)
			if random.IntN(2) == 0 { // else it takes until the connection is given up
				w.proxy.cut()
			}
		}},
		{"the link is slow", func() {
			w.proxy.throttle(10_000 + random.IntN(100_000))
			pause(w.T, brief)
			w.proxy.throttle(0)
		}},
		{"answers are cut off", func() { w.during(brief, Fault{Cut: 1 + random.IntN(20_000), Packed: random.IntN(2) == 0}) }},
		{"the server fails", func() { w.during(brief, Fault{Status: []int{500, 502, 503, 504, 429}[random.IntN(5)]}) }},
		{"a login page answers", func() { w.during(brief, Fault{Page: true}) }},
		{"watches cannot be resumed", func() { w.forget(brief) }},
		{"events come twice", func() { w.during(brief, oddEvents(each(twice))) }},
		{"events come out of order", func() {
			kind := []string{"ADDED", "MODIFIED", "DELETED"}[random.IntN(3)]
			w.during(brief, oddEvents(late(func(e *event) bool { return e.Type == kind })))
		}},
		{"bookmarks are wrong", func() { w.during(brief, oddEvents(bookmarked([]string{"", "1", "x"}[random.IntN(3)]))) }},
	}
	fault := faults[random.IntN(len(faults))]
	w.Logf("%s: %s, for %v", time.Now().Format("15:04:05.000"), fault.name, brief)
	fault.do()
}

// during gives all answers for the objects the same fault for a while, those under way too.
func (w *world) during(d time.Duration, fault Fault) {
	w.Helper()
	w.proxy.SetFault(w.every(fault))
	w.proxy.EndStreams()
	pause(w.T, d)
	w.proxy.SetFault(nil)
	if fault.Events != nil {
		w.proxy.EndStreams() // what was kept back is asked for again
	}
}

// forget lets the server not know for a while from where watches are to go on.
func (w *world) forget(d time.Duration) {
	w.proxy.SetFault(w.onObjects(func(r *http.Request) *Fault {
		if query := r.URL.Query(); !query.Has("watch") || query.Has("sendInitialEvents") {
			return nil
		}
		return &Fault{Status: http.StatusGone, Reason: metav1.StatusReasonExpired}
	}))
	w.proxy.EndStreams()
	pause(w.T, d)
	w.proxy.SetFault(nil)
}

// oddEvents changes the events of streams, each stream's by itself.
func oddEvents(make func() func(*event, bool) [][]byte) Fault {
	return Fault{Events: func() func([]byte) [][]byte {
		change := make()
		return eachEvent(func(e *event) [][]byte { return change(e, false) })
	}}
}

func twice(e *event) [][]byte { return append(e.bytes(), e.bytes()...) }
