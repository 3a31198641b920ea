package controlplane

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestLockIsHeldByOne(t *testing.T) {
	path := t.TempDir() + "/lock"
	unlock, err := lock(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	busy, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := lock(busy, path); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("taking a lock that is held: %v, want the deadline's end", err)
	}
	unlock()
	again, err := lock(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	again()
}
