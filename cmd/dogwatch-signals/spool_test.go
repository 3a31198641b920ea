package main

import (
	"bytes"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"testing"
)

// receiver takes events, unless it is down or fails at random.
type receiver struct {
	mu     sync.Mutex
	down   bool
	random *rand.Rand
	got    []received
}

type received struct {
	ID, Change, OldVersion, NewVersion, Notice string
	Object                                     struct{ Name string }
}

func (s *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	fate := s.random.IntN(12)
	if s.down || fate == 0 {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	if fate == 1 { // lost on the way
		panic(http.ErrAbortHandler)
	}
	for line := range bytes.Lines(body) {
		var e received
		if err := json.Unmarshal(line, &e); err != nil {
			panic(err)
		}
		s.got = append(s.got, e)
	}
	if fate == 2 { // taken, and the answer is lost
		panic(http.ErrAbortHandler)
	}
}

// changes gives the changes of an object, those that came twice once, and checks that each follows the one before it.
func (s *receiver) changes(t *testing.T, name string) []received {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []received
	seen := map[string]bool{}
	for _, e := range s.got {
		if e.Object.Name == name && !seen[e.ID] {
			if n := len(all); n > 0 && e.OldVersion != all[n-1].NewVersion {
				t.Fatalf("%+v follows %+v", e, all[n-1])
			}
			seen[e.ID] = true
			all = append(all, e)
		}
	}
	return all
}

func (s *receiver) watching() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := map[string]bool{}
	for _, e := range s.got {
		if e.Notice == "watching" {
			seen[e.ID] = true
		}
	}
	return len(seen)
}

func (s *receiver) set(down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = down
}

// A stream that is killed, again and again, on its way to a server that fails, loses nothing that it had in its spool.
func TestASpoolOutlivesKills(t *testing.T) {
	s := newShop(t)
	to := &receiver{random: rand.New(rand.NewPCG(5, 6))}
	server := httptest.NewServer(to)
	defer server.Close()
	dir := t.TempDir()
	// spooled tells whether there is an event of an object with a value: between two events there are zeros.
	spooled := func(name, value string) bool {
		event := regexp.MustCompile(`"name":"` + name + `"[^\x00]*"` + value + `"`)
		segments, _ := filepath.Glob(filepath.Join(dir, "*.spool"))
		return slices.ContainsFunc(segments, func(path string) bool {
			content, err := os.ReadFile(path)
			return err == nil && event.Match(content)
		})
	}
	const each = 40
	names := []string{"web-0", "web-1", "web-2"}
	for _, name := range names {
		s.label(name, 0)
	}
	n := 0
	for round := range 3 {
		to.set(true)
		command := s.process("--format", "json", "--to", server.URL, "--spool", dir, "--batch", "20")
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		// What an earlier one told is still there; that this one watches it tells by a label of its own.
		probe := "probe-" + strconv.Itoa(round)
		eventually(t, "its being watched", func() bool {
			s.label(probe, 0)
			s.label(probe, 1)
			return spooled(probe, "1")
		})
		for range each {
			n++
			for _, name := range names {
				s.label(name, n)
			}
		}
		for _, name := range names {
			eventually(t, "the changes in the spool", func() bool { return spooled(name, strconv.Itoa(n)) })
		}
		if round > 0 { // it is killed amid what it sends
			before := len(to.changes(t, names[0]))
			to.set(false)
			eventually(t, "some changes", func() bool { return len(to.changes(t, names[0])) > before+2 })
		}
		if err := command.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = command.Wait()
	}
	to.set(false)
	command := s.process("--format", "json", "--to", server.URL, "--spool", dir, "--batch", "20")
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		eventually(t, "all changes of "+name, func() bool { return len(to.changes(t, name)) >= n })
		if all := to.changes(t, name); len(all) != n {
			t.Errorf("%d changes of %s came, not %d", len(all), name, n)
		}
	}
	eventually(t, "the last notice", func() bool { return to.watching() == 4 })
	if err := command.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := command.Wait(); err != nil {
		t.Errorf("it ends with %v", err)
	}
}
