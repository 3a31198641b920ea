package linediff_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/dogwatch/dogwatch/ui/history/linediff"
)

// made makes b of a by the runs, and counts the lines that differ.
func made(t *testing.T, a, b []string, ops []linediff.Op) (cost int) {
	t.Helper()
	old, new := 0, 0
	for _, op := range ops {
		if op.Old != old || op.New != new || op.Same && op.OldLen != op.NewLen || op.OldLen+op.NewLen == 0 {
			t.Fatalf("%+v does not follow from what is before it", op)
		}
		if op.Same != slices.Equal(a[old:old+op.OldLen], b[new:new+op.NewLen]) {
			t.Fatalf("%+v of %q and %q", op, a[old:old+op.OldLen], b[new:new+op.NewLen])
		}
		if !op.Same {
			cost += op.OldLen + op.NewLen
		}
		old, new = old+op.OldLen, new+op.NewLen
	}
	if old != len(a) || new != len(b) {
		t.Fatalf("the runs end at %d of %d and %d of %d", old, len(a), new, len(b))
	}
	return cost
}

// fewest is how many lines must differ, in plain words.
func fewest(a, b []string) int {
	table := make([][]int, len(a)+1)
	for i := range table {
		table[i] = make([]int, len(b)+1)
	}
	for i := range a {
		for j := range b {
			if a[i] == b[j] {
				table[i+1][j+1] = table[i][j] + 1
			} else {
				table[i+1][j+1] = max(table[i][j+1], table[i+1][j])
			}
		}
	}
	return len(a) + len(b) - 2*table[len(a)][len(b)]
}

func TestAsFewLinesAsCanBe(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	lines := func() []string {
		lines := make([]string, random.IntN(14))
		for i := range lines {
			lines[i] = string('a' + rune(random.IntN(4)))
		}
		return lines
	}
	for range 3000 {
		a, b := lines(), lines()
		ops, fine := linediff.Diff(a, b)
		if cost := made(t, a, b, ops); !fine || cost != fewest(a, b) {
			t.Fatalf("%q to %q by %+v: %d lines differ, want %d", a, b, ops, cost, fewest(a, b))
		}
	}
}

func TestTooManyLinesAreOneRun(t *testing.T) {
	numbered := func(what string) []string {
		lines := []string{"begin"}
		for i := range 3000 {
			lines = append(lines, fmt.Sprint(what, i))
		}
		return append(lines, "end")
	}
	a, b := numbered("a"), numbered("b")
	ops, fine := linediff.Diff(a, b)
	if fine || len(ops) != 3 {
		t.Errorf("%d runs, fine: %v", len(ops), fine)
	}
	made(t, a, b, ops)
	// One line among very many is found at once.
	b = slices.Clone(a)
	b[1500] = "other"
	ops, fine = linediff.Diff(a, b)
	if cost := made(t, a, b, ops); !fine || cost != 2 {
		t.Errorf("%d lines differ", cost)
	}
}
