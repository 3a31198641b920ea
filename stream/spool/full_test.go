package spool

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/dogwatch/dogwatch/stream"
)

// smallDisk has writing fail where the parts of a spool would take more than that, and gives how often it failed.
func smallDisk(s *Spool, room int64) (failed chan struct{}) {
	const plenty = 100
	failed = make(chan struct{}, plenty)
	s.append = func(out *os.File, record []byte) (int, error) {
		parts, _ := filepath.Glob(filepath.Join(s.dir, "*"+extension))
		all := int64(len(record))
		for _, part := range parts {
			if info, err := os.Stat(part); err == nil {
				all += info.Size()
			}
		}
		if all > room {
			failed <- struct{}{}
			return 0, syscall.ENOSPC
		}
		return out.Write(record)
	}
	return failed
}

// What is delivered makes room for what comes, on a disk that has none beside it; that there is none is told, and counted, once for each time.
func TestWhatIsDeliveredMakesRoomOnAFullDisk(t *testing.T) {
	s, err := Open(t.TempDir(), "json", 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	told := make(chan error, 10)
	s.OnFull(func(err error) { told <- err })
	const size = 1000
	failed := smallDisk(s, 3*size)
	put := func() error { return s.Put(t.Context(), stream.Message{ID: "m", Body: make([]byte, size)}) }
	take := func(n int) {
		t.Helper()
		batch, err := s.Peek(t.Context(), n)
		if err != nil || len(batch) != n {
			t.Fatalf("read %d of %d: %v", len(batch), n, err)
		}
		if err := s.Drop(n); err != nil {
			t.Fatal(err)
		}
	}
	for range 5 { // all is delivered, so each time there is room at once
		for range 2 {
			if err := put(); err != nil {
				t.Fatal(err)
			}
		}
		take(2)
	}
	if n, full := s.Full(); n > 0 || full != nil || len(told) > 0 || s.Bytes() != 0 {
		t.Errorf("full %d times: %v; %d bytes wait", n, full, s.Bytes())
	}
	for range 2 {
		if err := put(); err != nil {
			t.Fatal(err)
		}
	}
	for len(failed) > 0 {
		<-failed
	}
	done := make(chan error, 1)
	go func() { done <- put() }()
	<-failed
	if err := <-told; err == nil {
		t.Error("it is not told that there is no room")
	}
	if n, full := s.Full(); n == 0 || full == nil {
		t.Errorf("full %d times: %v", n, full)
	}
	take(1)
	if b := s.Bytes(); b < size || b >= 2*size {
		t.Errorf("of one message %d bytes wait", b)
	}
	take(1)
	if err := <-done; err != nil {
		t.Error(err)
	}
	if err := <-told; err != nil {
		t.Errorf("there is room, and it is told: %v", err)
	}
	if _, full := s.Full(); full != nil {
		t.Error(full)
	}
	take(1)
}

// Who still has a part open that is given up does not keep its room.
func TestAPartThatIsReadYetKeepsNoRoom(t *testing.T) {
	s, err := Open(t.TempDir(), "json", 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if err := s.Put(t.Context(), stream.Message{ID: "m"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Peek(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if err := s.Drop(1); err != nil {
		t.Fatal(err)
	}
	smallDisk(s, s.bytes())
	if err := s.Put(t.Context(), stream.Message{ID: "m"}); err != nil {
		t.Fatal(err)
	}
	if info, err := s.in.Stat(); err != nil || info.Size() != 0 {
		t.Errorf("it takes %d bytes: %v", info.Size(), err)
	}
}

// Nor does who has read the last of a part that is removed.
func TestAPartThatIsRemovedIsNotKeptOpen(t *testing.T) {
	s, err := Open(t.TempDir(), "json", 1000)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	for range 2 { // each in a part of its own
		if err := s.Put(t.Context(), stream.Message{ID: "m", Body: make([]byte, 100)}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Peek(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if err := s.Drop(1); err != nil {
		t.Fatal(err)
	}
	if len(s.segments) != 1 || s.in != nil {
		t.Errorf("there are %d parts, and %v is open", len(s.segments), s.in)
	}
}
