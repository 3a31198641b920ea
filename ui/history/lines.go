package history

import (
	"fmt"

	"github.com/dogwatch/dogwatch/ui/detail/yamldoc"
)

// around is how many lines that are the same stand around those that are not.
const around = 3

// sign says what became of a line.
type sign uint8

const (
	same sign = iota
	added
	removed
	modified // in the whole version: the line says something else than before
)

// side is one version's part of a line.
type side struct {
	line *yamldoc.Line // nil for none
	sign sign
}

// line is a line of a difference: the newer version's, or with left the two beside one another, or words.
type line struct {
	left, right side
	isBeside    bool
	owner       string // who owns what the line shows
	words       string // instead of all else
}

func (l *line) changed() bool { return l.left.sign != same || l.right.sign != same }

// unified shows lines that go before those that come, and few of the others.
func (c *comparison) unified() []line {
	if c.alone != "" {
		return c.whole()
	}
	return c.folded(func(old, new []yamldoc.Line) (lines []line) {
		for i := range old {
			lines = append(lines, line{right: side{&old[i], removed}})
		}
		owner := ""
		for i := range new {
			is := c.ownerOf(&new[i])
			l := line{right: side{&new[i], added}}
			if is != owner {
				l.owner = is
			}
			owner = is
			lines = append(lines, l)
		}
		return lines
	}, func(_, new *yamldoc.Line) line { return line{right: side{new, same}} })
}

// beside shows what goes at the left of what comes.
func (c *comparison) beside() []line {
	if c.alone != "" {
		return c.whole()
	}
	return c.folded(func(old, new []yamldoc.Line) (lines []line) {
		for i := range max(len(old), len(new)) {
			l := line{isBeside: true}
			if i < len(old) {
				l.left = side{&old[i], removed}
			}
			if i < len(new) {
				l.right = side{&new[i], added}
			}
			lines = append(lines, l)
		}
		return lines
	}, func(old, new *yamldoc.Line) line {
		return line{left: side{old, same}, right: side{new, same}, isBeside: true}
	})
}

// folded makes the lines of all runs, of those that are the same only what is near to others.
func (c *comparison) folded(differ func(old, new []yamldoc.Line) []line, alike func(old, new *yamldoc.Line) line) []line {
	lines := c.remarks()
	for i, op := range c.ops {
		old, new := c.old.Lines[op.Old:op.Old+op.OldLen], c.new.Lines[op.New:op.New+op.NewLen]
		if !op.Same {
			lines = append(lines, differ(old, new)...)
			continue
		}
		head, tail := around, around
		if i == 0 {
			head = 0
		}
		if i == len(c.ops)-1 {
			tail = 0
		}
		for j := range old {
			switch hidden := len(old) - head - tail; {
			case hidden <= 1 || j < head || j >= len(old)-tail:
				lines = append(lines, alike(&old[j], &new[j]))
			case j == head:
				lines = append(lines, line{words: c.fold(hidden, i)})
			}
		}
	}
	return lines
}

// fold says how much is left out before the run behind one, and where that is.
func (c *comparison) fold(hidden, run int) string {
	words := fmt.Sprintf("⋯ %d lines", hidden)
	if run+1 == len(c.ops) {
		return words
	}
	next := c.ops[run+1]
	at := &c.new.Lines[min(next.New, len(c.new.Lines)-1)]
	if next.NewLen == 0 {
		at = &c.old.Lines[next.Old]
	}
	if in := at.Path.Parent(); in != nil {
		words += "   " + in.String()
	}
	return words
}

// remarks are what is to be said before all.
func (c *comparison) remarks() []line {
	var lines []line
	if c.partly != "" {
		lines = append(lines, line{words: "only the fields: " + c.partly})
	}
	if c.coarse {
		lines = append(lines, line{words: "too much differs to go by lines"})
	}
	switch {
	case c.alone != "":
		lines = append(lines, line{words: c.alone})
	case len(c.ops) == 1 && c.ops[0].Same || len(c.ops) == 0:
		lines = append(lines, line{words: "nothing differs"})
	}
	return lines
}

// whole shows all lines of the newer version, with who owns those that changed.
func (c *comparison) whole() []line {
	lines := c.remarks()
	for i := range c.new.Lines {
		l := line{right: side{line: &c.new.Lines[i]}}
		if c.marks != nil {
			switch c.marks[i] {
			case yamldoc.Added:
				l.right.sign = added
			case yamldoc.Modified:
				l.right.sign = modified
			}
		}
		if l.changed() {
			l.owner = c.ownerOf(l.right.line)
		}
		lines = append(lines, l)
	}
	return lines
}
