package model

import (
	"encoding/binary"
	"math"
)

// value is a cell made ready for comparison.
type value struct {
	text string
	num  float64
	kind valueKind
}

// valueKind orders values of different kinds: what is missing comes last,
// whichever way the column is sorted.
type valueKind uint8

const (
	number  valueKind = 1 // by num, then by text
	word    valueKind = 2
	missing valueKind = math.MaxUint8
)

// append appends the value as bytes whose order is that of the values. None is
// the beginning of another, so that those of several values may follow one
// another.
func (v value) append(key []byte, descending bool) []byte {
	from := len(key)
	key = append(key, byte(v.kind))
	if v.kind == missing {
		return key
	}
	if v.kind == number {
		key = binary.BigEndian.AppendUint64(key, orderedBits(v.num))
	}
	key = appendNatural(key, v.text)
	if descending {
		for i := range key[from:] {
			key[from+i] = ^key[from+i]
		}
	}
	return key
}

// orderedBits gives a number, but for NaN, as bits in the order of the numbers.
func orderedBits(n float64) uint64 {
	const sign = 1 << 63
	bits := math.Float64bits(n + 0) // there is no -0
	if bits&sign != 0 {
		return ^bits
	}
	return bits | sign
}

// keyPrefix gives the first eight bytes of a key, in its order.
func keyPrefix(key []byte) uint64 {
	if len(key) >= 8 {
		return binary.BigEndian.Uint64(key)
	}
	var prefix [8]byte
	copy(prefix[:], key)
	return binary.BigEndian.Uint64(prefix[:])
}
