package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/config"
	"github.com/dogwatch/dogwatch/setup"
	"github.com/dogwatch/dogwatch/stream"
	"github.com/dogwatch/dogwatch/stream/sinks"
)

// followed waits until so many edits of a configuration are brought about.
func (c *configured) followed(edits int) {
	c.Helper()
	c.metric(fmt.Sprintf("dogwatch_config_reloads_total %d\n", edits))
}

// busy changes pods until stop is called, which gives how often each was changed.
func (s *shop) busy(names ...string) (stop func() int) {
	s.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(s.Context()))
	var done sync.WaitGroup
	n := 0
	done.Go(func() {
		pause := time.NewTicker(10 * time.Millisecond)
		defer pause.Stop()
		for ctx.Err() == nil {
			<-pause.C
			n++
			for _, name := range names {
				s.label(name, n)
			}
		}
	})
	stop = func() int { cancel(); done.Wait(); return n }
	s.Cleanup(func() { stop() })
	return stop
}

// A sink that fails is given other settings, again and again, while changes go on: each of them comes, and in the order of its object, whatever keeps what waits.
func TestEditsOfASinkLoseNothing(t *testing.T) {
	for name, spool := range map[string]func(edit int) string{
		"in memory":              func(int) string { return "" },
		"in a spool":             func(edit int) string { return ", spool: " + []string{"w", "./x/../w"}[edit%2] },
		"from memory to a spool": func(edit int) string { return []string{"", ", skipNoise: true, spool: w"}[min(edit/3, 1)] },
	} {
		t.Run(name, func(t *testing.T) {
			s, to := newShop(t), &receiver{random: rand.New(rand.NewPCG(7, 8))}
			server := httptest.NewServer(to)
			t.Cleanup(server.Close)
			from, save := homes()["a file"](s)
			edit := func(i int) {
				save(sinksOf(fmt.Sprintf(`to: %q, format: json, batch: %d%s`, server.URL, 50+i, spool(i))))
			}
			edit(0)
			c := s.beginSinks(from)
			eventually(t, "its being watched", func() bool { return to.watching() > 0 })
			s.label("web-0", 0)
			s.label("web-1", 0)
			stop := s.busy("web-0", "web-1")
			for i := 1; i <= 6; i++ {
				to.set(i%3 > 0)
				before := len(to.changes(t, "web-0"))
				edit(i)
				c.followed(i + 1)
				if i%3 == 0 {
					eventually(t, "some changes", func() bool { return len(to.changes(t, "web-0")) > before+2 })
				}
			}
			n := stop()
			to.set(false)
			for _, name := range []string{"web-0", "web-1"} {
				eventually(t, "all changes of "+name, func() bool { return len(to.changes(t, name)) >= n+1 })
				if got := len(to.changes(t, name)); got != n+1 {
					t.Errorf("%d changes of %s came, not %d", got, name, n+1)
				}
			}
			if to.watching() != 1 {
				t.Errorf("it is told %d times what is watched", to.watching())
			}
			if said := c.stderr.String(); strings.Contains(said, "not delivered") {
				t.Errorf("it says %s", said)
			}
		})
	}
}

// While one sends yet what waits, which cannot be taken over, the next one takes already what happens: changes, signals that open, and those that are over.
func TestWhatHappensWhileASinkDrainsIsTold(t *testing.T) {
	s, a := newShop(t), newCollector(t)
	s.label("one", 1)
	from, save := homes()["a file"](s)
	edit := func(spool string) {
		files := sinksOf(`to: "` + a.url + `", format: json, changes: true, signals: true, spool: ` + spool)
		files["config.yaml"] += "rules: [a.yaml]\n"
		files["a.yaml"] = labelled("a", "1", "first")
		save(files)
	}
	edit("before")
	c := s.beginSinks(from, "--drain", "1h")
	a.await(a.signals, "first opened")
	a.fail(true)
	s.label("one", 2)
	c.metric(fmt.Sprintf(`dogwatch_stream_failing{sink="%s"} 1`, a.url))
	edit("after")
	eventually(t, "its being stopped", func() bool { return !strings.Contains(c.get("/metrics"), a.url) })
	for n := 3; n <= 10; n++ {
		s.label("one", n)
	}
	s.label("one", 1)
	a.fail(false)
	a.await(a.labels, "one=2, one=3, one=4, one=5, one=6, one=7, one=8, one=9, one=10, one=1")
	a.await(a.signals, "first opened, first resolved, first opened")
	if said := c.stderr.String(); strings.Contains(said, "not delivered") {
		t.Errorf("it says %s", said)
	}
}

