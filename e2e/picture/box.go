package picture

import "image"

// arms are the strokes that a line-drawing character has from its middle to its sides: 0 none, 1 light, 2 heavy.
type arms struct{ left, right, up, down int }

// linesOf returns the strokes of a line-drawing character. Dashes, doubles and slants are left to the font.
func linesOf(r rune) (arms, bool) {
	switch r {
	case '─':
		return arms{left: 1, right: 1}, true
	case '━':
		return arms{left: 2, right: 2}, true
	case '│':
		return arms{up: 1, down: 1}, true
	case '┃':
		return arms{up: 2, down: 2}, true
	case '┌', '╭':
		return arms{right: 1, down: 1}, true
	case '┐', '╮':
		return arms{left: 1, down: 1}, true
	case '└', '╰':
		return arms{right: 1, up: 1}, true
	case '┘', '╯':
		return arms{left: 1, up: 1}, true
	case '├':
		return arms{right: 1, up: 1, down: 1}, true
	case '┤':
		return arms{left: 1, up: 1, down: 1}, true
	case '┬':
		return arms{left: 1, right: 1, down: 1}, true
	case '┴':
		return arms{left: 1, right: 1, up: 1}, true
	case '┼':
		return arms{left: 1, right: 1, up: 1, down: 1}, true
	case '╴':
		return arms{left: 1}, true
	case '╵':
		return arms{up: 1}, true
	case '╶':
		return arms{right: 1}, true
	case '╷':
		return arms{down: 1}, true
	}
	return arms{}, false
}

// rectangles covers the arms in a cell of a size, with light strokes so many pixels thick. Strokes reach the cell's
// edges, so those of neighbours join.
func (a arms) rectangles(cell image.Point, light int) []image.Rectangle {
	widest := light * max(a.left, a.right, a.up, a.down)
	middle := image.Pt(cell.X/2, cell.Y/2)
	var covered []image.Rectangle
	across := func(weight, from, to int) {
		if weight > 0 {
			top := middle.Y - weight*light/2
			covered = append(covered, image.Rect(from, top, to, top+weight*light))
		}
	}
	along := func(weight, from, to int) {
		if weight > 0 {
			left := middle.X - weight*light/2
			covered = append(covered, image.Rect(left, from, left+weight*light, to))
		}
	}
	across(a.left, 0, middle.X-widest/2+widest)
	across(a.right, middle.X-widest/2, cell.X)
	along(a.up, 0, middle.Y-widest/2+widest)
	along(a.down, middle.Y-widest/2, cell.Y)
	return covered
}

// blockOf returns which part of a cell a block element covers, and how densely in 255ths.
func blockOf(r rune, cell image.Point) (covered []image.Rectangle, share int, ok bool) {
	part := func(x0, y0, x1, y1 int) []image.Rectangle { // in eighths of the cell
		return []image.Rectangle{image.Rect(eighths(cell.X, x0), eighths(cell.Y, y0), eighths(cell.X, x1), eighths(cell.Y, y1))}
	}
	switch {
	case r == '▀':
		return part(0, 0, 8, 4), full, true
	case r >= '▁' && r <= '█':
		return part(0, 8-int(r-'▁'+1), 8, 8), full, true
	case r >= '▉' && r <= '▏':
		return part(0, 0, 7-int(r-'▉'), 8), full, true
	case r == '▐':
		return part(4, 0, 8, 8), full, true
	case r >= '░' && r <= '▓':
		return part(0, 0, 8, 8), full * (1 + int(r-'░')) / 4, true
	case r == '▔':
		return part(0, 0, 8, 1), full, true
	case r == '▕':
		return part(7, 0, 8, 8), full, true
	case r >= '▖' && r <= '▟':
		for i, quadrant := range quadrantsOf(r) {
			if quadrant {
				x, y := i%2*4, i/2*4
				covered = append(covered, part(x, y, x+4, y+4)...)
			}
		}
		return covered, full, true
	}
	return nil, 0, false
}

// eighths is where so many eighths of a length end, in whole pixels.
func eighths(length, n int) int { return (length*n + 4) / 8 }

// quadrantsOf says which quarters '▖' to '▟' cover: upper left and right, lower left and right.
func quadrantsOf(r rune) [4]bool {
	const on, off = true, false
	return [...][4]bool{
		{off, off, on, off},
		{off, off, off, on},
		{on, off, off, off},
		{on, off, on, on},
		{on, off, off, on},
		{on, on, on, off},
		{on, on, off, on},
		{off, on, off, off},
		{off, on, on, off},
		{off, on, on, on},
	}[r-'▖']
}
