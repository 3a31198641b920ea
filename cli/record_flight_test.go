package cli

import (
	"errors"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
	"github.com/dogwatch/dogwatch/replay/player"
	"github.com/dogwatch/dogwatch/replay/recording"
)

// A directory is continued by the next run, refused to a second recorder, and opened as one recording.
func TestFlightRecorder(t *testing.T) {
	limits := []string{"pods", "--keep", "24h", "--max-size", "2GiB"}
	b := startRecording(t, limits...)
	b.await("the first state", func(s contents) bool { return len(s) == 20 })
	if _, err := recording.NewRoll(b.file, recording.Limits{}); !errors.Is(err, recording.ErrLocked) {
		t.Errorf("a second recorder: %v", err)
	}
	b.apply(pod("one", "1"))
	b.await("a change", func(s contents) bool { return s["pods.v1 shop/one"] != "" })
	b.stop()
	b.apply(pod("two", "1"))
	b.start(limits...)
	b.await("what came after", func(s contents) bool { return s["pods.v1 shop/two"] != "" })
	b.infoSays("nobody recorded") // while it is being written
	b.stop()
	b.infoSays("nobody recorded", "22", "in 2 segments")
	files, err := os.ReadDir(b.file)
	if err != nil || len(files) != 3 {
		t.Errorf("%d files, want two and the lock; %v", len(files), err)
	}
	at, _, _ := b.read()
	if len(at) != 22 {
		t.Errorf("%d objects at the end, want 22", len(at))
	}
	rec, err := recording.OpenPath(b.file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rec.Close() }()
	if _, err := player.New(rec, player.Options{Paused: true}); err != nil {
		t.Error(err)
	}
}

func TestSizesOfFlightRecorders(t *testing.T) {
	for spelling, want := range map[string]int64{"2Gi": 2 << 30, "2GiB": 2 << 30, "2G": 2e9, "2GB": 2e9, "1500000": 1500000, "1024Ki": 1 << 20} {
		o := &recordOptions{maxSize: spelling}
		if err := o.validateLimits(); err != nil || o.maxBytes != want {
			t.Errorf("%s is %d, %v; want %d", spelling, o.maxBytes, err, want)
		}
	}
}

// A full disk ends the recording at once, and what was written is there.
func TestFullDiskIsSaid(t *testing.T) {
	b := startRecording(t, "pods")
	b.await("the first state", func(s contents) bool { return len(s) == 20 })
	full := error(syscall.ENOSPC)
	b.fail.Store(&full)
	err := <-b.done
	if err == nil || !strings.Contains(err.Error(), syscall.ENOSPC.Error()) || !strings.Contains(err.Error(), "holds what was recorded up to 2") {
		t.Errorf("%v", err)
	}
	if at, _, _ := b.read(); len(at) != 20 {
		t.Errorf("%d objects can be read, want 20", len(at))
	}
	b.infoSays("pods.v1")
}

func TestFullDiskFromTheBeginning(t *testing.T) {
	st, err := sample.Store(20)
	if err != nil {
		t.Fatal(err)
	}
	b := serveForRecording(t, st)
	full := error(syscall.ENOSPC)
	b.fail.Store(&full)
	b.start("pods")
	defer b.cancel()
	if err := <-b.done; err == nil || !strings.Contains(err.Error(), "no space left") || !strings.Contains(err.Error(), "holds nothing") {
		t.Errorf("%v", err)
	}
}

// While the API is gone, the recording says so, and goes on when it is back.
func TestApiGoneWhileRecording(t *testing.T) {
	b := startRecording(t, "pods")
	b.await("the first state", func(s contents) bool { return len(s) == 20 })
	b.server.SetFaults(func(*http.Request) *apiserver.Fault { return &apiserver.Fault{Status: http.StatusServiceUnavailable} })
	b.server.DropConnections()
	b.awaitThat("word of the outage", func() bool { return strings.Contains(b.said.String(), "pods: not recording: ") })
	b.server.SetFaults(nil)
	b.apply(pod("after", "1"))
	b.await("what came after", func(s contents) bool { return s["pods.v1 shop/after"] != "" })
	b.awaitThat("word of the end", func() bool { return strings.HasSuffix(b.said.String(), "pods: recording\n") })
	b.stop()
	_, _, kinds := b.read()
	if kinds[recording.Watch] < 3 {
		t.Errorf("%d entries say how the watch fares, want 3", kinds[recording.Watch])
	}
	b.infoSays("GAP", "retrying")
}