// What waits in another format when the time is over is lost, which is said, and told to who is told the rest.
func TestWhatCannotBeHandedOverIsCounted(t *testing.T) {
	s, a := newShop(t), newCollector(t)
	from, save := homes()["a file"](s)
	edit := func(format string) { save(sinksOf(`to: "` + a.url + `", batch: 1, format: ` + format)) }
	edit("cloudevents")
	c := s.beginSinks(from, "--drain", "10ms")
	c.metric(fmt.Sprintf(`dogwatch_stream_sent_messages_total{sink="%s"} 1`, a.url))
	a.fail(true)
	s.label("web", 1)
	s.label("web", 2)
	c.metric(fmt.Sprintf(`dogwatch_stream_queue_messages{sink="%s"} 2`, a.url))
	edit("json")
	c.awaitSaid("2 events were not delivered")
	a.fail(false)
	a.await(func() string {
		return strings.Join(a.told("notice.v1", func(e map[string]any) string { return fmt.Sprint(e["notice"], " ", e["count"], " ", e["reason"]) }), ", ")
	}, "dropped 2 they were written as cloudevents, and not delivered in time")
	s.label("web", 3)
	a.await(a.labels, "web=3")
	c.metric(fmt.Sprintf(`dogwatch_stream_queue_messages{sink="%s"} 0`, a.url)) // at its end there is hardly any time
}

// What a delivery leaves at its end is said where it is lost, or is to be found later, and not where another goes on with it.
func TestWhatADeliveryLeavesIsSaid(t *testing.T) {
	const waits, untold = "2 events were not delivered", ", and some changes are not among them"
	for _, c := range []struct {
		how          handover
		spool        string
		left         stream.LeftError
		said, failed string
	}{
		{withMessages, "", stream.LeftError{Waiting: 2, Untold: true}, "", ""},
		{ofReader, "", stream.LeftError{Waiting: 2, Untold: true}, "", waits},
		{ofReader, "", stream.LeftError{Untold: true}, "", ""},
		{ofReader, "w", stream.LeftError{Waiting: 2, Untold: true}, waits + ": they are in w, for the next time", ""},
		{none, "", stream.LeftError{Waiting: 2, Untold: true}, "", waits + untold},
		{none, "w", stream.LeftError{Waiting: 2, Untold: true}, "", waits + untold},
		{none, "w", stream.LeftError{Waiting: 2}, waits + ": they are in w, for the next time", ""},
	} {
		said, failed := "", ""
		d := &delivery{sink: config.Sink{Spool: c.spool}, out: &output{sink: sinks.NewLines(io.Discard)}, reader: &reader{last: stream.New(stream.Options{})}}
		d.close(&c.left, c.how, func(format string, args ...any) { said += fmt.Sprintf(format, args...) })
		if d.err != nil {
			failed = d.err.Error()
		}
		if said != c.said || failed != c.failed {
			t.Errorf("of %+v handed over as %d with spool %q it says %q and fails with %q", c.left, c.how, c.spool, said, failed)
		}
	}
}

// One that ends amid an edit which keeps it is over, and if it is the last all is.
func TestWhoEndsAmidAnEditIsNotKept(t *testing.T) {
	d := newDeliveries(&streamRun{}, io.Discard)
	one := &delivery{done: make(chan struct{}), stop: func() {}}
	d.leaving, d.changes = []*delivery{one}, true
	d.put([]*delivery{one})
	if n := len(d.running()); n > 0 {
		t.Errorf("%d are said to deliver", n)
	}
	select {
	case <-d.over:
	default:
		t.Error("it goes on, though nothing is delivered any more")
	}
}

