package model

import (
	"testing"
	"time"
)

func TestCutAge(t *testing.T) {
	type cut struct {
		before string
		age    time.Duration
		after  string
		ok     bool
	}
	const day = 24 * time.Hour
	for cell, want := range map[string]cut{
		"7 (2s ago)":             {"7 (", 2 * time.Second, " ago)", true},
		"1 (3h12m ago)":          {"1 (", 3*time.Hour + 12*time.Minute, " ago)", true},
		"x (y) (2y31d ago)":      {"x (y) (", 761 * day, " ago)", true},
		"(0s ago)":               {"(", 0, " ago)", true},
		"7":                      {},
		"":                       {},
		"7 ( ago)":               {},
		"7 (s ago)":              {},
		"7 (long ago)":           {},
		"7 (<invalid> ago)":      {},
		"7 (-2s ago)":            {},
		"7 (1.5s ago)":           {},
		"7 (2ms ago)":            {},
		"7 (2s3m ago)":           {},
		"7 (2s2s ago)":           {},
		"7 (2 ago)":              {},
		"2s ago)":                {},
		"7 (2s ago) and more":    {},
		"7 (9999999999s ago)":    {},
		"7 (999999999y ago)":     {},
		"7 (\x1b[31m2s ago)":     {},
		"3h12m":                  {},
		"\x1b[31m evil (5m ago)": {"\x1b[31m evil (", 5 * time.Minute, " ago)", true},
	} {
		var got cut
		if got.before, got.age, got.after, got.ok = CutAge(Text, cell); got.ok != want.ok || want.ok && got != want {
			t.Errorf("CutAge(Text, %q) = %+v, want %+v", cell, got, want)
		}
	}
	for cell, want := range map[string]cut{
		"3h12m":      {age: 3*time.Hour + 12*time.Minute, ok: true},
		"11d":        {age: 11 * day, ok: true},
		"<unknown>":  {},
		"":           {},
		"7 (2s ago)": {},
	} {
		var got cut
		if got.before, got.age, got.after, got.ok = CutAge(PrintedAge, cell); got.ok != want.ok || want.ok && got != want {
			t.Errorf("CutAge(PrintedAge, %q) = %+v, want %+v", cell, got, want)
		}
	}
}

func TestAnAgeThatGrewIsNoChange(t *testing.T) {
	columns := &Columns{List: []Column{{Name: "Restarts"}, {Name: "Last", Kind: PrintedAge}}}
	object := func(cells ...string) *Object { return &Object{Columns: columns, Cells: cells} }
	for name, test := range map[string]struct {
		old, now *Object
		want     uint64
	}{
		"older":         {object("7 (2s ago)", "3m"), object("7 (9s ago)", "4m"), 0},
		"one more":      {object("7 (2s ago)", "3m"), object("8 (9s ago)", "4m"), 1},
		"younger":       {object("7 (2m ago)", "3m"), object("7 (9s ago)", "4s"), 3},
		"the first one": {object("0", "<unknown>"), object("1 (9s ago)", "4s"), 3},
	} {
		if got := changedCells(test.old, test.now); got != test.want {
			t.Errorf("%s: changed cells %b, want %b", name, got, test.want)
		}
	}
}

func TestPrintedAgesAreSortedByTheirMoment(t *testing.T) {
	column := &Column{Name: "Last", Kind: PrintedAge}
	older, younger := cellValue(column, "3m", 1000), cellValue(column, "5m", 2000)
	if compareValues(younger, older) >= 0 {
		t.Error("5m, printed long after 3m, is not the younger one")
	}
	if got := compareValues(older, cellValue(column, "<unknown>", 1000)); got >= 0 {
		t.Error("what is unknown does not come last")
	}
}
