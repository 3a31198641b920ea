package activity_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/model"
)

// The mark stands behind what was on screen: not behind what came while the page stood still, nor what is later than the moment that was shown.
func TestTheMarkIsBehindWhatWasShown(t *testing.T) {
	const each = 6 * time.Second
	for name, c := range map[string]struct {
		look func(p *page, ten func())
		last string // of the lines that were shown
	}{
		"following": {func(p *page, ten func()) {
			p.Open()
			ten()
			p.shows("api-039", "following")
		}, "api-039"},
		"paused": {func(p *page, ten func()) {
			p.Open()
			p.shows("api-029", "following")
			p.do(keymap.Up, keymap.Up, keymap.Up)
			p.stands()
			ten()
			p.shows("paused, 10 new")
		}, "api-029"},
		"farther up": {func(p *page, ten func()) {
			p.Open()
			p.shows("api-029", "following")
			p.do(keymap.Top)
			p.shows("api-000", "!api-029")
			ten()
			p.shows("paused, 10 new")
		}, "api-029"},
		"a moment of the past": {func(p *page, ten func()) {
			p.SetMoment(p.at.Add(-15 * each))
			p.Open()
			p.shows("later is dim", "api-014", "api-018", "!api-019")
			ten()
			p.shows("api-018", "!api-019")
		}, "api-018"},
		"the past after the present": {func(p *page, _ func()) {
			p.Open()
			p.shows("api-029", "following")
			p.Leave()
			p.SetMoment(p.at.Add(-15 * each))
			p.Open()
			p.shows("later is dim", "api-014")
		}, "api-029"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPage(t, 120, 10)
			told := 0
			ten := func() {
				for range 10 {
					p.tell(each, "pods", fmt.Sprintf("shop/api-%03d", told), "kubelet", model.Updated, fmt.Sprintf("spec.n %d %d", told, told+1))
					told++
				}
			}
			ten()
			ten()
			ten()
			c.look(p, ten)
			p.Leave()
			ten()
			p.SetMoment(time.Time{})
			p.SetSize(120, 60)
			p.Open()
			lines := strings.Split(p.shows("api-039", "following", "since you last looked"), "\n")
			for i, line := range lines {
				if strings.Contains(line, "since you last looked") && !strings.Contains(lines[i-1], c.last) {
					t.Errorf("it stands behind %q, not %s", lines[i-1], c.last)
				}
			}
		})
	}
}
