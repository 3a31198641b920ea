package cli

import (
	"context"

	"github.com/dogwatch/dogwatch/model/problems"
	"github.com/dogwatch/dogwatch/ui"
	"github.com/dogwatch/dogwatch/workspace"
)

// rewinder lets the screen show the past of a workspace.
type rewinder struct{ ws *workspace.Workspace }

// Begin implements ui.Rewinder.
func (r rewinder) Begin(ctx context.Context) (ui.Playback, *problems.List, error) {
	past, err := r.ws.BeginRewind(ctx)
	if err != nil {
		return nil, nil, err
	}
	return past, past.Problems(), nil
}

// End implements ui.Rewinder.
func (r rewinder) End() { r.ws.EndRewind() }
