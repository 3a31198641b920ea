package grid

import (
	"testing"

	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/model"
)

func BenchmarkView(b *testing.B) {
	p := pods{podColumns()}
	for name, plain := range map[string]bool{"plain": true, "busy": false} {
		b.Run(name, func(b *testing.B) {
			view := &fakeView{rows: p.many(50)}
			for i := range view.rows {
				if !plain && i%3 == 0 {
					view.rows[i].Object.Health.Level = model.Unhealthy
					view.rows[i].Mark, view.rows[i].MarkedAt, view.rows[i].ChangedCells = model.Changed, now, 6
				}
			}
			m := New(darkTheme(), keymap.Default())
			m.SetSize(200, 50)
			m.wide = true
			m.setSource(podTab(p.columns), view)
			b.ReportAllocs()
			for b.Loop() {
				view.version++
				m.View(now)
			}
		})
	}
	b.Run("unchanged", func(b *testing.B) {
		m := New(darkTheme(), keymap.Default())
		m.SetSize(200, 50)
		m.setSource(podTab(p.columns), &fakeView{rows: p.many(50)})
		for b.Loop() {
			m.View(now)
		}
	})
}
