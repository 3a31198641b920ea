package stream_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/dogwatch/dogwatch/stream"
)

func TestAMemoryQueueHoldsNoMoreThanItMay(t *testing.T) {
	one := stream.Message{ID: "1", Body: make([]byte, 1000)}
	q := stream.NewMemory(int64(3*one.Size()) - 1)
	for id := range 2 {
		m := one
		m.ID = fmt.Sprint(id)
		if err := q.Put(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	if q.Len() != 2 || q.Bytes() != int64(2*one.Size()) {
		t.Errorf("%d of %d bytes wait", q.Len(), q.Bytes())
	}
	full := errors.New("no room")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(full)
	if err := q.Put(ctx, one); !errors.Is(err, full) {
		t.Errorf("a full queue takes one more: %v", err)
	}
	done := make(chan error, 1)
	go func() { done <- q.Put(t.Context(), one) }()
	batch, err := q.Peek(t.Context(), 10)
	if err != nil || len(batch) != 2 || batch[0].ID != "0" {
		t.Fatalf("it gives %v, %v", batch, err)
	}
	if err := q.Drop(1); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Errorf("there is room, and yet: %v", err)
	}
	q.Seal()
	if err := q.Drop(2); err != nil {
		t.Fatal(err)
	}
	if _, err := q.Peek(t.Context(), 10); !errors.Is(err, io.EOF) {
		t.Errorf("at the end it gives %v", err)
	}
	if q.Len() != 0 || q.Bytes() != 0 {
		t.Errorf("%d of %d bytes wait at the end", q.Len(), q.Bytes())
	}
}

func TestAMemoryQueueTakesAllThatItMay(t *testing.T) {
	one := stream.Message{ID: "1", Body: make([]byte, 1000)}
	q := stream.NewMemory(int64(2 * one.Size()))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for n := range 2 {
		if err := q.Put(ctx, one); err != nil {
			t.Errorf("there is room for message %d, and yet: %v", n, err)
		}
	}
}

func TestOneMessageHasRoomAlways(t *testing.T) {
	q := stream.NewMemory(1)
	if err := q.Put(t.Context(), stream.Message{Body: make([]byte, 1000)}); err != nil {
		t.Fatal(err)
	}
}
