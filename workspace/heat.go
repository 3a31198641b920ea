package workspace

import (
	"time"

	"k8s.io/apimachinery/pkg/util/runtime"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/heat"
	"github.com/dogwatch/dogwatch/model/noise"
	"github.com/dogwatch/dogwatch/model/timeline"
)

// RowHeat tells how much each object of the watches changed in the last minutes. Nothing is counted until it is opened. Its methods are safe
// for concurrent use and return at once.
type RowHeat struct {
	ws   *Workspace
	rows *heat.Rows
}

// isNoise tells what heat leaves out, to one goroutine.
func isNoise(judge *noise.Judge) func(timeline.Source, *timeline.Record) bool {
	return func(s timeline.Source, r *timeline.Record) bool { return judge.IsNoise(s.GVR.GroupResource(), r) }
}

// startRowHeat begins to count, while that is asked for, until the workspace is closed.
func (w *Workspace) startRowHeat(rules *noise.Rules) {
	rows := heat.New(heat.Options{
		Timeline: w.opts.History, IsNoise: isNoise(rules.NewJudge()), Now: w.history.clock, Changed: w.opts.Changed,
	})
	w.rowHeat = &RowHeat{ws: w, rows: rows}
	w.wg.Add(1)
	go func() {
		defer w.wg.Done()
		defer runtime.HandleCrash()
		rows.Run(w.ctx)
	}()
}

// RowHeat tells how much each object changed; nil where nothing is remembered. It is the same for the life of the workspace.
func (w *Workspace) RowHeat() *RowHeat { return w.rowHeat }

// Open begins to count.
func (h *RowHeat) Open() { h.rows.Open() }

// Shut ends what Open began.
func (h *RowHeat) Shut() { h.rows.Shut() }

// ofPast marks versions that are of the past.
const ofPast = 1 << 63

// Version changes with what is counted.
func (h *RowHeat) Version() uint64 {
	if past := h.ws.rewind.Load(); past != nil {
		return ofPast | past.heats.Version()
	}
	return h.rows.Version()
}

// Of gives how much an object that a watch sees has changed in the last minutes up to a moment.
func (h *RowHeat) Of(watch informers.Identity, key model.Key, now time.Time) heat.Minutes {
	if past := h.ws.rewind.Load(); past != nil {
		return past.heatOf(watch, key).At(now)
	}
	f := h.ws.history.following(watch)
	if f == nil {
		return heat.Lately{}.At(now)
	}
	return both(h.rows.Of(f.id, key), f.sees).At(now)
}

// both is what is counted, as far as it was seen, too.
func both(counted heat.Lately, sees func(from, to time.Time) bool) heat.Lately {
	if known := counted.Sees; known != nil {
		counted.Sees = func(from, to time.Time) bool { return known(from, to) && sees(from, to) }
	}
	return counted
}

// heat is how much has changed lately in what a watch sees. What is not remembered any more counts still.
func (w *Workspace) heat(of informers.Identity) heat.Lately {
	if w.history == nil {
		return heat.Lately{}
	}
	f := w.history.following(of)
	if f == nil {
		return heat.Lately{}
	}
	return heat.Lately{Counts: w.opts.History.Heat(sourceOf(of)), Sees: f.sees}
}
