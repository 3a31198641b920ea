// Package recorded applies rules to a recording, as it is read or while it is written: what they find, or would have found.
package recorded

import (
	"context"
	"errors"
	"fmt"

	"github.com/dogwatch/dogwatch/replay/recording"
	"github.com/dogwatch/dogwatch/signals"
)

// Run plays all of a recording to the rules, and tells what they find. The Judge is given as it is at the end. Parts of the recording that
// break off are read as far as they go.
func Run(ctx context.Context, rec *recording.Recording, rules Rules, tell func(signals.Signal)) (*Judge, error) {
	j, err := NewJudge(rules, tell)
	if err != nil {
		return nil, err
	}
	for _, segment := range rec.Segments() {
		if err := j.Begin(segment.Header); err != nil {
			return nil, err
		}
		err := segment.Read(func(e *recording.Entry) error {
			if err := ctx.Err(); err != nil {
				return fmt.Errorf("stopped: %w", err)
			}
			return j.Write(*e)
		})
		var cut *recording.CutError
		if err != nil && !errors.As(err, &cut) {
			return nil, err
		}
		if err := j.complete(); err != nil {
			return nil, err
		}
	}
	_, end := rec.Span()
	j.Tick(end)
	return j, nil
}
