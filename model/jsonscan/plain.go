package jsonscan

import (
	"encoding/binary"
	"math/bits"
)

// Eight characters are looked at at once, one a byte of a word.
const (
	word8  = 8
	each   = 0x0101010101010101
	highs  = 0x8080808080808080
	quotes = each * '"'
	slopes = each * '\\'
)

// plainEnd gives the index of the first character from i on that is not simply part of a string: a quote, a backslash or a control
// character.
func plainEnd(text []byte, i int) int {
	for ; i+word8 <= len(text); i += word8 {
		w := binary.LittleEndian.Uint64(text[i:])
		q, s := w^quotes, w^slopes
		// The lowest bit that is set tells of the first such character; higher ones may be wrong.
		if found := ((q-each)&^q | (s-each)&^s | (w-each*' ')&^w) & highs; found != 0 {
			return i + bits.TrailingZeros64(found)/word8
		}
	}
	for i < len(text) && text[i] >= ' ' && text[i] != '"' && text[i] != '\\' {
		i++
	}
	return i
}

// quoted gives the index of the first quote or backslash from i on.
func quoted(text []byte, i int) int {
	for ; i+word8 <= len(text); i += word8 {
		w := binary.LittleEndian.Uint64(text[i:])
		q, s := w^quotes, w^slopes
		if found := ((q-each)&^q | (s-each)&^s) & highs; found != 0 {
			return i + bits.TrailingZeros64(found)/word8
		}
	}
	for i < len(text) && text[i] != '"' && text[i] != '\\' {
		i++
	}
	return i
}
