package model

import (
	"cmp"
	"unicode"
	"unicode/utf8"
)

// compareNatural orders texts as people do: without regard to case, numbers
// inside by their value ("web-9" before "web-10"), a version before its longer
// form ("v1.9" before "v1.9.2") but after its pre-releases ("v1beta1" before
// "v1"). It is a strict weak order; texts that differ only in case or in
// leading zeros are equal.
func compareNatural(a, b string) int {
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

// isPreRelease tells whether the text goes on as that of a version that is not
// final: "-rc.1", "beta1".
func isPreRelease(s string) bool {
	if s[0] == '-' {
		s = s[1:]
	}
	return hasPrefixFold(s, "alpha") || hasPrefixFold(s, "beta") || hasPrefixFold(s, "rc")
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

// digits is the length of the number that the text begins with.
func digits(s string) int {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return n
}

// trimZeros takes leading zeros from a number, leaving at least one digit.
func trimZeros(s string) string {
	for len(s) > 1 && s[0] == '0' && isDigit(s[1]) {
		s = s[1:]
	}
	return s
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// hasPrefixFold tells whether the text begins with a prefix of small ASCII
// letters, whatever their case.
func hasPrefixFold(s, prefix string) bool {
	if len(s) < len(prefix) {
		return false
	}
	for i := range len(prefix) {
		if lower(s[i]) != prefix[i] {
			return false
		}
	}
	return true
}
