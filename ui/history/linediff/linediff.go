// Package linediff finds out how one list of lines becomes another.
package linediff

// Op is a run of lines: those that both have, or those that one of them has.
type Op struct {
	// Old and New are where the run begins, OldLen and NewLen how long it is in each. The lines are the same where Same; of the others one
	// of the two lengths may be 0.
	Old, OldLen int
	New, NewLen int
	Same        bool
}

// maxCost bounds the lines that go or come in what is compared line by line: time and memory grow with its square.
const maxCost = 1200

// Diff gives the runs that make b of a, in order, with as few lines that differ as can be. fine is false where there were too many to look
// for the fewest: then all between what they begin and end with is one run.
func Diff(a, b []string) (ops []Op, fine bool) {
	begin := 0
	for begin < min(len(a), len(b)) && a[begin] == b[begin] {
		begin++
	}
	end := 0
	for end < min(len(a), len(b))-begin && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	var d differ
	d.same(0, 0, begin)
	middle, fine := shortest(numbered(a[begin:len(a)-end], b[begin:len(b)-end]))
	if fine {
		for _, run := range middle {
			d.same(begin+run.old, begin+run.new, run.length)
		}
	}
	d.same(len(a)-end, len(b)-end, end)
	d.differ(len(a), len(b))
	return d.ops, fine
}

// differ collects runs.
type differ struct {
	ops      []Op
	old, new int // how far it has come
}

// same adds what both have from here on, and before it what differs.
func (d *differ) same(old, new, length int) {
	if length == 0 {
		return
	}
	d.differ(old, new)
	if last := len(d.ops) - 1; last >= 0 && d.ops[last].Same {
		d.ops[last].OldLen += length
		d.ops[last].NewLen += length
	} else {
		d.ops = append(d.ops, Op{Old: old, OldLen: length, New: new, NewLen: length, Same: true})
	}
	d.old, d.new = old+length, new+length
}

// differ adds what differs up to here.
func (d *differ) differ(old, new int) {
	if old > d.old || new > d.new {
		d.ops = append(d.ops, Op{Old: d.old, OldLen: old - d.old, New: d.new, NewLen: new - d.new})
	}
	d.old, d.new = old, new
}

// numbered gives each line a number, so that comparing costs no more for long ones.
func numbered(a, b []string) (x, y []int32) {
	numbers := make(map[string]int32, len(a)+len(b))
	number := func(lines []string) []int32 {
		out := make([]int32, len(lines))
		for i, line := range lines {
			n, ok := numbers[line]
			if !ok {
				n = int32(len(numbers))
				numbers[line] = n
			}
			out[i] = n
		}
		return out
	}
	return number(a), number(b)
}

// run is some lines that both have.
type run struct{ old, new, length int }

// shortest is Myers' algorithm ("An O(ND) Difference Algorithm", 1986): it goes as far as it can along each diagonal with ever more lines that
// differ, and then back. It gives up beyond maxCost.
func shortest(a, b []int32) (runs []run, ok bool) {
	var rows [][]int32 // of each cost, how far each diagonal led: rows[cost][cost+diagonal]
	for cost := 0; cost <= maxCost; cost++ {
		row := make([]int32, 2*cost+1)
		rows = append(rows, row)
		for k := -cost; k <= cost; k += 2 {
			x := from(rows, cost, k)
			for x >= 0 && x < len(a) && x-k >= 0 && x-k < len(b) && a[x] == b[x-k] {
				x++
			}
			row[cost+k] = int32(x)
			if x >= len(a) && x-k >= len(b) {
				return back(rows, len(a), len(b)), true
			}
		}
	}
	return nil, false
}

// from is where a diagonal is entered with one more line that differs than before.
func from(rows [][]int32, cost, k int) int {
	if cost == 0 {
		return 0
	}
	before := rows[cost-1]
	if k == -cost || k != cost && before[cost-1+k-1] < before[cost-1+k+1] {
		return int(before[cost-1+k+1]) // one line came
	}
	return int(before[cost-1+k-1]) + 1 // one line went
}

// back follows the way back to the beginning, and gives the runs along it.
func back(rows [][]int32, x, y int) []run {
	var runs []run
	for cost := len(rows) - 1; cost >= 0; cost-- {
		k := x - y
		begin := from(rows, cost, k)
		if length := x - begin; length > 0 {
			runs = append(runs, run{begin, begin - k, length})
		}
		x, y = begin, begin-k
		if cost == 0 {
			break
		}
		if before := rows[cost-1]; k == -cost || k != cost && before[cost-1+k-1] < before[cost-1+k+1] {
			y--
		} else {
			x--
		}
	}
	for i, j := 0, len(runs)-1; i < j; i, j = i+1, j-1 {
		runs[i], runs[j] = runs[j], runs[i]
	}
	return runs
}
