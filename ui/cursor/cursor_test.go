package cursor

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/dogwatch/dogwatch/keymap"
)

// list is lines of a test: how many rows each has, the last of which is its own, and words between them.
type list struct {
	rows [][2]int // of each line
	all  int
}

// listOf makes lines of so many rows each; a negative number is that many rows of words that belong to none.
func listOf(sizes ...int) list {
	l := list{}
	for _, size := range sizes {
		if size > 0 {
			l.rows = append(l.rows, [2]int{l.all, l.all + size - 1})
		}
		l.all += max(size, -size)
	}
	return l
}

func (l *list) fit(c *Lines, height int) {
	c.FitRows(len(l.rows), l.all, height, func(line int) (first, last int) { return l.rows[line][0], l.rows[line][1] })
}

func TestMovesOfPlainLines(t *testing.T) {
	for name, test := range map[string]struct {
		do         []keymap.Action
		index, top int
	}{
		"nothing":                 {nil, 0, 0},
		"down":                    {[]keymap.Action{keymap.Down, keymap.Down}, 2, 0},
		"down out of the window":  {slices.Repeat([]keymap.Action{keymap.Down}, 5), 5, 1},
		"up again":                {append(slices.Repeat([]keymap.Action{keymap.Down}, 6), keymap.Up), 5, 2},
		"a page":                  {[]keymap.Action{keymap.PageDown}, 4, 0},
		"two pages":               {[]keymap.Action{keymap.PageDown, keymap.PageDown}, 8, 4},
		"half a page":             {[]keymap.Action{keymap.HalfDown}, 2, 0},
		"the end":                 {[]keymap.Action{keymap.Bottom}, 19, 15},
		"the end, and a page up":  {[]keymap.Action{keymap.Bottom, keymap.PageUp}, 15, 15},
		"the end, and half up":    {[]keymap.Action{keymap.Bottom, keymap.HalfUp, keymap.HalfUp, keymap.HalfUp}, 13, 13},
		"the end, and the top":    {[]keymap.Action{keymap.Bottom, keymap.Top}, 0, 0},
		"beyond the end and back": {[]keymap.Action{keymap.Bottom, keymap.PageDown, keymap.Up}, 18, 15},
	} {
		t.Run(name, func(t *testing.T) {
			var c Lines
			c.Fit(20, 5)
			for _, action := range test.do {
				if !c.Do(action) {
					t.Errorf("%s moves nothing", action)
				}
			}
			if c.Index() != test.index || c.Top() != test.top {
				t.Errorf("line %d with row %d on top, want %d and %d", c.Index(), c.Top(), test.index, test.top)
			}
		})
	}
}

func TestOtherActionsMoveNothing(t *testing.T) {
	var c Lines
	c.Fit(20, 5)
	c.To(3)
	if c.Do(keymap.Accept) || c.Index() != 3 {
		t.Errorf("enter moved the cursor to line %d", c.Index())
	}
}

func TestRowsThatBelongToALineAreSeenWithIt(t *testing.T) {
	l := listOf(1, 1, 2, 1, -1, 1, 1, 2)
	var c Lines
	l.fit(&c, 3)
	c.To(2)
	if c.Top() != 1 {
		t.Errorf("row %d on top, want 1: line 2 ends in row 3", c.Top())
	}
	c.To(6)
	if c.Top() != l.all-3 {
		t.Errorf("row %d on top, want the end", c.Top())
	}
	c.To(2)
	if c.Top() != 2 {
		t.Errorf("row %d on top, want 2, where line 2 begins", c.Top())
	}
}

func TestPagesAreOfRows(t *testing.T) {
	l := listOf(1, 3, 3, 1, 3, 1, 1)
	var c Lines
	l.fit(&c, 5)
	c.Do(keymap.PageDown) // four rows on, into line 2
	if c.Index() != 2 {
		t.Errorf("a page down ends at line %d, want 2", c.Index())
	}
	c.Do(keymap.PageUp)
	if c.Index() != 0 {
		t.Errorf("a page up ends at line %d, want 0", c.Index())
	}
}

func TestALineKeepsItsRow(t *testing.T) {
	var c Lines
	c.Fit(50, 10)
	c.To(30)
	c.By(-4)
	row := c.Row()
	c.Fit(70, 10) // twenty lines came above
	c.Place(c.Index()+20, row)
	if c.Index() != 46 || c.Row() != row {
		t.Errorf("line %d in row %d, want 46 in %d", c.Index(), c.Row(), row)
	}
	c.Fit(3, 10)
	c.Place(2, row)
	if c.Index() != 2 || c.Top() != 0 {
		t.Errorf("line %d with row %d on top, want the last of three that fit", c.Index(), c.Top())
	}
}

func TestRowsUnderTheMouse(t *testing.T) {
	l := listOf(1, 2, -1, 1)
	var c Lines
	l.fit(&c, 8)
	for y, want := range []int{0, 1, 1, -1, 2, -1} {
		line, ok := c.At(y)
		if !ok {
			line = -1
		}
		if line != want {
			t.Errorf("row %d is of line %d, want %d", y, line, want)
		}
	}
	if _, ok := c.At(-1); ok {
		t.Error("there is a line above the window")
	}
	if _, ok := c.At(8); ok {
		t.Error("there is a line below the window")
	}
}

