package stream

import (
	"fmt"
	"hash/fnv"
	"math/bits"
	"strconv"
	"strings"
)

// Shard is a part of all objects, by the hash of their uids that Kubernetes' own sharded lists and watches go by: so it may be the server that
// leaves the others out. The zero Shard is all of them.
type Shard struct {
	// Index is which of Count shards it is, from 0 on.
	Index, Count uint64
}

// ParseShard reads "0/3".
func ParseShard(text string) (Shard, error) {
	index, count, _ := strings.Cut(text, "/")
	var s Shard
	var err error
	if s.Index, err = strconv.ParseUint(index, 10, 16); err == nil {
		s.Count, err = strconv.ParseUint(count, 10, 16)
	}
	if err != nil || s.Index >= s.Count {
		return Shard{}, fmt.Errorf("%q is no shard: give 0/3, 1/3 and 2/3 for three", text)
	}
	return s, nil
}

// from is the first hash of a shard of so many.
func (s Shard) from() uint64 {
	first, _ := bits.Div64(s.Index, 0, s.Count)
	return first
}

// isLast tells whether hashes end with it.
func (s Shard) isLast() bool { return s.Index+1 == s.Count }

func (s Shard) next() Shard { return Shard{Index: s.Index + 1, Count: s.Count} }

// Has tells whether an object is in it.
func (s Shard) Has(uid string) bool {
	if s.Count <= 1 {
		return true
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(uid))
	hash := h.Sum64()
	return hash >= s.from() && (s.isLast() || hash < s.next().from())
}

// Selector is how a server is asked for it, "" for all.
func (s Shard) Selector() string {
	if s.Count <= 1 {
		return ""
	}
	end := "0x10000000000000000"
	if !s.isLast() {
		end = fmt.Sprintf("0x%016x", s.next().from())
	}
	return fmt.Sprintf("shardRange(object.metadata.uid, '0x%016x', '%s')", s.from(), end)
}
