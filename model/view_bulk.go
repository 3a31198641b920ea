package model

import (
	"bytes"
	"cmp"
	"runtime"
	"slices"
	"sync"

	kruntime "k8s.io/apimachinery/pkg/util/runtime"
)

// sort gives the rows of a base in the order. It gives up, and tells so, where
// that is outdated meanwhile.
func (o *order) sort(base list, outdated func() bool) (sorted list, ok bool) {
	return o.sortRuns(base, workers(base.len), outdated)
}

// sortRuns sorts a number of parts at the same time, and merges them.
func (o *order) sortRuns(base list, n int, outdated func() bool) (sorted list, ok bool) {
	runs := make([]run, n)
	shares(len(runs), base.chunks, func(i int, chunks [][]item) {
		r := &runs[i]
		if r.take(chunks, o.keyer(), outdated) {
			r.refine(r.entries, 0)
		}
	})
	if outdated() {
		return list{}, false
	}
	return mergeRuns(runs, base.len), true
}

// run is a part of a base that is being sorted.
type run struct {
	rows []*row
	// keys has the keys of all rows one after the other, starts where each
	// begins, and the last ends.
	keys    []byte
	starts  []int
	entries []entry
}

// entry stands for the nth row of a run. word has the bytes of its key that are
// compared at the moment.
type entry struct {
	word uint64
	n    int
}

func (r *run) key(n int) []byte { return r.keys[r.starts[n]:r.starts[n+1]] }

// take makes the keys of all rows.
func (r *run) take(chunks [][]item, k *keyer, outdated func() bool) bool {
	n := 0
	for _, c := range chunks {
		n += len(c)
	}
	r.rows, r.entries = make([]*row, 0, n), make([]entry, 0, n)
	r.starts = append(make([]int, 0, n+1), 0)
	for _, c := range chunks {
		if outdated() {
			return false
		}
		for _, it := range c {
			r.entries = append(r.entries, entry{n: len(r.rows)})
			r.rows = append(r.rows, it.row)
			r.keys = k.append(r.keys, it.row)
			r.starts = append(r.starts, len(r.keys))
		}
		runtime.Gosched() // a reader that waits for a processor goes first
	}
	return true
}

// refine sorts entries whose keys are the same up to depth: by the next eight
// bytes, then those that are the same there by what follows. As no key is the
// beginning of another, such keys all end there or none does; rows with the same
// key stay in the order of the base.
func (r *run) refine(entries []entry, depth int) {
	for i := range entries {
		entries[i].word = keyPrefix(r.key(entries[i].n)[depth:])
	}
	slices.SortFunc(entries, func(a, b entry) int {
		if c := cmp.Compare(a.word, b.word); c != 0 {
			return c
		}
		return cmp.Compare(a.n, b.n)
	})
	const step = 8
	for len(entries) > 0 {
		same := 1
		for same < len(entries) && entries[same].word == entries[0].word {
			same++
		}
		if same > 1 && len(r.key(entries[0].n)) > depth+step {
			r.refine(entries[:same], depth+step)
		}
		entries = entries[same:]
	}
}

// head gives the first row that is left, and its key.
func (r *run) head() (item, []byte) {
	n := r.entries[0].n
	key := r.key(n)
	return item{r.rows[n], keyPrefix(key)}, key
}

// mergeRuns makes one list of sorted runs.
func mergeRuns(runs []run, size int) list {
	type head struct {
		item
		key []byte
		run *run
	}
	var heads []head
	for i := range runs {
		if r := &runs[i]; len(r.entries) > 0 {
			it, key := r.head()
			heads = append(heads, head{it, key, r})
		}
	}
	var sorted list
	items := make([]item, 0, size)
	for len(heads) > 0 {
		least := 0
		for i := 1; i < len(heads); i++ { // of the same, that of the first run
			h, l := &heads[i], &heads[least]
			if h.prefix < l.prefix || (h.prefix == l.prefix && bytes.Compare(h.key, l.key) < 0) {
				least = i
			}
		}
		h := &heads[least]
		items = append(items, h.item)
		if h.run.entries = h.run.entries[1:]; len(h.run.entries) == 0 {
			heads = slices.Delete(heads, least, least+1)
			continue
		}
		h.item, h.key = h.run.head()
	}
	sorted.addSplit(items)
	return sorted
}

// workers is how many goroutines are worth their while for a number of rows.
func workers(rows int) int {
	const worthIt = 4 * chunkSize
	return min(runtime.GOMAXPROCS(0), 1+rows/worthIt)
}

// shares hands each of n goroutines its share of the chunks, and waits for them.
func shares(n int, chunks [][]item, do func(i int, chunks [][]item)) {
	var wg sync.WaitGroup
	for i := range n {
		share := chunks[i*len(chunks)/n : (i+1)*len(chunks)/n]
		wg.Go(func() {
			defer kruntime.HandleCrash()
			do(i, share)
		})
	}
	wg.Wait()
}