func TestAnEmptyListHasNoLine(t *testing.T) {
	var c Lines
	c.Fit(9, 4)
	c.Do(keymap.Bottom)
	c.Fit(0, 4)
	c.Do(keymap.PageDown)
	c.By(3)
	c.Place(2, 1)
	if _, ok := c.At(0); ok || c.Index() != 0 || c.Top() != 0 {
		t.Errorf("line %d with row %d on top of nothing", c.Index(), c.Top())
	}
}

// TestTheCursorIsAlwaysInSight moves at random in lists that change at random.
func TestTheCursorIsAlwaysInSight(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	moves := []keymap.Action{keymap.Up, keymap.Down, keymap.PageUp, keymap.PageDown, keymap.HalfUp, keymap.HalfDown, keymap.Top, keymap.Bottom}
	var c Lines
	for range 2000 {
		sizes := make([]int, random.IntN(30))
		for i := range sizes {
			sizes[i] = random.IntN(4) - 1
		}
		l := listOf(sizes...)
		height := 2 + random.IntN(12)
		l.fit(&c, height)
		for range 20 {
			switch random.IntN(3) {
			case 0:
				c.Do(moves[random.IntN(len(moves))])
			case 1:
				c.By(random.IntN(9) - 4)
			case 2:
				c.Place(random.IntN(40)-5, random.IntN(20)-5)
			}
			if len(l.rows) == 0 {
				continue
			}
			if c.Index() < 0 || c.Index() >= len(l.rows) {
				t.Fatalf("line %d of %d", c.Index(), len(l.rows))
			}
			of := l.rows[c.Index()]
			if c.Top() < 0 || c.Top() > max(0, l.all-height) || of[0] < c.Top() || of[1] >= c.Top()+height {
				t.Fatalf("line %d has rows %v; in sight are %d rows from %d of %d", c.Index(), of, height, c.Top(), l.all)
			}
			if at, ok := c.At(c.Row()); !ok || at != c.Index() {
				t.Fatalf("row %d of the window is of line %d, not %d", c.Row(), at, c.Index())
			}
		}
	}
}

// letters are a live list of some letters, each once.
type letters string

func (l letters) Shown() int { return len(l) }

func (l letters) ID(i int) (byte, bool) {
	if i < 0 || i >= len(l) {
		return 0, false
	}
	return l[i], true
}

func (l letters) Find(id byte) (int, bool) {
	i := strings.IndexByte(string(l), id)
	if i < 0 {
		return len(l), false
	}
	return i, true
}

// The cursor is at the top until it is moved, then on its item wherever that goes, then on what took its place.
func TestTheCursorStaysOnItsItem(t *testing.T) {
	var l Live[byte]
	at := func(items letters, want byte, row int) {
		t.Helper()
		l.Follow(items, 3)
		if got, ok := items.ID(l.Index()); !ok || got != want || l.Row() != row {
			t.Errorf("of %s it is on %c in row %d, want %c in row %d", items, got, l.Row(), want, row)
		}
	}
	at("abcdef", 'a', 0)
	at("xabcdef", 'x', 0)
	l.Move(letters("xabcdef"), 3, func(l *Lines) { l.By(4) })
	at("xabcdef", 'd', 2)
	at("wxyzabcdef", 'd', 2)
	at("dabcefgh", 'd', 0)
	at("abcdefgh", 'd', 0)
	at("abcefgh", 'e', 0)
	at("abcdefgh", 'e', 0)
	at("ab", 'b', 1)
	l.Follow(letters(""), 3)
	at("cab", 'b', 2)
	l.Release()
	at("cab", 'c', 0)
	l.Move(letters(""), 3, func(l *Lines) { l.By(1) })
	at("cab", 'c', 0)
	l.Release()
	l.Follow(letters("cab"), 3)
	l.Move(letters("zcab"), 3, func(l *Lines) { l.By(1) }) // from what was seen under it
	at("zcab", 'a', 1)
}

// That another item has come under a cursor that was not moved is told; not that its item is gone.
func TestAnItemThatIsPushedAwayIsTold(t *testing.T) {
	var l Live[byte]
	for _, step := range []struct {
		items  letters
		pushed bool
		id     byte
	}{{"", false, 0}, {"abc", false, 'a'}, {"xabc", true, 'x'}, {"xyabc", false, 'x'}, {"bca", false, 'b'}, {"", false, 'b'}, {"ab", true, 'a'}} {
		if pushed := l.Follow(step.items, 3); pushed != step.pushed || l.ID() != step.id {
			t.Errorf("of %s it is on %c, pushed %v", step.items, l.ID(), pushed)
		}
	}
	l.Move(letters("ab"), 3, func(*Lines) {})
	if l.Follow(letters("xab"), 3) || l.ID() != 'a' {
		t.Errorf("once it was moved it is on %c", l.ID())
	}
}
