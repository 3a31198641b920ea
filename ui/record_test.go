package ui_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/ui"
	"github.com/dogwatch/dogwatch/ui/golden"
)

// fakeRecorder says that it records.
type fakeRecorder struct {
	mu    sync.Mutex
	state ui.Recording
	err   error
}

func (r *fakeRecorder) State() ui.Recording {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.state
}

func (r *fakeRecorder) Start(_ context.Context, file string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if file == "" {
		file = "prod-eu.jsonl.zst"
	}
	if r.err == nil {
		r.state = ui.Recording{File: file, Since: now.Add(-133 * time.Second), Bytes: 1_234_567}
	}
	return r.err
}

func (r *fakeRecorder) Stop(context.Context) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.state = ui.Recording{}
	return "recorded 12 changes", r.err
}

func TestAKeyRecordsAndEndsIt(t *testing.T) {
	s := newScreen(t, 120, 40)
	s.press("R")
	s.mustShow("recording into prod-eu.jsonl.zst; R ends it", "● REC 2m13s 1.2 MB")
	golden.Screen(t, "recorded-120x40", s.view(), 120, 40)
	s.press("R")
	s.mustShow("recorded 12 changes")
	if strings.Contains(s.view(), "REC") {
		t.Error("the mark stays after the recording")
	}
}

func TestTheMarkFitsANarrowScreen(t *testing.T) {
	s := newScreen(t, 60, 15)
	s.press("R", "down")
	golden.Screen(t, "recorded-60x15", s.view(), 60, 15)
}

func TestACommandNamesTheFile(t *testing.T) {
	s := newScreen(t, 120, 40)
	s.press(":record /tmp/a.zst", "enter")
	s.mustShow("recording into /tmp/a.zst")
	s.press(":record", "enter")
	s.mustShow("recorded 12 changes")
}

func TestWhatEndsARecordingIsSaid(t *testing.T) {
	s := newScreen(t, 120, 40)
	s.recorder.err = errors.New("prod-eu.jsonl.zst exists already")
	s.press("R")
	s.mustShow("✖ prod-eu.jsonl.zst exists already")
	s.recorder.err = nil
	s.press("R")
	s.recorder.mu.Lock()
	s.recorder.state = ui.Recording{Err: errors.New("the disk is full")}
	s.recorder.mu.Unlock()
	s.frame()
	s.mustShow("✖ the disk is full")
	s.press("down")
	s.frame()
	if strings.Contains(s.view(), "disk") {
		t.Error("a key does not put it away")
	}
}
