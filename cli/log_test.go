package cli

import (
	"bytes"
	"fmt"
	"io"
	"os"
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
