package model

import (
	"math"
	"strings"
	"time"
)

// CutAge cuts a printed cell round the age in it, which was true when the
// server printed it: "7 (3h12m ago)" is "7 (", 3h12m and " ago)". A whole cell
// of a PrintedAge column is an age. ok is false where there is none.
func CutAge(kind ColumnKind, cell string) (before string, age time.Duration, after string, ok bool) {
	word := cell
	if kind != PrintedAge {
		const ago = " ago)"
		open := strings.LastIndexByte(cell, '(') + 1
		if open == 0 || !strings.HasSuffix(cell, ago) {
			return "", 0, "", false
		}
		before, word, after = cell[:open], strings.TrimSuffix(cell[open:], ago), ago
	}
	age, ok = parseAge(word)
	return before, age, after, ok
}

// parseAge reads an age as kubectl prints it: whole numbers, the larger unit
// first.
func parseAge(s string) (time.Duration, bool) {
	const mostDigits = 9
	total, last := 0.0, math.Inf(1)
	for rest := s; rest != ""; {
		n := digits(rest)
		if n == 0 || n > mostDigits {
			return 0, false
		}
		count := 0
		for _, c := range rest[:n] {
			count = 10*count + int(c-'0')
		}
		seconds, size := durationUnit(rest[n:])
		if size != 1 || seconds >= last {
			return 0, false
		}
		total, last = total+float64(count)*seconds, seconds
		rest = rest[n+size:]
	}
	return time.Duration(total) * time.Second, s != "" && total <= math.MaxInt64/float64(time.Second)/2
}

// grewOlder tells whether two texts of one cell say the same but for an age
// that has grown.
func grewOlder(kind ColumnKind, old, now string) bool {
	before, age, after, ok := CutAge(kind, old)
	if !ok {
		return false
	}
	beforeNow, ageNow, afterNow, ok := CutAge(kind, now)
	return ok && before == beforeNow && after == afterNow && ageNow >= age
}