// Where an edit turns out to be wrong only after a sink was stopped for it, that goes on where it stopped.
func TestAnEditThatIsWrongInTheEndLosesNothing(t *testing.T) {
	s, a := newShop(t), newCollector(t)
	s.label("one", 1)
	from, save := homes()["a file"](s)
	edit := func(format string) {
		files := sinksOf(`to: "` + a.url + `", spool: w, changes: true, signals: true, format: ` + format)
		files["config.yaml"] += "rules: [a.yaml]\n"
		files["a.yaml"] = labelled("a", "1", "first")
		save(files)
	}
	edit("json")
	c := s.beginSinks(from, "--drain", "10ms")
	a.await(a.signals, "first opened")
	speak := a.silence()
	s.label("one", 2)
	const waiting = `dogwatch_stream_queue_messages{sink="%s"} %d`
	eventually(t, "the change, and perhaps the signal", func() bool {
		metrics := c.get("/metrics")
		return strings.Contains(metrics, fmt.Sprintf(waiting, a.url, 1)) || strings.Contains(metrics, fmt.Sprintf(waiting, a.url, 2))
	})
	edit("cloudevents")
	s.label("one", 3)
	c.awaitSaid("holds events as json, which are to be sent as such first")
	edit("json")
	c.followed(2)
	s.label("one", 4)
	speak()
	a.await(a.labels, "one=2, one=3, one=4")
	s.label("one", 1)
	a.await(a.signals, "first opened, first resolved, first opened")
	a.await(a.labels, "one=2, one=3, one=4, one=1")
	if n := len(a.told("notice.v1", func(map[string]any) string { return "" })); n != 1 {
		t.Errorf("%d notices are told", n)
	}
}

// An edit that is wrong elsewhere changes no sink, though that is right.
func TestAnEditOfWrongTypesChangesNoSink(t *testing.T) {
	s, a, b := newShop(t), newCollector(t), newCollector(t)
	from, save := homes()["a file"](s)
	to := func(r *collector) string { return "to: " + `"` + r.url + `", format: json` }
	save(sinksOf(to(a)))
	c := s.beginSinks(from)
	eventually(t, "its being watched", a.watches)
	for edits, wrong := range []string{"types: [\"*\"]\n", "types: [pods]\nselector: \"a in\"\n", "types: [pods]\nrules: [none.yaml]\n"} {
		save(map[string]string{"config.yaml": strings.Replace(sinksOf(to(b))["config.yaml"], "types: [pods]\n", wrong, 1)})
		c.metric(fmt.Sprintf("dogwatch_config_errors_total %d\n", edits+1))
		s.label("web", edits)
		eventually(t, "the change", func() bool { return len(a.told("change.v1", func(map[string]any) string { return "" })) > edits })
	}
	if len(b.told(".v1", func(map[string]any) string { return "" })) > 0 {
		t.Error("who was to be told by a wrong edit is told")
	}
}

// All that drains does so beside each other, within one limit, also where the end comes amid an edit.
func TestTheEndAmidAnEditTakesOneDrain(t *testing.T) {
	const drain, number = 6 * time.Second, 4
	s := newShop(t)
	from, save := homes()["a file"](s)
	var to [number]*collector
	edit := func(format string) {
		var all []string
		for i := range to {
			all = append(all, fmt.Sprintf(`to: %q, batch: 1, format: %s`, to[i].url, format))
		}
		save(sinksOf(all...))
	}
	for i := range to {
		to[i] = newCollector(t)
	}
	edit("json")
	c := &configured{shop: s, stderr: &said{}}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	defer stop()
	done := make(chan int, 1)
	args := []string{"stream", "-A", "--kubeconfig", s.kubeconfig, "--config", from, "--metrics", "0", "--drain", drain.String()}
	go func() { done <- run(ctx, args, io.Discard, c.stderr) }()
	for _, a := range to {
		eventually(t, "its being watched", a.watches)
		a.fail(true)
	}
	s.label("web", 1)
	for _, a := range to {
		c.metric(fmt.Sprintf(`dogwatch_stream_failing{sink="%s"} 1`, a.url))
	}
	edit("cloudevents")
	eventually(t, "their being stopped", func() bool { return !strings.Contains(c.get("/metrics"), "dogwatch_stream_failing{") })
	stop()
	began := time.Now()
	if code := <-done; code != setup.ExitError {
		t.Errorf("it ends with %d", code)
	}
	if took := time.Since(began); took > drain*3/2 {
		t.Errorf("it takes %s, with a limit of %s", took, drain)
	}
	if said := c.stderr.String(); strings.Count(said, "1 events were not delivered") < number {
		t.Errorf("it says %s", said)
	}
}

