package ui

import (
	"github.com/dogwatch/dogwatch/ui/grid"
)

// RowHeat tells how much each object changed in the last minutes, while it is open. Its methods return at once.
type RowHeat interface {
	grid.Heat
	Open()
	Shut()
}

// toggleRowHeat shows beside each row how much it changed lately, or not any more.
func (a *App) toggleRowHeat() {
	if a.opts.RowHeat == nil {
		a.status.Error("how much changed is not known: no changes are remembered (--history-memory is 0)")
		return
	}
	a.showRowHeat(!a.rowHeat)
}

func (a *App) showRowHeat(show bool) {
	a.rowHeat = show
	if show {
		a.opts.RowHeat.Open()
	} else {
		a.opts.RowHeat.Shut()
	}
	for _, p := range a.pages {
		p.grid.SetHeat(a.heatOfRows())
	}
}

// heatOfRows is what the lists show; nil where they don't.
func (a *App) heatOfRows() grid.Heat {
	if !a.rowHeat {
		return nil
	}
	return a.opts.RowHeat
}
