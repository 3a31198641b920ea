package setup

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"k8s.io/klog/v2"
)

// disk fails while it is full.
type disk struct {
	bytes.Buffer
	full bool
}

func (d *disk) Write(b []byte) (int, error) {
	if d.full {
		return 0, &os.PathError{Op: "write", Path: "dogwatch.log", Err: syscall.ENOSPC}
	}
	return d.Buffer.Write(b)
}

func TestFullDiskOfTheLogIsSaidInTheLogPane(t *testing.T) {
	var pane bytes.Buffer
	file := &disk{}
	log := io.MultiWriter(&pane, &fallibleLog{to: file, others: &pane})
	for i, full := range []bool{false, true, true, false, true} {
		file.full = full
		if _, err := fmt.Fprintf(log, "line %d\n", i); err != nil {
			t.Errorf("line %d: %v", i, err)
		}
	}
	const said = "the log file is not complete from here on: write dogwatch.log: no space left on device\n"
	if got, want := pane.String(), "line 0\nline 1\n"+said+"line 2\nline 3\nline 4\n"+said; got != want {
		t.Errorf("the pane holds\n%s\nwant\n%s", got, want)
	}
	if got := file.String(); !strings.HasPrefix(got, "line 0\nline 3\n") {
		t.Errorf("the file holds %q", got)
	}
}

func TestEachLineIsLoggedOnce(t *testing.T) {
	var pane bytes.Buffer
	stop, err := (&Options{}).StartLog(&pane)
	if err != nil {
		t.Fatal(err)
	}
	klog.Info("heard")
	klog.Warning("warned")
	klog.Error("failed")
	klog.Flush()
	stop()
	for _, said := range []string{"heard", "warned", "failed"} {
		if n := strings.Count(pane.String(), said); n != 1 {
			t.Errorf("%q is logged %d times in\n%s", said, n, &pane)
		}
	}
}

// A log of many words tells more than a file that everybody reads is made for.
func TestLogIsReadByItsOwnerAlone(t *testing.T) {
	for name, before := range map[string]os.FileMode{"new": 0, "open to all": 0o666, "private": 0o600} {
		path := filepath.Join(t.TempDir(), "log")
		if before != 0 {
			if err := os.WriteFile(path, []byte("before\n"), before); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, before); err != nil {
				t.Fatal(err)
			}
		}
		file, err := openLog(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.WriteString("after\n"); err != nil {
			t.Error(err)
		}
		info, err := file.Stat()
		if err := errors.Join(err, file.Close()); err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 || before != 0 && info.Size() != int64(len("before\nafter\n")) {
			t.Errorf("%s: %v, %d bytes", name, info.Mode(), info.Size())
		}
	}
	if file, err := openLog(os.DevNull); err != nil {
		t.Error(err)
	} else {
		_ = file.Close()
	}
}

// What a log cannot be written to is said at once.
func TestLogWaitsForNobody(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip("there are no named pipes here:", err)
	}
	for path, want := range map[string]string{pipe: "nobody reads the pipe " + pipe, dir: "is a directory", filepath.Join(dir, "none", "log"): "no such file"} {
		if file, err := openLog(path); err == nil {
			_ = file.Close()
			t.Errorf("%s was opened", path)
		} else if !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "log file") {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
}

// A pipe takes the log as long as somebody reads it. One that is full holds nobody up.
func TestLogIntoAPipe(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip("there are no named pipes here:", err)
	}
	reader, err := os.OpenFile(pipe, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	file, err := openLog(pipe)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var pane bytes.Buffer
	log := &fallibleLog{to: file, others: &pane}
	if _, err := log.Write([]byte("first\n")); err != nil || pane.Len() > 0 {
		t.Fatalf("%v, %q", err, &pane)
	}
	got := make([]byte, 6)
	if _, err := io.ReadFull(reader, got); err != nil || string(got) != "first\n" {
		t.Fatalf("read %q, %v", got, err)
	}
	line := []byte(strings.Repeat("x", 1000) + "\n")
	for range 200 { // more than a pipe holds
		if _, err := log.Write(line); err != nil {
			t.Fatal(err)
		}
	}
	if said := pane.String(); strings.Count(said, "\n") != 1 || !strings.Contains(said, "the log file is not complete from here on") {
		t.Errorf("said %q", said)
	}
}

func TestLogOnAFullDevice(t *testing.T) {
	file, err := openLog("/dev/full")
	if err != nil {
		t.Skip("there is no device here that is always full:", err)
	}
	defer file.Close()
	var pane bytes.Buffer
	log := &fallibleLog{to: file, others: &pane}
	for range 3 {
		if _, err := log.Write([]byte("line\n")); err != nil {
			t.Error(err)
		}
	}
	if said := pane.String(); strings.Count(said, "\n") != 1 || !strings.Contains(said, "no space left") {
		t.Errorf("said %q", said)
	}
}
