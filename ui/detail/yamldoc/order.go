package yamldoc

import (
	"cmp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// compareKeys is kubectl's order of keys: as text, but that what is no letter
// comes before letters and numbers go by their value.
func compareKeys(a, b string) int {
	i := differ(a, b)
	if i == len(a) || i == len(b) {
		return cmp.Compare(len(a), len(b))
	}
	ra, _ := utf8.DecodeRuneInString(a[i:])
	rb, _ := utf8.DecodeRuneInString(b[i:])
	if rank := rankOf(ra); rank != rankOf(rb) {
		return cmp.Compare(rank, rankOf(rb))
	} else if rank == rankDigit {
		return compareNumbers(a, b, i)
	}
	return cmp.Compare(ra, rb)
}

const (
	rankSymbol = iota
	rankDigit
	rankLetter
)

func rankOf(r rune) int {
	switch {
	case unicode.IsLetter(r):
		return rankLetter
	case '0' <= r && r <= '9':
		return rankDigit
	default:
		return rankSymbol
	}
}

// differ is the start of the first rune in which a and b differ.
func differ(a, b string) int {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	for i > 0 && (i < len(a) && !utf8.RuneStart(a[i]) || i < len(b) && !utf8.RuneStart(b[i])) {
		i--
	}
	return i
}

// compareNumbers compares the numbers that a and b have around index i, up to
// which they are the same.
func compareNumbers(a, b string, i int) int {
	start := i
	for start > 0 && isDigit(a[start-1]) {
		start--
	}
	na, nb := digits(a[start:]), digits(b[start:])
	va, vb := strings.TrimLeft(na, "0"), strings.TrimLeft(nb, "0")
	return cmp.Or(
		cmp.Compare(len(va), len(vb)),
		strings.Compare(va, vb),
		cmp.Compare(len(na), len(nb)),
	)
}

func digits(s string) string {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return s[:n]
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
