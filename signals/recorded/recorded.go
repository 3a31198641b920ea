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
// break off are read as far as they go, and each as far as the next one does not know better.
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
	segments := rec.Segments()
	for i, segment := range segments {
		if segment.At.After(until) {
			break
		}
		limit := until
		if next := i + 1; next < len(segments) && segments[next].At.Before(until) {
			limit = segments[next].At
		}
		if err := j.play(ctx, &segment, limit); err != nil {
			return nil, err
		}
	}
	j.Tick(until)
	return j, nil
}

// play plays a segment as far as a moment.
func (j *Judge) play(ctx context.Context, segment *recording.Segment, until time.Time) error {
	if err := j.Begin(segment.Header); err != nil {
		return err
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
	switch {
	case errors.As(err, &cut):
		if !segment.Cut() {
			j.broken = append(j.broken, fmt.Errorf("the part that begins at %s: %w", segment.At.UTC().Format(time.RFC3339), err))
		}
	case err != nil && !errors.Is(err, errLater):
		return err
	}
	return j.complete()
}

// Broken tells which parts of the recording broke off though nothing of it was known when it was opened.
func (j *Judge) Broken() []error { return j.broken }
