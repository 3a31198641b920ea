package cli

import (
	"fmt"

	"github.com/dogwatch/dogwatch/model/noise"
)

// noise gives the rules of which changes mean nothing: the user's before those that dogwatch comes with.
func (o *options) noise() (*noise.Rules, error) {
	rules, err := noise.Builtin()
	if err != nil {
		return nil, fmt.Errorf("telling noise: %w", err)
	}
	if o.config.Noise != nil {
		rules = o.config.Noise.Before(rules)
	}
	return rules, nil
}
