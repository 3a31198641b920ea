package timeline

import (
	"encoding/hex"

	"k8s.io/apimachinery/pkg/types"
)

// uidSize is how long a UID is that is spelled as RFC 4122 has it, and binarySize how long it is in binary.
const (
	uidSize    = 36
	binarySize = 16
)

// dashes are where such a UID has them.
func isDash(i int) bool { return i == 8 || i == 13 || i == 18 || i == 23 }

// appendUID writes a UID, in binary where it is one of those that servers make.
func appendUID(b []byte, uid types.UID) []byte {
	if digits, ok := digitsOf(uid); ok {
		var binary [binarySize]byte
		if _, err := hex.Decode(binary[:], digits[:]); err == nil {
			return append(append(b, 0), binary[:]...)
		}
	}
	return appendText(append(b, 1), uid)
}

// digitsOf gives the digits of a UID. It is false where other characters are in it than appendUID can spell again.
func digitsOf(uid types.UID) (digits [2 * binarySize]byte, ok bool) {
	if len(uid) != uidSize {
		return digits, false
	}
	n := 0
	for i := range len(uid) {
		c := uid[i]
		if isDash(i) != (c == '-') || c >= 'A' && c <= 'F' {
			return digits, false
		}
		if c != '-' {
			digits[n] = c
			n++
		}
	}
	return digits, true
}

func uidOf(binary []byte) types.UID {
	var text [uidSize]byte
	digits := hex.AppendEncode(nil, binary)
	for i := range text {
		if isDash(i) {
			text[i] = '-'
			continue
		}
		text[i], digits = digits[0], digits[1:]
	}
	return types.UID(text[:])
}
