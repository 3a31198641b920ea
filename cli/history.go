package cli

import (
	"context"

	"k8s.io/klog/v2"

	"github.com/dogwatch/dogwatch/state"
	"github.com/dogwatch/dogwatch/ui"
)

// openHistory opens the history of what the user enters. Without a home there
// is none, and the log says so. closeHistory saves the last of it.
func openHistory() (history ui.History, closeHistory func(context.Context)) {
	path, err := state.HistoryPath()
	if err != nil {
		klog.Warningf("no history is kept: %v", err)
		return nil, func(context.Context) {}
	}
	h := state.OpenHistory(path)
	return h, func(ctx context.Context) {
		if err := h.Close(ctx); err != nil {
			klog.Warning(err)
		}
	}
}

// openHints opens what remembers that a newcomer has put the hints away. Without a home nothing does.
func openHints() ui.Hints {
	hints, err := state.OpenHints()
	if err != nil {
		klog.Warningf("that the hints were put away is forgotten at the end: %v", err)
		return forgottenHints{}
	}
	return hints
}

// forgottenHints are those of this session only.
type forgottenHints struct{}

func (forgottenHints) Wanted() bool   { return true }
func (forgottenHints) PutAway() error { return nil }
