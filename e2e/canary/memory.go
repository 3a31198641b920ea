package canary

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// piece is how much memory is looked at at a time.
const piece = 4 << 20

// InMemory finds the canary in all memory that a process can read. It is for Linux; the process must be a child of this one's,
// or this one must be allowed to trace it. What the process changes meanwhile may be missed.
func (c Canary) InMemory(pid int) ([]Find, error) {
	regions, err := readable(pid)
	if err != nil {
		return nil, err
	}
	mem, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		return nil, fmt.Errorf("opening the memory of process %d: %w", pid, err)
	}
	defer mem.Close()
	var found []Find
	for _, r := range regions {
		found = append(found, c.inRegion(mem, r)...)
	}
	return found, nil
}

// region is a part of a process's memory.
type region struct {
	begin, end uint64
	name       string
}

// readable lists what a process can read of its memory.
func readable(pid int) ([]region, error) {
	maps, err := os.Open(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		return nil, fmt.Errorf("reading what memory process %d has: %w", pid, err)
	}
	defer maps.Close()
	var regions []region
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		var r region
		var perms, offset, device, inode string
		if _, err := fmt.Sscanf(lines.Text(), "%x-%x %s %s %s %s", &r.begin, &r.end, &perms, &offset, &device, &inode); err != nil {
			return nil, fmt.Errorf("reading what memory process %d has: %q: %w", pid, lines.Text(), err)
		}
		if fields := strings.Fields(lines.Text()); len(fields) > 5 {
			r.name = fields[5]
		}
		// The kernel's own pages cannot be read through the file.
		if strings.HasPrefix(perms, "r") && !strings.HasPrefix(r.name, "[v") {
			regions = append(regions, r)
		}
	}
	return regions, nil
}

// inRegion looks through a region piece by piece. Pages that cannot be read, as some of a device's, hold nothing.
func (c Canary) inRegion(mem io.ReaderAt, r region) []Find {
	var found []Find
	overlap := uint64(c.longest() - 1)
	buffer := make([]byte, piece)
	for at := r.begin; at < r.end; {
		n, err := mem.ReadAt(buffer[:min(piece, r.end-at)], int64(at))
		for _, f := range c.In(fmt.Sprintf("%x-%x %s", r.begin, r.end, r.name), buffer[:n]) {
			f.Offset += int64(at - r.begin)
			found = append(found, f)
		}
		if n == 0 || err != nil && !errors.Is(err, io.EOF) || uint64(n) <= overlap || at+uint64(n) >= r.end {
			break
		}
		at += uint64(n) - overlap
	}
	return found
}
