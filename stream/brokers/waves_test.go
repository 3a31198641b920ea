package brokers

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/dogwatch/dogwatch/stream"
)

func of(key, id string) stream.Message { return stream.Message{Key: key, ID: id} }

func ids(all []stream.Message) string {
	text := ""
	for i := range all {
		text += all[i].ID
	}
	return text
}

func TestWavesHaveAnObjectOnce(t *testing.T) {
	batch := []stream.Message{of("a", "1"), of("b", "2"), of("a", "3"), of("c", "4"), of("", "5"), of("", "6"), of("a", "7")}
	var sent []string
	w := waves{publish: func(_ context.Context, wave []stream.Message) []error {
		sent = append(sent, ids(wave))
		return make([]error, len(wave))
	}}
	if n, err := w.Send(t.Context(), batch); n != len(batch) || err != nil {
		t.Errorf("%d are taken, %v", n, err)
	}
	if fmt.Sprint(sent) != "[12 34 5 6 7]" {
		t.Errorf("sent as %s", sent)
	}
}

func TestWhatIsTakenBehindAFailureIsNotSentAgain(t *testing.T) {
	batch := []stream.Message{of("a", "1"), of("b", "2"), of("c", "3"), of("d", "4"), of("a", "5")}
	failing := map[string]error{"2": errors.New("later"), "4": &stream.RefusedError{Err: errors.New("never")}}
	var sent []string
	w := waves{publish: func(_ context.Context, wave []stream.Message) []error {
		sent = append(sent, ids(wave))
		errs := make([]error, len(wave))
		for i := range wave {
			errs[i] = failing[wave[i].ID]
		}
		return errs
	}}
	if n, err := w.Send(t.Context(), batch); n != 1 || err == nil {
		t.Fatalf("%d are taken, %v", n, err)
	}
	delete(failing, "2")
	n, err := w.Send(t.Context(), batch[1:])
	var refused *stream.RefusedError
	if n != 2 || !errors.As(err, &refused) {
		t.Fatalf("%d are taken, %v", n, err)
	}
	if n, err := w.Send(t.Context(), batch[4:]); n != 1 || err != nil {
		t.Errorf("%d are taken, %v", n, err)
	}
	if fmt.Sprint(sent) != "[1234 245]" {
		t.Errorf("sent as %s", sent)
	}
}

// Whatever fails, in whatever wave: those of one object come in their order, and none comes twice that was said to be taken.
func TestAnObjectKeepsItsOrderWhateverFails(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	var got []stream.Message
	w := waves{publish: func(_ context.Context, wave []stream.Message) []error {
		errs := make([]error, len(wave))
		for i := range wave {
			if random.IntN(4) == 0 {
				errs[i] = errors.New("now and then")
			} else {
				got = append(got, wave[i])
			}
		}
		return errs
	}}
	q := stream.NewMemory(1 << 20)
	const all, objects = 500, 5
	for n := range all {
		if err := q.Put(t.Context(), of(strconv.Itoa(random.IntN(objects)), strconv.Itoa(n))); err != nil {
			t.Fatal(err)
		}
	}
	q.Seal()
	for q.Len() > 0 {
		batch, err := q.Peek(t.Context(), 1+random.IntN(20))
		if err != nil {
			t.Fatal(err)
		}
		n, _ := w.Send(t.Context(), batch)
		if err := q.Drop(n); err != nil {
			t.Fatal(err)
		}
	}
	last := map[string]int{}
	for i := range got {
		n, _ := strconv.Atoi(got[i].ID)
		if before, ok := last[got[i].Key]; ok && n <= before {
			t.Fatalf("%d comes behind %d", n, before)
		}
		last[got[i].Key] = n
	}
	if len(got) != all {
		t.Errorf("%d came of %d", len(got), all)
	}
}
