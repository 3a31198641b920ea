package workspace

import (
	"fmt"

	"k8s.io/apimachinery/pkg/util/runtime"

	"github.com/dogwatch/dogwatch/model/activity"
	"github.com/dogwatch/dogwatch/model/noise"
)

// startActivity begins to tell what goes on, where changes are remembered: to who opens the feed, until the workspace is closed.
func (w *Workspace) startActivity() error {
	t := w.opts.History
	if t == nil {
		return nil
	}
	rules := w.opts.Noise
	if rules == nil {
		var err error
		if rules, err = noise.Builtin(); err != nil {
			return fmt.Errorf("telling noise: %w", err)
		}
	}
	w.noise = rules
	t.LeaveOutOfHeat(isNoise(rules.NewJudge())) // of the history's goroutine, which is alone to add
	w.startRowHeat(rules)
	w.activity = activity.NewFeed(t, rules, w.opts.Changed)
	w.wg.Add(1)
	go func() {
		defer w.wg.Done()
		defer runtime.HandleCrash()
		w.activity.Run(w.ctx)
	}()
	return nil
}

// Activity tells what goes on in all watches, to one who opens it at a time; nil where nothing is remembered. It is the same for the
// life of the workspace.
func (w *Workspace) Activity() *activity.Feed { return w.activity }
