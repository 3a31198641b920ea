package model

import (
	"cmp"
	"unicode"
	"unicode/utf8"
)

// compareValues is the order of values in the plainest way.
func compareValues(a, b value) int {
	if a.kind != b.kind {
		return cmp.Compare(a.kind, b.kind)
	}
	switch a.kind {
	case number:
		if c := cmp.Compare(a.num, b.num); c != 0 {
			return c
		}
		return plainNatural(a.text, b.text)
	case word:
		return plainNatural(a.text, b.text)
	default:
		return 0
	}
}

// plainNatural compares texts in the natural order rune by rune.
func plainNatural(a, b string) int {
	afterDigit := false
	for {
		if c := cmp.Compare(rankNext(a, afterDigit), rankNext(b, afterDigit)); c != 0 || a == "" {
			return c
		}
		var c int
		if isDigit(a[0]) {
			c, a, b = compareDigits(a, b)
			afterDigit = true
		} else {
			c, a, b = compareRune(a, b)
			afterDigit = false
		}
		if c != 0 {
			return c
		}
	}
}

// rankNext orders what can come next: a pre-release, the end, anything else.
func rankNext(s string, afterDigit bool) int {
	switch {
	case s == "":
		return 1
	case afterDigit && isPreRelease(s):
		return 0
	default:
		return 2
	}
}

// compareDigits compares a number with what the other text begins with, and
// gives what follows both.
func compareDigits(a, b string) (c int, restA, restB string) {
	if !isDigit(b[0]) {
		return compareRune(a, b)
	}
	a, b = trimZeros(a), trimZeros(b)
	na, nb := digits(a), digits(b)
	if na != nb {
		return cmp.Compare(na, nb), a, b
	}
	return cmp.Compare(a[:na], b[:nb]), a[na:], b[nb:]
}

// compareRune compares the first runes and gives what follows them. Digits
// that meet another rune count as "0", so that all numbers have one place
// among the runes.
func compareRune(a, b string) (c int, restA, restB string) {
	ra, na := firstRune(a)
	rb, nb := firstRune(b)
	return cmp.Compare(ra, rb), a[na:], b[nb:]
}

func firstRune(s string) (r rune, size int) {
	if c := s[0]; c < utf8.RuneSelf {
		if isDigit(c) {
			c = '0'
		}
		return rune(lower(c)), 1
	}
	r, size = utf8.DecodeRuneInString(s)
	return unicode.ToLower(r), size
}
