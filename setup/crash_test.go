package setup

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
)

// panicOf gives what f panics with, and the stack then.
func panicOf(f func()) (value any, stack []byte) {
	defer func() { value, stack = recover(), debug.Stack() }()
	f()
	return nil, nil
}

// outOfRange panics as the runtime does.
func outOfRange() {
	var rows []int
	rows[len(os.Args)]++
}

// crashed has a handler end a process that panics, and gives its exit code and words.
func crashed(t *testing.T, value any, stack []byte) (code int, said string) {
	t.Helper()
	var stderr bytes.Buffer
	exited := make(chan int)
	restored := false
	h := &CrashHandler{Stderr: &stderr, Exit: func(code int) { exited <- code }, GiveBack: func() { restored = true }}
	go h.crash(value, stack) // it never returns, as the process ends
	code = <-exited
	if !restored {
		t.Error("what was taken is not given back")
	}
	return code, stderr.String()
}

// reports are the crash reports under a state folder.
func reports(t *testing.T, dir string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "dogwatch", "crash-*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestCrashReportTellsWhatAndWhere(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_STATE_HOME", dir)
	value, stack := panicOf(outOfRange)
	code, said := crashed(t, value, stack)
	files := reports(t, dir)
	if code != ExitCrash || len(files) != 1 {
		t.Fatalf("exit %d, reports %q", code, files)
	}
	report, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"panic: runtime error: index out of range", "setup.panicOf", "crash_test.go:", "dogwatch " + Version()} {
		if !strings.Contains(string(report), want) {
			t.Errorf("the report lacks %q:\n%s", want, report)
		}
	}
	if want := "dogwatch crashed: " + panicText(value) + "\nA report is in " + files[0] + ". It holds no data of the cluster.\n"; said != want {
		t.Errorf("said %q, want %q", said, want)
	}
	for path, want := range map[string]os.FileMode{files[0]: 0o600, filepath.Dir(files[0]): 0o700} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v, want mode %o", path, info, err, want)
		}
	}
}

//go:noinline
func decrypt(key [4]byte, name string) { panic(fmt.Sprint(key, name)) }

// What a panic says may be of the cluster, and so may the bytes of a function's arguments.
func TestCrashReportHoldsNoDataOfTheCluster(t *testing.T) {
	const canary = "canary-7f3a"
	for name, f := range map[string]func(){
		"text":  func() { panic("no pod " + canary) },
		"error": func() { panic(fmt.Errorf("no pod %s: %w", canary, os.ErrNotExist)) },
		"wrapped": func() {
			inner, _ := panicOf(func() { _ = []int{}[len(canary)] })
			panic(fmt.Errorf("%s: %w", canary, inner.(error)))
		},
		"object":    func() { panic(struct{ Name string }{canary}) },
		"argument":  func() { decrypt([4]byte{0xde, 0xad, 0xbe, 0xef}, canary) },
		"reflected": func() { reflect.ValueOf(canary).Len(); reflect.ValueOf(canary).SetInt(1) },
	} {
		t.Run(name, func(t *testing.T) {
			value, stack := panicOf(f)
			report := string(crashReport(value, stack))
			if strings.Contains(report, canary) || strings.Contains(report, "0xde") || !strings.Contains(report, "setup.panicOf") {
				t.Errorf("the report is\n%s", report)
			}
			if strings.Contains(panicText(value), "\n") {
				t.Errorf("the panic has more than one line: %q", panicText(value))
			}
		})
	}
}

func TestReportThatCannotBeWrittenIsShown(t *testing.T) {
	for name, dir := range map[string]string{"no home": "", "no folder": filepath.Join(t.TempDir(), "file")} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("HOME", "")
			t.Setenv("XDG_STATE_HOME", dir)
			if dir != "" {
				if err := os.WriteFile(dir, nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			value, stack := panicOf(outOfRange)
			code, said := crashed(t, value, stack)
			if code != ExitCrash || !strings.Contains(said, "No report could be written") || !strings.Contains(said, "setup.panicOf") {
				t.Errorf("exit %d and %q", code, said)
			}
		})
	}
}

// held is a terminal that takes nothing, for ever.
type held struct{}

func (held) Write([]byte) (int, error) { select {} }

func TestReportIsWrittenThoughTheTerminalIsHeld(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_STATE_HOME", dir)
	value, stack := panicOf(outOfRange)
	exited := make(chan int)
	h := &CrashHandler{Stderr: held{}, Exit: func(code int) { exited <- code }, GiveBack: func() { select {} }}
	go h.crash(value, stack)
	if code, files := <-exited, reports(t, dir); code != ExitCrash || len(files) != 1 {
		t.Errorf("exit %d, reports %q", code, files)
	}
}

func TestOneFaultIsEnoughToTellOf(t *testing.T) {
	if got := within(time.Minute, "otherwise", func() string { outOfRange(); return "done" }); got != "otherwise" {
		t.Errorf("after a panic: %q", got)
	}
	if got := within(time.Minute, "otherwise", func() string { return "done" }); got != "done" {
		t.Errorf("after its end: %q", got)
	}
}

func TestOnlyOneHandlerHearsOfPanics(t *testing.T) {
	before := len(utilruntime.PanicHandlers)
	uninstall := (&CrashHandler{}).Install()
	if len(utilruntime.PanicHandlers) != 1 {
		t.Error("another handler may log the panic with its value")
	}
	uninstall()
	if len(utilruntime.PanicHandlers) != before {
		t.Error("the handlers are not given back")
	}
}
