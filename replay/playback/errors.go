package playback

import "errors"

// ErrNoMoment says that there is no such moment in the direction that was asked for.
var ErrNoMoment = errors.New("there is no such moment in this recording")
