package model

import (
	"regexp/syntax"
	"unicode/utf8"
)

// signature tells which letters, and which pairs of letters, some texts may
// have: most rows that a filter leaves out are known by it, without a look at
// their texts. Letters are ASCII characters in either case.
type signature struct {
	letters uint64
	pairs   uint64 // by a hash
}

// addText adds the letters of a text. One with other runes may have any: some
// are ASCII in the other case.
func (s *signature) addText(text string) {
	before := byte(0)
	for i := range len(text) {
		c := lower(text[i])
		if c >= utf8.RuneSelf {
			*s = signature{^uint64(0), ^uint64(0)}
			return
		}
		s.letters |= letterBit(c)
		if i > 0 {
			s.pairs |= pairBit(before, c)
		}
		before = c
	}
}

// addNeeded adds what a text must have to contain a word: pairs only where the
// word is to be found in one piece.
func (s *signature) addNeeded(word string, pairs bool) {
	for i := range len(word) {
		c := lower(word[i])
		if c >= utf8.RuneSelf {
			continue
		}
		s.letters |= letterBit(c)
		if pairs && i > 0 && word[i-1] < utf8.RuneSelf {
			s.pairs |= pairBit(lower(word[i-1]), c)
		}
	}
}

// addExpression adds what a text must have to match a regular expression.
func (s *signature) addExpression(pattern string) {
	if re, err := syntax.Parse(pattern, syntax.Perl); err == nil {
		s.addParsed(re)
	}
}

// addParsed adds the letters of those parts that every match has.
func (s *signature) addParsed(re *syntax.Regexp) {
	switch {
	case re.Op == syntax.OpLiteral:
		s.addNeeded(string(re.Rune), true)
	case re.Op == syntax.OpConcat, re.Op == syntax.OpCapture, re.Op == syntax.OpPlus, re.Op == syntax.OpRepeat && re.Min > 0:
		for _, part := range re.Sub {
			s.addParsed(part)
		}
	}
}

// lacks tells that the texts cannot have what is needed.
func (s signature) lacks(needed signature) bool {
	return needed.letters&^s.letters != 0 || needed.pairs&^s.pairs != 0
}

// letterBit gives each small letter, digit and common mark a bit of its own.
func letterBit(c byte) uint64 { return 1 << (c&0x1f | c&0x40>>1) }

func pairBit(a, b byte) uint64 {
	const spread = 0x9e3779b1 // 2^32 by the golden ratio
	return 1 << ((uint32(a)<<8 | uint32(b)) * spread >> 26)
}

// signatureOf is that of all texts in which a filter looks.
func signatureOf(o *Object, more []string) signature {
	var s signature
	s.addText(o.String())
	for i, cell := range o.Cells {
		if o.Columns.isText(i) {
			s.addText(cell)
		}
	}
	for _, text := range more {
		s.addText(text)
	}
	return s
}
