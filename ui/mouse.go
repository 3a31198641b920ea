package ui

import (
	tea "charm.land/bubbletea/v2"
)

// wheelLines is how far one notch of the wheel goes.
const wheelLines = 3

// mouse hands a click or a turn of the wheel to what is under it.
func (a *App) mouse(msg tea.MouseMsg) tea.Cmd {
	if a.layout.tooSmall {
		return nil
	}
	m := msg.Mouse()
	switch msg.(type) {
	case tea.MouseWheelMsg:
		switch m.Button {
		case tea.MouseWheelUp:
			return a.wheel(m.X, m.Y, -wheelLines)
		case tea.MouseWheelDown:
			return a.wheel(m.X, m.Y, wheelLines)
		}
	case tea.MouseClickMsg:
		if m.Button == tea.MouseLeft {
			return a.click(m.X, m.Y)
		}
	}
	return nil
}

func (a *App) wheel(x, y, lines int) tea.Cmd {
	switch a.over {
	case overHelp:
		a.help.Scroll(lines)
		return nil
	case overLogs:
		a.logs.Scroll(lines)
		return nil
	case overActivity:
		a.activity.Scroll(lines)
		return nil
	case overProblems:
		a.problems.Scroll(lines)
		return nil
	case overSignals:
		a.signals.Scroll(lines)
		return nil
	case overPicker:
		a.picker.Scroll(lines)
		return nil
	}
	if _, _, ok := a.layout.inPane(x, y); a.paneOpen && ok {
		a.panePage().Scroll(lines)
		return nil
	}
	if p := a.currentPage(); p != nil {
		p.grid.Scroll(lines)
	}
	return a.followSelection()
}

// click selects what is under the mouse. A click beside an overlay closes it.
func (a *App) click(x, y int) tea.Cmd {
	if a.prompt.Active() {
		return nil
	}
	if a.over == overPicker {
		px, py := x-pickerLeft, y-a.layout.bodyTop
		if w, h := pickerSize(a.layout); px >= 0 && px < w && py >= 0 && py < h {
			a.picker.Click(px, py)
			return nil
		}
	}
	switch a.over {
	case overActivity:
		a.activity.Click(y - a.layout.bodyTop)
		return nil
	case overProblems:
		a.problems.Click(y - a.layout.bodyTop)
		return nil
	case overSignals:
		a.signals.Click(y - a.layout.bodyTop)
		return nil
	}
	if a.over != nothing {
		a.uncover()
		return nil
	}
	if a.past.player != nil && y == a.layout.height-timebarFromBottom {
		if at, ok := a.timebar.Click(x); ok {
			return a.seek(seekTo(at))
		}
		return nil
	}
	if y == tabsLine {
		if id, ok := a.tabs.Click(x); ok {
			return a.show(id)
		}
		if a.tabs.ClickAdd(x) {
			return a.openPicker()
		}
		return nil
	}
	if px, py, ok := a.layout.inPane(x, y); a.paneOpen && ok {
		page := a.panePage()
		page.Click(px, max(py-a.findingLines(page), 0)) // a click on the head is for nothing
		return a.openPane(true, true)
	}
	gx, gy, ok := a.layout.inGrid(x, y)
	if p := a.currentPage(); p != nil && ok {
		p.grid.Click(gx, gy)
		if a.paneFocused {
			return a.openPane(true, false)
		}
		return a.followSelection()
	}
	return nil
}
