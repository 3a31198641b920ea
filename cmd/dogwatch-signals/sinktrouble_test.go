package main

import (
	"bytes"
	"context"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dogwatch/dogwatch/config"
	"github.com/dogwatch/dogwatch/setup"
	"github.com/dogwatch/dogwatch/stream/sinks"
	"github.com/dogwatch/dogwatch/stream/spool"
)

// A server that takes the connection and never answers is why events are not delivered at the end, though nothing has failed yet.
func TestAServerThatNeverAnswersIsSaid(t *testing.T) {
	s, asked := newShop(t), make(chan struct{}, 1)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // it is seen then that who asks is gone
		wake(asked)
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	done := make(chan int, 1)
	var stderr bytes.Buffer
	go func() {
		done <- run(ctx, s.args("--format", "json", "--to", server.URL, "--drain", "1500ms"), io.Discard, &stderr)
	}()
	<-asked
	stop()
	code := <-done
	if said := stderr.String(); code != setup.ExitError || !strings.Contains(said, "1 events were not delivered: no answer for ") {
		t.Errorf("it ends with %d and says %s", code, said)
	}
}

// A file that another process writes is refused, by its name.
func TestAFileThatAnotherWritesIsRefused(t *testing.T) {
	s, path := newShop(t), filepath.Join(t.TempDir(), "events")
	first := s.process("--format", "json", "--to", "file:"+path)
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "its being watched", func() bool { return contains(path, `"notice":"watching"`) })
	code, _, said := command(t, s.args("--to", "file:"+path)...)
	if code != setup.ExitError || !strings.Contains(said, "the file "+path+" is written by another process: choose another name") {
		t.Errorf("it ends with %d and says %s", code, said)
	}
	if err := first.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = first.Wait()
	again := s.process("--format", "text", "--to", "file:"+path)
	if err := again.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "its being watched after the other was killed", func() bool { return contains(path, "watching") && contains(path, "pods  ") })
	_ = again.Process.Kill()
	_ = again.Wait()
}

// A sink that cannot be opened in an edit is opened as soon as it can be, without a word beside, and those that stay are told all once meanwhile.
func TestASinkThatCannotBeOpenedIsTriedAgain(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(server.Close)
	for name, c := range map[string]struct {
		sink   string // beside the one that stays; DIR stands for a folder
		said   string
		hinder func(t *testing.T, dir string) (mend func())
	}{
		"a folder that is missing": {`to: "file:DIR/none/events", format: json`, "opening the file to write", func(t *testing.T, dir string) func() {
			return func() { must(t, os.Mkdir(filepath.Join(dir, "none"), 0o700)) }
		}},
		"a file of another": {`to: "file:DIR/events", format: json`, "is written by another process", func(t *testing.T, dir string) func() {
			other, err := sinks.OpenFile(filepath.Join(dir, "events"), isOfDogwatch)
			must(t, err)
			return func() { must(t, other.Close()) }
		}},
		"a spool of another": {`to: "file:DIR/events", format: json, spool: DIR/spool`, "is in use by another process", func(t *testing.T, dir string) func() {
			other, err := spool.Open(filepath.Join(dir, "spool"), "json", 1<<20)
			must(t, err)
			return func() { must(t, other.Close()) }
		}},
		"a certificate that is missing": {`to: "` + server.URL + `", format: json, toCA: DIR/ca`, "sinks, line 4: toCA, toCert, toKey: reading the certificates", func(t *testing.T, dir string) func() {
			ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
			return func() { must(t, os.WriteFile(filepath.Join(dir, "ca"), ca, 0o600)) }
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s, a := newShop(t), newCollector(t)
			dir := t.TempDir()
			from, save := homes()["a file"](s)
			stays := `to: "` + a.url + `", format: json`
			save(sinksOf(stays))
			stream := s.beginSinks(from)
			eventually(t, "its being watched", a.watches)
			mend := c.hinder(t, dir)
			save(sinksOf(stays, strings.ReplaceAll(c.sink, "DIR", dir)))
			stream.awaitSaid(c.said)
			s.label("web", 1)
			a.await(a.labels, "web added")
			mend()
			stream.followed(2)
			s.label("web", 2)
			a.await(a.labels, "web added, web=2")
			for what, times := range map[string]int{c.said: 1, "going on with what it said before": 1, "is followed": 2} {
				if n := strings.Count(stream.stderr.String(), what); n != times {
					t.Errorf("it says %d times %s: %s", n, what, stream.stderr)
				}
			}
			if n := len(a.told("notice.v1", func(map[string]any) string { return "" })); n != 1 {
				t.Errorf("who stays is told %d notices", n)
			}
		})
	}
}

