package ui

// The least screen that dogwatch is of use on.
const (
	minWidth  = 60
	minHeight = 15
)

// chromeLines are the top line, the tabs, the rules above and below the body,
// and the bottom line. A recording has the line of its time as well. Their number
// never changes.
const chromeLines = 5

// besideWidth is the width from which the pane stands beside the list; on a
// narrower screen it stands below.
const besideWidth = 110

// layout is where things are on the screen, in cells. The one place for sums.
type layout struct {
	width, height int
	bodyTop       int
	bodyHeight    int
	gridWidth     int
	gridHeight    int
	paneWidth     int
	paneHeight    int
	beside        bool // the pane is at the right, after one column of rule
	tooSmall      bool
}

// newLayout lays out the screen for what is on it now.
func (a *App) newLayout(width, height int) layout {
	chrome := chromeLines
	if a.past.player != nil {
		chrome++
	}
	return newLayout(width, height, chrome, a.paneOpen)
}

func newLayout(width, height, chrome int, pane bool) layout {
	l := layout{width: width, height: height, bodyTop: 3, tooSmall: width < minWidth || height < minHeight}
	l.bodyHeight = max(height-chrome, 0)
	l.gridWidth, l.gridHeight = width, l.bodyHeight
	if !pane {
		return l
	}
	if width >= besideWidth {
		l.beside = true
		l.paneWidth, l.paneHeight = width*9/20, l.bodyHeight
		l.gridWidth = width - l.paneWidth - 1
		return l
	}
	l.paneWidth = width
	l.paneHeight = l.bodyHeight * 3 / 5
	l.gridHeight = l.bodyHeight - l.paneHeight - 1 // a rule between them
	return l
}

// inGrid tells whether a cell of the screen belongs to the list, and which of
// the list's own cells it is.
func (l layout) inGrid(x, y int) (gx, gy int, ok bool) {
	gy = y - l.bodyTop
	return x, gy, x < l.gridWidth && gy >= 0 && gy < l.gridHeight
}

// inPane is inGrid for the pane.
func (l layout) inPane(x, y int) (px, py int, ok bool) {
	px, py = x, y-l.bodyTop
	if l.beside {
		px -= l.gridWidth + 1
	} else {
		py -= l.gridHeight + 1
	}
	return px, py, l.paneHeight > 0 && px >= 0 && py >= 0 && py < l.paneHeight
}
