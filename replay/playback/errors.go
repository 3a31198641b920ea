package playback

import "errors"

var (
	// ErrNoMoment says that there is no such moment in the direction that was asked for.
	ErrNoMoment = errors.New("there is no such moment in this recording")
	// ErrSuperseded says that another place was asked for before this one was reached.
	ErrSuperseded = errors.New("another place was asked for")
)
