package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// fillDisk has writing to a spool of this process fail as on a full disk, until there is room again.
func fillDisk(t *testing.T, spool string) (makeRoom func()) {
	t.Helper()
	at := writerOf(t, spool)
	kept, err := syscall.Dup(at)
	must(t, err)
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	must(t, err)
	must(t, syscall.Dup3(int(full.Fd()), at, syscall.O_CLOEXEC))
	must(t, full.Close())
	return func() {
		must(t, syscall.Dup3(kept, at, syscall.O_CLOEXEC))
		must(t, syscall.Close(kept))
	}
}

// writerOf is the descriptor by which a spool's last part is written.
func writerOf(t *testing.T, spool string) int {
	t.Helper()
	descriptors, err := os.ReadDir("/proc/self/fd")
	must(t, err)
	for _, d := range descriptors {
		path, _ := os.Readlink("/proc/self/fd/" + d.Name())
		info, _ := os.ReadFile("/proc/self/fdinfo/" + d.Name())
		_, flags, _ := strings.Cut(string(info), "flags:")
		mode, _ := strconv.ParseInt(strings.TrimSpace(strings.SplitN(flags, "\n", 2)[0]), 8, 64)
		if filepath.Dir(path) == spool && filepath.Ext(path) == ".spool" && mode&syscall.O_ACCMODE == syscall.O_WRONLY {
			at, err := strconv.Atoi(d.Name())
			must(t, err)
			return at
		}
	}
	t.Fatalf("nothing of %s is written", spool)
	return 0
}

// That the disk of a spool is full is said on standard error, and told to monitoring, and so that it is not any more. Nothing is lost by it.
func TestAFullDiskIsSaid(t *testing.T) {
	s, a := newShop(t), newCollector(t)
	dir, err := filepath.EvalSymlinks(t.TempDir())
	must(t, err)
	from, save := homes()["a file"](s)
	save(sinksOf(`to: "` + a.url + `", format: json, timeout: 1h, spool: ` + dir))
	stream := s.beginSinks(from)
	eventually(t, "its being watched", a.watches)
	speak := a.silence() // so that something waits, and nothing else fails
	metric := func(name string, value int) {
		t.Helper()
		stream.metric(fmt.Sprintf("dogwatch_stream_%s{sink=%q} %d\n", name, a.url, value))
	}
	s.label("web", 1)
	metric("queue_messages", 1)
	metric("failing", 0)
	makeRoom := fillDisk(t, dir)
	s.label("web", 2)
	const full, room = "nothing can be put into the spool, trying again: writing to the spool: ", "the spool has room again"
	stream.awaitSaid(a.url + ": " + full)
	metric("failing", 1)
	eventually(t, "its being counted", func() bool {
		return !strings.Contains(stream.get("/metrics"), fmt.Sprintf("dogwatch_stream_errors_total{sink=%q} 0\n", a.url))
	})
	makeRoom()
	stream.awaitSaid(a.url + ": " + room)
	metric("failing", 0)
	speak()
	a.await(a.labels, "web added, web=2")
	said := stream.stderr.String()
	if !strings.Contains(said, "no space left on device") || strings.Count(said, full) != 1 || strings.Count(said, room) != 1 {
		t.Errorf("it says %s", said)
	}
}
