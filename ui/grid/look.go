package grid

import (
	"time"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/theme"
)

// ground is what a row is drawn on.
type ground uint8

const (
	plainGround  ground = iota
	faintGround         // the cursor's, while another part hears the keys
	cursorGround        // the cursor's
	grounds
)

// tone is the colour of a row's text.
type tone uint8

const (
	fine tone = iota
	progressing
	unhealthy
	recovered
	gone
	tones
)

// flash is how lately a cell changed.
type flash uint8

const (
	unchanged flash = iota
	changedLately
	changedNow
	flashes
)

// look holds every style of a row, laid over its ground, so that drawing a cell
// is a look-up.
type look struct {
	theme  *theme.Theme
	ground [grounds]theme.Style
	ink    [grounds][tones][flashes]theme.Style
	match  [grounds][tones]theme.Style
	heat   [grounds]theme.Style
	// gutter styles by ground and tone; bar is the cursor's mark.
	bar    [grounds][tones]theme.Style
	added  [grounds]theme.Style
	change [grounds][tones]theme.Style
}

func newLook(t *theme.Theme) *look {
	l := &look{theme: t}
	l.ground = [grounds]theme.Style{{}, t.CursorDim, t.Cursor}
	inks := [tones]theme.Style{t.Text, t.Warning, t.Trouble, t.Good, t.Deleted}
	bars := [tones]theme.Style{t.CursorBar, t.Warning, t.Trouble, t.Good, t.Dim}
	marks := [tones]theme.Style{t.Dim, t.Warning, t.Trouble, t.Good, t.Dim}
	changes := [flashes]theme.Style{{}, t.ChangedLately, t.ChangedNow}
	for g := range grounds {
		on := l.ground[g]
		l.added[g] = on.With(t.New)
		l.heat[g] = on.With(t.Accent)
		for k := range tones {
			l.bar[g][k] = on.With(bars[k])
			l.change[g][k] = on.With(marks[k])
			l.match[g][k] = on.With(inks[k]).With(t.Match)
			for f := range flashes {
				l.ink[g][k][f] = on.With(changes[f]).With(inks[k])
			}
		}
	}
	return l
}

// toneOf is the tone of a row at a moment: how its object is, and whether it
// just became healthy.
func toneOf(row *model.Row, now time.Time) tone {
	switch {
	case row.Mark == model.Gone:
		return gone
	case row.Object.Health.Level == model.Unhealthy:
		return unhealthy
	case row.Object.Health.Level == model.Progressing:
		return progressing
	case row.Recovered && now.Sub(row.MarkedAt) < model.FlashFor:
		return recovered
	default:
		return fine
	}
}
