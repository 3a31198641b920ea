package informers

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/subtle"
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"github.com/dogwatch/dogwatch/model/mask"
)

// Marks tell that a masked value is another than before, of which its size may say nothing: a password that is renewed has as many characters. A mark is a
// code of the value, of its object and its place there under a key that is in this memory alone, so that it tells nothing else: the same value elsewhere has another
// mark, and so it has in the next process. One change in 65,536 has the mark that was before. They may be used by several goroutines at once.
type Marks struct {
	block cipher.Block
}

// NewMarks makes the marks of a process.
func NewMarks() (*Marks, error) {
	key := make([]byte, aes.BlockSize)
	defer clear(key)
	if _, err := rand.Read(key); err != nil {
		return nil, fmt.Errorf("making a key for marks of secrets: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("making a key for marks of secrets: %w", err)
	}
	return &Marks{block: block}, nil
}

// of gives the mark of a value at a place in an object. It is a CBC-MAC, which needs no copy of the value: hashes keep a block of what they are given. The
// lengths in the first block make it sound for texts of any length.
func (m *Marks) of(uid string, place, value []byte) string {
	var state [aes.BlockSize]byte
	binary.BigEndian.PutUint64(state[:], uint64(len(value)))
	binary.BigEndian.PutUint32(state[8:], uint32(len(uid)))
	binary.BigEndian.PutUint32(state[12:], uint32(len(place)))
	m.block.Encrypt(state[:], state[:])
	for _, text := range [][]byte{[]byte(uid), place, value} {
		for len(text) > 0 {
			n := subtle.XORBytes(state[:], state[:], text)
			m.block.Encrypt(state[:], state[:])
			text = text[n:]
		}
	}
	return hex.EncodeToString(state[:mask.MarkSize])
}
