package grid

import (
	"math/bits"
	"strings"
	"time"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/heat"
	"github.com/dogwatch/dogwatch/model/timeline"
)

// Heat is what the grid asks of who counts how much changed.
type Heat interface {
	// Version changes with what is counted.
	Version() uint64
	Of(watch informers.Identity, key model.Key, now time.Time) heat.Minutes
}

// SetHeat shows how much each row changed in the last minutes; nil does not.
func (m *Model) SetHeat(h Heat) {
	if h == m.heat {
		return
	}
	m.heat = h
	m.frame.valid = false
	m.setColumns(m.layOut())
}

// withHeat adds the column of heat behind the name.
func withHeat(columns []column) []column {
	for i := range columns {
		if columns[i].isName {
			rest := append([]column{{field: heatField, head: "HEAT", width: timeline.HeatMinutes}}, columns[i+1:]...)
			return append(columns[:i+1:i+1], rest...)
		}
	}
	return columns
}

// heatVersion tells when what is counted is other than before.
func (m *Model) heatVersion() uint64 {
	if m.heat == nil {
		return 0
	}
	return m.heat.Version()
}

// heatOf is the graph of a row. It is another with the next minute.
func (m *Model) heatOf(row *model.Row, now time.Time) string {
	if m.heat == nil {
		return ""
	}
	moment := now.Add(m.received)
	m.changesAt(now.Add(moment.Truncate(time.Minute).Add(time.Minute).Sub(moment)))
	return graphOf(m.heat.Of(m.source(row).Watch, row.Object.Key, moment))
}

// graphOf draws how much changed in each minute. Each step up is twice as much, so that rows and moments can be compared (a tab counts many
// objects: its steps are four times each). Of what is blank
// nothing is known.
func graphOf(minutes heat.Minutes) string {
	const steps = "▁▂▃▄▅▆▇█"
	const size = len("▁")
	var b strings.Builder
	for _, n := range minutes {
		switch n {
		case heat.Unknown:
			b.WriteByte(' ')
		case 0:
			b.WriteString("·")
		default:
			step := size * (min(bits.Len(uint(n)), len(steps)/size) - 1)
			b.WriteString(steps[step : step+size])
		}
	}
	return b.String()
}
