package main

import (
	"fmt"
	"slices"
	"sync"

	"github.com/dogwatch/dogwatch/config"
	"github.com/dogwatch/dogwatch/signals"
	"github.com/dogwatch/dogwatch/signals/recorded"
)

// ownRules are the rules that are applied: those of the command line and of dogwatch, for as long as the program runs, and those that the configuration names,
// as it is followed. Its methods are safe for concurrent use.
type ownRules struct {
	fixed func() (recorded.Rules, error)

	mu    sync.Mutex
	files []config.File   // that the configuration names
	named []*signals.Rule // in them
	isNew bool            // nobody has taken them yet
}

// newOwnRules makes the rules that fixed reads when they are asked for first, beside those of the configuration as it was read at the start.
func newOwnRules(fixed func() (recorded.Rules, error), c config.Config) (*ownRules, error) {
	o := &ownRules{fixed: sync.OnceValues(fixed)}
	if len(c.Rules) > 0 {
		if _, err := o.fixed(); err != nil {
			return nil, err
		}
	}
	take, err := o.prepare(c)
	if err != nil {
		return nil, fmt.Errorf("--config: %w", err)
	}
	take()
	return o, nil
}

// prepare is a setup.Taker of the rules that a configuration names.
func (o *ownRules) prepare(c config.Config) (take func(), err error) {
	o.mu.Lock()
	isSame := slices.EqualFunc(o.files, c.Rules, config.File.IsAs)
	o.mu.Unlock()
	if isSame {
		return func() {}, nil
	}
	fixed, err := o.fixed()
	if err != nil {
		return nil, err
	}
	named, wrong := loadRules(c.Rules, slices.Concat(fixed.Own, fixed.Builtin))
	if len(wrong) > 0 {
		return nil, firstOf(wrong)
	}
	return func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.files, o.named, o.isNew = c.Rules, named, true
	}, nil
}

// all are the rules as they are now.
func (o *ownRules) all() (recorded.Rules, error) {
	rules, err := o.fixed()
	rules.Own, _ = o.take()
	return rules, err
}

// take gives the user's rules, and whether they are others than those that were taken last.
func (o *ownRules) take() (own []*signals.Rule, isNew bool) {
	fixed, _ := o.fixed() // all says what is wrong
	o.mu.Lock()
	defer o.mu.Unlock()
	isNew, o.isNew = o.isNew, false
	return slices.Concat(fixed.Own, o.named), isNew
}

// areNew tells that nobody has taken the rules as they are now.
func (o *ownRules) areNew() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.isNew
}
