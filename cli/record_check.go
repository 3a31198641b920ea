package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/dogwatch/dogwatch/setup"
	"github.com/dogwatch/dogwatch/ui/text"
	"github.com/dogwatch/dogwatch/workspace"
)

// nothingError says why nothing is recorded. No file is left behind then.
type nothingError struct{ error }

func (e nothingError) Unwrap() error { return e.error }

// check waits until it is known which types there are, and finds what would record nothing, or what was to be hidden.
func (r *recordRun) check(ctx context.Context, ws *workspace.Workspace) error {
	s, known := setup.Known(r.follower, ws)
	for ; !known; s, known = setup.Known(r.follower, ws) {
		r.tell(s)
		select {
		case <-ctx.Done():
			return nothingRecorded(s)
		case <-r.wake:
		}
	}
	r.changed() // for who waits next
	if r.follower == nil && !slices.ContainsFunc(s.Tabs, func(tab workspace.Tab) bool { return len(tab.Sources) > 0 || tab.Waits }) {
		return nothingRecorded(s)
	}
	if err := setup.CheckRedactions(ctx, r.redact, ws); err != nil {
		return nothingError{setup.Local(fmt.Errorf("%s; nothing was recorded", text.Clean(err.Error())))}
	}
	return nil
}

// nothingRecorded is the error of a recording of which nothing has come in.
func nothingRecorded(s workspace.Snapshot) error {
	var why []string
	for _, tab := range s.Tabs {
		if problem := setup.Trouble(s, tab); problem != "" && !slices.Contains(why, problem) {
			why = append(why, problem)
		}
	}
	if len(why) == 0 {
		why = []string{"it ended before anything came in"}
	}
	return nothingError{setup.Local(fmt.Errorf("nothing was recorded: %s", text.Clean(strings.ReplaceAll(strings.Join(why, "; "), "\n", "; "))))}
}