// A sink that is to go on as another is not stopped for that while what the other needs beside cannot be had, nor while it cannot send what its spool holds.
func TestASinkIsNotStoppedInVain(t *testing.T) {
	s, a := newShop(t), newCollector(t)
	dir := t.TempDir()
	from, save := homes()["a file"](s)
	edit := func(format, spool string) {
		save(sinksOf(`to: "` + a.url + `", format: ` + format + `, spool: ` + filepath.Join(dir, spool)))
	}
	edit("json", "one")
	stream := s.beginSinks(from)
	eventually(t, "its being watched", a.watches)
	isSame := func() {
		t.Helper()
		if metrics := stream.get("/metrics"); !strings.Contains(metrics, fmt.Sprintf("dogwatch_stream_sent_messages_total{sink=%q} 1\n", a.url)) {
			t.Errorf("it was stopped: %s", metrics)
		}
	}
	stream.metric(fmt.Sprintf("dogwatch_stream_sent_messages_total{sink=%q} 1\n", a.url))
	other, err := spool.Open(filepath.Join(dir, "two"), "json", 1<<20)
	must(t, err)
	edit("json", "two")
	stream.awaitSaid("two is in use by another process")
	isSame()
	a.fail(true)
	s.label("web", 1)
	stream.metric(fmt.Sprintf("dogwatch_stream_failing{sink=%q} 1\n", a.url))
	edit("cloudevents", "one")
	stream.awaitSaid("one holds events as json, which are to be sent as such first")
	isSame()
	must(t, other.Close())
	edit("json", "two")
	s.label("web", 2)
	a.fail(false)
	a.await(a.labels, "web added, web=2")
}

// A spool whose folder is renamed, and then in the configuration, too, is gone on with under its new name, whether something waits in it or not.
func TestASpoolMayBeRenamed(t *testing.T) {
	s, a := newShop(t), newCollector(t)
	dir := t.TempDir()
	from, save := homes()["a file"](s)
	in := func(name string) string { return filepath.Join(dir, name) }
	edit := func(name string) { save(sinksOf(`to: "` + a.url + `", format: json, spool: ` + in(name))) }
	edit("one")
	stream := s.beginSinks(from)
	eventually(t, "its being watched", a.watches)
	a.fail(true)
	s.label("web", 1)
	stream.metric(fmt.Sprintf("dogwatch_stream_failing{sink=%q} 1\n", a.url))
	must(t, os.Rename(in("one"), in("two")))
	edit("two")
	stream.followed(2)
	s.label("web", 2)
	a.fail(false)
	a.await(a.labels, "web added, web=2")
	stream.metric(fmt.Sprintf("dogwatch_stream_queue_messages{sink=%q} 0\n", a.url))
	must(t, os.Rename(in("two"), in("three")))
	edit("three")
	stream.followed(3)
	s.label("web", 3)
	a.await(a.labels, "web added, web=2, web=3")
	said := stream.stderr.String()
	if n := len(a.told("notice.v1", func(map[string]any) string { return "" })); n != 1 || strings.Contains(said, "spool") || strings.Contains(said, "not delivered") {
		t.Errorf("%d notices are told, and it says %s", n, said)
	}
}

// An edit that is wrong leaves nothing open, and takes no rules.
func TestAnEditThatIsWrongLeavesNothingOpen(t *testing.T) {
	dir := t.TempDir()
	other, err := spool.Open(filepath.Join(dir, "spool"), "json", 1<<20)
	must(t, err)
	d := newDeliveries(&streamRun{}, io.Discard)
	defer d.cut()
	events := filepath.Join(dir, "events")
	wrong := config.Sink{To: "file:" + events, Format: "json", Spool: filepath.Join(dir, "spool"), SpoolMax: 1 << 20}
	if err := d.set([]config.Sink{wrong}, func() { t.Error("rules are taken") }); err == nil || !strings.Contains(err.Error(), "is in use by another process") {
		t.Errorf("it says %v", err)
	}
	file, err := sinks.OpenFile(events, isOfDogwatch)
	must(t, err)
	must(t, file.Close())
	must(t, other.Close())
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
