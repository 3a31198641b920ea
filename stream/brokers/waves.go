// Package brokers are the places of a stream's messages that keep them for others: NATS JetStream and Kafka.
package brokers

import (
	"context"

	"github.com/dogwatch/dogwatch/stream"
)

// waves delivers batches to a broker that is given many messages at once, and says of each whether it has it. So that one that fails amid
// others cannot come behind a later one of the same object, no two of one object are on their way at the same time.
type waves struct {
	// publish delivers messages and gives for each of them nil or why it is not taken, which may be a *stream.RefusedError.
	publish func(ctx context.Context, wave []stream.Message) []error
	// taken are the names of messages behind one that failed, which need not be sent again with it.
	taken map[string]bool
}

// Send implements stream.Sink.
func (w *waves) Send(ctx context.Context, batch []stream.Message) (int, error) {
	done := 0
	for done < len(batch) {
		if err := ctx.Err(); err != nil {
			return done, err
		}
		n, err := w.send(ctx, first(batch[done:]))
		done += n
		if err != nil {
			return done, err
		}
	}
	return done, nil
}

// mostOnTheirWay is how many messages are not answered yet, at most.
const mostOnTheirWay = 1000

// first gives as many messages as are of different objects. One that is of no object is alone: it tells of those around it.
func first(batch []stream.Message) []stream.Message {
	keys := make(map[string]bool, len(batch))
	for i := range batch {
		key := batch[i].Key
		if key == "" {
			return batch[:max(i, 1)]
		}
		if keys[key] || i == mostOnTheirWay {
			return batch[:i]
		}
		keys[key] = true
	}
	return batch
}

// send delivers a wave, and gives how many of its first are taken.
func (w *waves) send(ctx context.Context, wave []stream.Message) (int, error) {
	todo, failed := make([]stream.Message, 0, len(wave)), map[string]error{}
	for i := range wave {
		if !w.taken[wave[i].ID] {
			todo = append(todo, wave[i])
		}
	}
	if len(todo) > 0 {
		if w.taken == nil {
			w.taken = map[string]bool{}
		}
		for i, err := range w.publish(ctx, todo) {
			failed[todo[i].ID] = err
			if err == nil {
				w.taken[todo[i].ID] = true
			}
		}
	}
	for i := range wave {
		if err := failed[wave[i].ID]; err != nil {
			return i, err
		}
		delete(w.taken, wave[i].ID)
	}
	return len(wave), nil
}
