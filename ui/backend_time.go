package ui

import (
	"context"
	"time"

	"github.com/dogwatch/dogwatch/replay/playback"
)

// Playback steers a past that is being shown. State is cheap and is called while drawing; the others are called in commands,
// off the program loop. All are safe for concurrent use.
type Playback interface {
	State() playback.State
	SetPaused(ctx context.Context, paused bool) error
	SetSpeed(ctx context.Context, speed float64) error
	Seek(ctx context.Context, at time.Time) error
	// Step and the following pause. They return playback.ErrNoMoment where there is none.
	Step(ctx context.Context, to playback.Direction) error
	SeekBusy(ctx context.Context, to playback.Direction) error
	SeekChange(ctx context.Context, of playback.Object, to playback.Direction) error
}
