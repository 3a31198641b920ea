package recording

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// roller drives a Roll as a recorder does, a second an entry.
type roller struct {
	*testing.T
	*Roll
	now  time.Time
	last time.Time
}

func newRoller(t *testing.T, dir string, limits Limits) *roller {
	t.Helper()
	roll, err := NewRoll(dir, limits)
	if err != nil {
		t.Fatal(err)
	}
	return &roller{T: t, Roll: roll, now: start}
}

// begin begins a segment with a state of three pods.
func (r *roller) begin() {
	r.Helper()
	h := Header{At: r.now, Types: sampleTypes(), Objects: 3, Continues: !r.last.IsZero(), Follows: r.last}
	if err := r.Begin(h); err != nil {
		r.Fatal(err)
	}
	r.last = r.now
	for i := range 3 {
		if err := r.Write(podEntry(Present, 0, i)); err != nil {
			r.Fatal(err)
		}
	}
}

// record records n changes, each of so many bytes that do not compress, a step of time apart.
func (r *roller) record(n int, step time.Duration, size int) {
	r.Helper()
	for range n {
		r.now = r.now.Add(step)
		if r.last.IsZero() || r.Due(r.now) {
			r.begin()
		}
		e := podEntry(Modified, 0, 1)
		e.At = r.now
		e.Object = []byte(fmt.Sprintf(`{"metadata":{"name":"web-1","resourceVersion":"1"},"data":%q}`, noise(size)))
		if err := r.Write(e); err != nil {
			r.Fatal(err)
		}
		if err := r.Flush(); err != nil {
			r.Fatal(err)
		}
	}
}

func names(t *testing.T, dir string) (all []string, size int64) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "dogwatch-*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has the mode %v", path, info.Mode())
		}
		size += info.Size()
		all = append(all, filepath.Base(path))
	}
	return all, size
}

func openPath(t *testing.T, path string) *Recording {
	t.Helper()
	rec, err := OpenPath(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = rec.Close() })
	return rec
}

// changes counts what can be read, and checks that the segments make one row.
func changes(t *testing.T, rec *Recording) (n int, first, last time.Time) {
	t.Helper()
	for i, s := range rec.Segments() {
		if i > 0 && !s.Continues {
			t.Errorf("segment %d of %s continues none", i, s.At)
		}
		err := s.Read(func(e *Entry) error {
			if e.Kind == Modified {
				if n++; first.IsZero() {
					first = e.At
				}
				last = e.At
			}
			return nil
		})
		var cut *CutError
		last := i == len(rec.Segments())-1
		if err != nil && (!last || !errors.As(err, &cut)) {
			t.Error(err)
		}
	}
	return n, first, last
}

func TestRollKeepsWhatIsYoung(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "flight")
	r := newRoller(t, dir, Limits{Keep: 2 * time.Hour})
	r.record(1000, 30*time.Second, 10)
	files, _ := names(t, dir)
	if len(files) < 20 || len(files) > parts+2 {
		t.Errorf("%d files: %v", len(files), files)
	}
	n, first, last := changes(t, openPath(t, dir))
	if kept := last.Sub(first); kept < 2*time.Hour-time.Minute || kept > 2*time.Hour+2*2*time.Hour/parts {
		t.Errorf("%d changes of %s are kept", n, kept)
	}
	if !last.Equal(r.now) {
		t.Errorf("the last is of %s, want %s", last, r.now)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if err := r.Close(r.now); err != nil {
		t.Error(err)
	}
}

// At no moment do the files take more than they may, that which is being written included.
func TestRollStaysWithinItsSize(t *testing.T) {
	dir := t.TempDir()
	const limit = 1 << 20
	r := newRoller(t, dir, Limits{Size: limit})
	for range 100 {
		r.record(10, time.Second, 4000)
		if _, size := names(t, dir); size > limit {
			t.Fatalf("%d bytes, may be %d", size, limit)
		}
	}
	n, _, last := changes(t, openPath(t, dir))
	if n < 150 || !last.Equal(r.now) {
		t.Errorf("%d changes are left, the last of %s; want more, and %s", n, last, r.now)
	}
	if r.Size() < limit*3/2 {
		t.Errorf("%d bytes were written", r.Size())
	}
	if err := r.Close(r.now); err != nil {
		t.Error(err)
	}
}

func TestRollThatIsTooSmallSaysSo(t *testing.T) {
	r := newRoller(t, t.TempDir(), Limits{Size: 1000})
	r.begin()
	e := podEntry(Modified, 1, 1)
	e.Object = []byte(fmt.Sprintf(`{"a":%q}`, noise(4000)))
	_ = r.Write(e)
	if err := r.Flush(); err == nil || !strings.Contains(err.Error(), "1000 bytes") {
		t.Errorf("%v", err)
	}
	_ = r.Close(r.now)
}

// A new run goes on in the directory; nobody recorded in between, and what it finds counts.
func TestRollGoesOnAfterARestart(t *testing.T) {
	dir := t.TempDir()
	foreign := filepath.Join(dir, "notes.txt")
	if err := os.WriteFile(foreign, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	one := newRoller(t, dir, Limits{Size: 1 << 20})
	one.record(20, time.Second, 4000)
	if _, err := NewRoll(dir, Limits{}); !errors.Is(err, ErrLocked) {
		t.Errorf("a second recorder: %v", err)
	}
	if err := one.Close(one.now); err != nil {
		t.Error(err)
	}
	two := newRoller(t, dir, Limits{Size: 1 << 20})
	two.now = one.now.Add(time.Hour)
	two.record(20, time.Second, 4000)
	rec := openPath(t, dir)
	gaps := rec.Info().Gaps
	if len(gaps) != 1 || !gaps[0].From.Equal(one.now) || !gaps[0].To.Equal(one.now.Add(time.Hour+time.Second)) {
		t.Errorf("gaps %+v", gaps)
	}
	if p := rec.Problems(); len(p) != 2 || !strings.Contains(p[1], "notes.txt: left out") {
		t.Errorf("problems %q", p)
	}
	two.record(1000, time.Second, 4000)
	if _, size := names(t, dir); size > 1<<20 {
		t.Errorf("%d bytes", size)
	}
	if _, err := os.Stat(foreign); err != nil {
		t.Errorf("a foreign file was dropped: %v", err)
	}
	if err := two.Close(two.now); err != nil {
		t.Error(err)
	}
}

// Files that are dropped while somebody reads stay readable; one that is missing is a gap.
func TestFilesVanishUnderAReader(t *testing.T) {
	dir := t.TempDir()
	r := newRoller(t, dir, Limits{Keep: time.Hour})
	r.record(60, 30*time.Second, 10)
	if err := r.Close(r.now); err != nil {
		t.Fatal(err)
	}
	before := openPath(t, dir)
	files, _ := names(t, dir)
	if err := os.Remove(filepath.Join(dir, files[3])); err != nil {
		t.Fatal(err)
	}
	if n, _, _ := changes(t, before); n != 60 {
		t.Errorf("%d changes, want 60", n)
	}
	if gaps := openPath(t, dir).Info().Gaps; len(gaps) != 1 || gaps[0].Type != "" {
		t.Errorf("gaps %+v", gaps)
	}
}
