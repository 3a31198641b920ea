// Package recorded applies rules to a recording, as it is read or while it is written: what they find, or would have found.
package recorded

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dogwatch/dogwatch/replay/recording"
	"github.com/dogwatch/dogwatch/signals"
)

// Run plays all of a recording to the rules, and tells what they find. The Judge is given as it is at the end. Parts of the recording that
// break off are read as far as they go.
func Run(ctx context.Context, rec *recording.Recording, rules Rules, tell func(signals.Signal)) (*Judge, error) {
	_, end := rec.Span()
	return RunUntil(ctx, rec, end, rules, tell)
}

// errLater ends the reading of a segment.
var errLater = errors.New("what follows is later")

// RunUntil is Run as far as a moment.
func RunUntil(ctx context.Context, rec *recording.Recording, until time.Time, rules Rules, tell func(signals.Signal)) (*Judge, error) {
	j, err := NewJudge(rules, tell)
	if err != nil {
		return nil, err
	}
	for _, segment := range rec.Segments() {
		if segment.At.After(until) {
			break
		}
		if err := j.Begin(segment.Header); err != nil {
			return nil, err
		}
		err := segment.Read(func(e *recording.Entry) error {
			if err := ctx.Err(); err != nil {
				return fmt.Errorf("stopped: %w", err)
			}
			if e.At.After(until) {
				return errLater
			}
			return j.Write(*e)
		})
		var cut *recording.CutError
		if err != nil && !errors.As(err, &cut) && !errors.Is(err, errLater) {
			return nil, err
		}
		if err := j.complete(); err != nil {
			return nil, err
		}
	}
	j.Tick(until)
	return j, nil
}
