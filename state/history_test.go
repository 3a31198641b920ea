package state

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
	"k8s.io/klog/v2"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func opened(t *testing.T, path string) *History {
	t.Helper()
	h := OpenHistory(path)
	t.Cleanup(func() { closed(t, h) })
	return h
}

func closed(t *testing.T, h *History) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	if err := h.Close(ctx); err != nil {
		t.Error(err)
	}
}

// lines are entries as the file has them.
func lines(entries []Entry) []string {
	var list []string
	for _, e := range entries {
		list = append(list, string(rune(e.Kind))+e.Line)
	}
	return list
}

func TestLinesSurviveTheProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "dogwatch", "history")
	h := opened(t, path)
	if got := h.Load(); got != nil {
		t.Errorf("there is a history before there is a file: %q", got)
	}
	for _, line := range []string{"po shop", "svc", "po shop", " ", "two\nlines", "\x1b[2J", "\xff", strings.Repeat("x", maxLineBytes+1)} {
		h.Add(Command, line)
	}
	h.Add(Filter, "po shop")
	h.Add(Kind('x'), "no kind")
	closed(t, h)
	h.Add(Command, "after the end")
	if got, want := lines(opened(t, path).Load()), []string{":svc", ":po shop", "/po shop"}; !reflect.DeepEqual(got, want) {
		t.Errorf("loads %q, want %q", got, want)
	}
	for p, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		info, err := os.Stat(p)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %o, want %o", p, got, want)
		}
	}
	if left, _ := filepath.Glob(path + "-*"); left != nil {
		t.Errorf("left behind: %q", left)
	}
}

func TestALineIsSavedBeforeTheEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history")
	h := opened(t, path)
	h.Add(Filter, "api run")
	late := time.After(60 * time.Second)
	for len(h.Load()) == 0 {
		select {
		case <-late:
			t.Fatal("not saved")
		case <-time.After(time.Millisecond):
		}
	}
}

func TestProcessesKeepEachOthersLines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history")
	a, b := opened(t, path), opened(t, path)
	a.Add(Command, "po")
	closed(t, a)
	b.Add(Command, "svc")
	closed(t, b)
	if got, want := lines(b.Load()), []string{":po", ":svc"}; !reflect.DeepEqual(got, want) {
		t.Errorf("loads %q, want %q", got, want)
	}
}

func TestProcessesAtOnceLeaveAWholeFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history")
	var wg sync.WaitGroup
	for p := range 4 {
		h := opened(t, path)
		wg.Go(func() {
			for i := range 30 {
				h.Add(Command, fmt.Sprintf("po team-%d-%d", p, i))
				for _, e := range h.Load() {
					if !strings.HasPrefix(e.Line, "po team-") {
						t.Errorf("loads %q", e.Line)
					}
				}
			}
			closed(t, h)
		})
	}
	wg.Wait()
	if entries, err := read(path); err != nil || len(entries) < 30 {
		t.Errorf("%d lines, %v", len(entries), err)
	}
}

func TestHistoryIsBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history")
	h := opened(t, path)
	for i := range 3 * maxEntries {
		h.Add(Command, fmt.Sprint("po ns", i))
	}
	closed(t, h)
	got := h.Load()
	if len(got) != maxEntries || got[maxEntries-1].Line != fmt.Sprint("po ns", 3*maxEntries-1) {
		t.Errorf("%d lines, the last is %q", len(got), got[len(got)-1].Line)
	}
}

func TestDamagedFileDoesNoHarm(t *testing.T) {
	for name, content := range map[string]string{
		"binary":   "\x00\xff\xfe:\x01\n\n:po\n",
		"controls": ":\x1b]0;evil\x07\n:po\x1b[31m\n/\u009b\n:po\n",
		"kinds":    "po\n?x\n:\n/ \n:po\n",
		"no end":   ":po",
		"long":     ":" + strings.Repeat("x", 1<<20) + "\n:po\n",
		"one line": strings.Repeat("x", 1<<20),
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "history")
			if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
			h := opened(t, path)
			h.Add(Filter, "web")
			closed(t, h)
			want := []string{":po", "/web"}
			if name == "one line" {
				want = want[1:]
			}
			if got := lines(h.Load()); !reflect.DeepEqual(got, want) {
				t.Errorf("loads %q, want %q", got, want)
			}
		})
	}
}

func TestHugeFileIsReadAtItsEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	const gigabyte = 1 << 30 // of a hole
	if _, err := file.WriteAt([]byte("\n:po\n"), gigabyte); err != nil {
		t.Fatal(err)
	}
	if got, want := lines(opened(t, path).Load()), []string{":po"}; !reflect.DeepEqual(got, want) {
		t.Errorf("loads %q, want %q", got, want)
	}
}

func TestWhatIsNoFileIsNeitherReadNorReplaced(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "history")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip("there are no named pipes here:", err)
	}
	for _, path := range []string{pipe, t.TempDir()} {
		if err := merge(path, []Entry{{Command, "po"}}); !errors.Is(err, errNotRegular) {
			t.Errorf("writing %s gives %v", path, err)
		}
		if _, err := read(path); !errors.Is(err, errNotRegular) {
			t.Errorf("reading %s gives %v", path, err)
		}
	}
}

func TestWhatCannotBeKeptIsLoggedOnce(t *testing.T) {
	defer klog.CaptureState().Restore()
	var log bytes.Buffer
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)
	klog.SetOutputBySeverity("WARNING", &log)
	folder := filepath.Join(t.TempDir(), "dogwatch")
	if err := os.WriteFile(folder, nil, 0o600); err != nil { // a file in the folder's place
		t.Fatal(err)
	}
	h := &History{path: filepath.Join(folder, "history")}
	for _, line := range []string{"po", "svc"} {
		h.waiting = []Entry{{Command, line}}
		h.save()
	}
	klog.Flush()
	if got := strings.Count(log.String(), "the history is not kept"); got != 1 {
		t.Errorf("logged %d times:\n%s", got, log.String())
	}
}

func TestCloseDoesNotWaitForEver(t *testing.T) {
	h := &History{stop: make(chan struct{}), done: make(chan struct{})}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := h.Close(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Close gives %v", err)
	}
}

func TestHistoryPath(t *testing.T) {
	for _, tt := range []struct{ state, home, want string }{
		{"/s", "/h", "/s/dogwatch/history"},
		{"", "/h", "/h/.local/state/dogwatch/history"},
		{"relative", "/h", "/h/.local/state/dogwatch/history"},
		{"", "", ""},
	} {
		t.Setenv("XDG_STATE_HOME", tt.state)
		t.Setenv("HOME", tt.home)
		got, err := HistoryPath()
		if got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%+v: %q, %v", tt, got, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(":po\n/web\n"))
	f.Add([]byte("\x00\n:\x1b\n/"))
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "history")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		entries, err := read(path)
		if err != nil || len(entries) > maxEntries {
			t.Fatalf("%d entries, %v", len(entries), err)
		}
		for _, e := range entries {
			if !e.valid() {
				t.Errorf("%q is not valid", e)
			}
		}
	})
}
