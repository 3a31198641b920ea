package screen

import "testing"

// A mark that belongs to the character before it stays there when that one changes.
func TestMarksBehindWhatChangesStay(t *testing.T) {
	to := plain(40, 3)
	for _, lines := range [][2]string{
		{"age 1\u0301 s", "age 2\u0301 s"},
		{"age 1\x1b[m\u0301 s", "age 2\x1b[m\u0301 s"},
		{"age 1\ufe0f\u20e3 s", "age 2\ufe0f\u20e3 s"},
	} {
		twice, once := newTTY(to.width, to.height), newTTY(to.width, to.height)
		s := New(twice, env())
		draw(s, lines[0], to)
		draw(s, lines[1], to)
		draw(New(once, env()), lines[1], to)
		compare(t, twice, once, lines[1])
	}
}