// What an earlier process has left is sent as soon as it can be, though the cluster cannot be reached.
func TestASpoolIsSentWithoutACluster(t *testing.T) {
	for name, args := range map[string]func(s *shop, url, spool string) []string{
		"by flags": func(s *shop, url, spool string) []string {
			return s.args("--format", "json", "--to", url, "--spool", spool, "--drain", "10ms")
		},
		"by a configuration": func(s *shop, url, spool string) []string {
			from, save := homes()["a file"](s)
			save(sinksOf(`to: "` + url + `", format: json, spool: ` + spool))
			return []string{"stream", "-A", "--kubeconfig", s.kubeconfig, "--config", from, "--drain", "10ms"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, a := newShop(t), newCollector(t)
			a.fail(true)
			spool := filepath.Join(t.TempDir(), "spool")
			arguments := args(s, a.url, spool)
			begin := func() (stop func() (int, string)) {
				ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
				var stderr bytes.Buffer
				done := make(chan int, 1)
				go func() { done <- run(ctx, arguments, io.Discard, &stderr) }()
				return func() (int, string) { cancel(); return <-done, stderr.String() }
			}
			stop := begin()
			eventually(t, "a change in the spool", func() bool {
				s.label("web", rand.Int())
				files, _ := filepath.Glob(filepath.Join(spool, "*.spool"))
				return len(files) > 0 && contains(files[0], `"name":"web"`)
			})
			if code, said := stop(); code != setup.ExitOK {
				t.Errorf("it ends with %d and says %s", code, said)
			}
			if err := s.server.Close(); err != nil {
				t.Fatal(err)
			}
			a.fail(false)
			stop = begin()
			eventually(t, "what was left", func() bool { return strings.Contains(a.labels(), "web") })
			if code, said := stop(); code != setup.ExitOK {
				t.Errorf("it ends with %d and says %s", code, said)
			}
		})
	}
}

// Two spellings of a file or a folder are one, whether it is there yet or not.
func TestPlacesAreKnownHoweverTheyAreSpelled(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.WriteFile(filepath.Join(dir, "there"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(filepath.Join(dir, "there"), filepath.Join(dir, "folder", "hard")); err != nil {
		t.Fatal(err)
	}
	for link, to := range map[string]string{"link": "there", "way": "folder", "dangling": "folder/new", "round": "round"} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		one, other string
		same       bool
	}{
		{"new", "./a/../new", true},
		{"new", filepath.Join(dir, "new"), true},
		{"there", "link", true},
		{"there", "folder/hard", true},
		{"there", "new", false},
		{"folder/new", "way/new", true},
		{"folder/a/b", "way/./a/b", true},
		{"folder/new", "dangling", true},
		{"way/new", filepath.Join(dir, "dangling"), true},
		{"folder/new", "new", false},
		{"round", "new", false},
	} {
		for _, what := range []string{"file", "spool"} {
			name := func(path string) string {
				if what == "file" {
					return "to: file:" + path
				}
				return `to: "http://` + fmt.Sprint(len(path)) + `", spool: ` + path
			}
			config := filepath.Join(dir, "config.yaml")
			if err := os.WriteFile(config, []byte(sinksOf(name(c.one), name(c.other)+", format: json")["config.yaml"]), 0o600); err != nil {
				t.Fatal(err)
			}
			want := ""
			if c.same {
				want = fmt.Sprintf("%s:4: sinks: the %s is that of line 3 already\n", config, what)
			}
			if _, stdout, _ := command(t, "check-config", config); stdout != want {
				t.Errorf("of %s and %s the check says %q", name(c.one), name(c.other), stdout)
			}
		}
	}
	config := filepath.Join(dir, "config.yaml")
	if err := os.WriteFile(config, []byte(sinksOf("to: file:there", "to: file:link, format: json")["config.yaml"]), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, said := command(t, "stream", "--config", config); code != setup.ExitError || !strings.Contains(said, "sinks, line 4: the file is that of line 3 already") {
		t.Errorf("it ends with %d and says %s", code, said)
	}
}
