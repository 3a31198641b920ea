package model

import "k8s.io/utils/clock"

// Option adjusts a Store or a View as it is made.
type Option func(*options)

type options struct {
	clock clock.Clock
}

// WithClock replaces the system's clock, so that a test or a fixed picture
// decides when changes happened and when their marks end.
func WithClock(c clock.Clock) Option {
	return func(o *options) { o.clock = c }
}

func optionsOf(opts []Option) options {
	o := options{clock: clock.RealClock{}}
	for _, apply := range opts {
		apply(&o)
	}
	return o
}
