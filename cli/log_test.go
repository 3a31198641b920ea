package cli

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
