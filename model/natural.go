package model

import (
	"unicode"
	"unicode/utf8"
)

// longestKey is how many bytes of a text are looked at to sort it: no number
// is longer than a byte can tell.
const longestKey = 255

// Marks in the bytes of a text. What is no mark is above them, or escaped.
const (
	keyPreRelease = iota
	keyEnd
	keyEscape
)

// appendNatural appends a text as bytes whose order is that in which people
// put texts: without regard to case, numbers inside by their value ("web-9"
// before "web-10"), a version before its longer form ("v1.9" before "v1.9.2")
// but after its pre-releases ("v1beta1" before "v1"). Texts that differ only in
// case or in leading zeros give the same bytes.
func appendNatural(key []byte, s string) []byte {
	s = s[:min(len(s), longestKey)]
	afterDigit := false
	for s != "" {
		if afterDigit && isPreRelease(s) {
			key = append(key, keyPreRelease)
		}
		if afterDigit = isDigit(s[0]); afterDigit {
			key, s = appendDigits(key, s)
		} else {
			key, s = appendRune(key, s)
		}
	}
	return append(key, keyEnd)
}

// appendDigits appends the number that a text begins with: a zero, which gives
// all numbers one place among the runes, then its length, then itself.
func appendDigits(key []byte, s string) (next []byte, rest string) {
	s = trimZeros(s)
	n := digits(s)
	key = append(key, '0', byte(n))
	return append(key, s[:n]...), s[n:]
}

// appendRune appends the first rune of a text as a small letter.
func appendRune(key []byte, s string) (next []byte, rest string) {
	if c := s[0]; c < utf8.RuneSelf {
		if c <= keyEscape {
			key = append(key, keyEscape)
		}
		return append(key, lower(c)), s[1:]
	}
	r, size := utf8.DecodeRuneInString(s)
	return utf8.AppendRune(key, unicode.ToLower(r)), s[size:]
}

// isPreRelease tells whether the text goes on as that of a version that is not
// final: "-rc.1", "beta1".
func isPreRelease(s string) bool {
	if s[0] == '-' {
		s = s[1:]
	}
	return hasPrefixFold(s, "alpha") || hasPrefixFold(s, "beta") || hasPrefixFold(s, "rc")
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
