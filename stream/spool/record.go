package spool

import (
	"encoding/binary"
	"errors"
	"hash/crc32"

	"github.com/dogwatch/dogwatch/stream"
)

// headSize is the length of a record's head: the length of what follows, and its checksum.
const headSize = 8

// maxRecord is how long a record can be: a length beyond it is damage.
const maxRecord = 256 << 20

var errDamaged = errors.New("it is damaged")

// checksum is that of CRC-32C.
func checksum(text []byte) uint32 { return crc32.Checksum(text, crc32.MakeTable(crc32.Castagnoli)) }

// appendRecord writes a message.
func appendRecord(out []byte, m *stream.Message) []byte {
	begin := len(out)
	out = append(out, make([]byte, headSize)...)
	for _, text := range []string{m.ID, m.Key, m.Type, m.Cluster, m.Resource, m.Namespace, m.Name} {
		out = append(binary.AppendUvarint(out, uint64(len(text))), text...)
	}
	out = append(out, m.Body...)
	text := out[begin+headSize:]
	binary.LittleEndian.PutUint32(out[begin:], uint32(len(text)))
	binary.LittleEndian.PutUint32(out[begin+4:], checksum(text))
	return out
}

// readHead gives the length of what follows a record's head, and its checksum.
func readHead(head []byte) (length int64, sum uint32, err error) {
	length = int64(binary.LittleEndian.Uint32(head))
	if length > maxRecord {
		return 0, 0, errDamaged
	}
	return length, binary.LittleEndian.Uint32(head[4:]), nil
}

// readMessage reads what follows the head. The message keeps the text.
func readMessage(text []byte, sum uint32) (stream.Message, error) {
	var m stream.Message
	if checksum(text) != sum {
		return m, errDamaged
	}
	for _, to := range []*string{&m.ID, &m.Key, &m.Type, &m.Cluster, &m.Resource, &m.Namespace, &m.Name} {
		n, size := binary.Uvarint(text)
		if size <= 0 || n > uint64(len(text)-size) {
			return m, errDamaged
		}
		*to, text = string(text[size:size+int(n)]), text[size+int(n):]
	}
	m.Body = text
	return m, nil
}
