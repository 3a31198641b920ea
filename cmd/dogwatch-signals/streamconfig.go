package main

import (
	"context"

	"github.com/spf13/cobra"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"

	"github.com/dogwatch/dogwatch/follow"
	"github.com/dogwatch/dogwatch/metrics"
	"github.com/dogwatch/dogwatch/setup"
	"github.com/dogwatch/dogwatch/workspace"
)

// useConfig takes in the configuration that is to be followed.
func (o *streamOptions) useConfig(command *cobra.Command, types []string) error {
	if err := o.ValidateConfigFlag(types); err != nil {
		return setup.Usage(err)
	}
	if err := o.ReadConfig(); err != nil {
		return err
	}
	o.namespacesGiven = command.Flags().Changed("namespace") || command.Flags().Changed("all-namespaces")
	return nil
}

// openTabs opens what is to be watched. What a configuration names is followed until stop is called.
func (r *streamRun) openTabs(ctx context.Context, types []string) (stop func(), err error) {
	if r.ConfigFrom == "" {
		return func() {}, setup.OpenTabs(r.ws, types, setup.DefaultTypes())
	}
	f := r.Follow(r.ws, r.NewTabs(r.ws, r.namespacesGiven), r.tellConfig)
	r.follower.Store(f)
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer utilruntime.HandleCrash()
		f.Run(ctx)
	}()
	return func() { cancel(); <-done }, nil
}

// watchesNothing tells that a configuration names no types, which it may do later.
func (r *streamRun) watchesNothing(s workspace.Snapshot) bool {
	f := r.follower.Load()
	return f != nil && f.State().Good > 0 && len(s.Tabs) == 0
}

// missing says what of the watches that were asked for is not there yet.
func (r *streamRun) missing() string {
	s := r.ws.Snapshot()
	if r.watchesNothing(s) {
		return ""
	}
	return metrics.Missing(s)
}

// tellConfig says what has become of the configuration.
func (r *streamRun) tellConfig(s follow.State) {
	switch {
	case s.Problem != "" && s.Good > 0:
		r.stderr.say("%s: going on with what it said before", s.Problem)
	case s.Problem != "":
		r.stderr.say("%s: waiting for it", s.Problem)
	default:
		r.stderr.say("%s is followed", r.ConfigFrom)
	}
	r.changed()
}
