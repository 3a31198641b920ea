package spool_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/dogwatch/dogwatch/stream"
	"github.com/dogwatch/dogwatch/stream/spool"
)

// childDir has this program put messages into a directory, for the test that kills it.
const childDir = "DOGWATCH_TEST_SPOOL"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		fmt.Fprintln(os.Stderr, putForEver(dir))
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}

func open(t *testing.T, dir string, limit int64) *spool.Spool {
	t.Helper()
	s, err := spool.Open(dir, "json", limit)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func message(n int) stream.Message {
	return stream.Message{
		ID: strconv.Itoa(n), Key: "k", Type: "change.updated", Cluster: "c", Resource: "pods", Namespace: "shop", Name: "web",
		Body: []byte(strings.Repeat("x", n%50) + strconv.Itoa(n)),
	}
}

func put(t *testing.T, s *spool.Spool, from, to int) {
	t.Helper()
	for n := from; n < to; n++ {
		if err := s.Put(t.Context(), message(n)); err != nil {
			t.Fatal(err)
		}
	}
}

// take takes messages off, and checks that they are those from a number on.
func take(t *testing.T, s *spool.Spool, from, to int) {
	t.Helper()
	for from < to {
		batch, err := s.Peek(t.Context(), to-from)
		if err != nil {
			t.Fatal(err)
		}
		for i := range batch {
			if want := message(from + i); fmt.Sprint(batch[i]) != fmt.Sprint(want) {
				t.Fatalf("got %+v, want %+v", batch[i], want)
			}
		}
		if err := s.Drop(len(batch)); err != nil {
			t.Fatal(err)
		}
		from += len(batch)
	}
}

func end(t *testing.T, s *spool.Spool) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func checkWhole(t *testing.T, s *spool.Spool) {
	t.Helper()
	if d := s.Damage(); d != nil {
		t.Errorf("damaged: %+v", d)
	}
}

const plenty = 1 << 30

func TestWhatWasNotDeliveredIsThereTheNextTime(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, plenty)
	put(t, s, 0, 100)
	take(t, s, 0, 30)
	end(t, s)
	s = open(t, dir, plenty)
	checkWhole(t, s)
	if s.Len() != 70 {
		t.Errorf("%d wait, not 70", s.Len())
	}
	put(t, s, 100, 110)
	take(t, s, 30, 105)
	end(t, s)
	s = open(t, dir, plenty)
	s.Seal()
	take(t, s, 105, 110)
	if _, err := s.Peek(t.Context(), 1); !errors.Is(err, io.EOF) {
		t.Errorf("at the end it says %v", err)
	}
	end(t, s)
	if left, _ := filepath.Glob(filepath.Join(dir, "*.spool")); len(left) > 0 {
		t.Errorf("all is delivered, and there are %v", left)
	}
	s = open(t, dir, plenty)
	put(t, s, 110, 111)
	take(t, s, 110, 111)
	end(t, s)
}

// Whatever is done, in whatever order, messages come out as they went in.
func TestAnyOrderOfPutsAndTakes(t *testing.T) {
	for seed := range uint64(6) {
		random := rand.New(rand.NewPCG(seed, 1))
		dir := t.TempDir()
		const limit = 16 << 10 // segments of 1 KiB
		s := open(t, dir, limit)
		in, out := 0, 0
		for range 300 {
			switch random.IntN(10) {
			case 0:
				end(t, s)
				s = open(t, dir, limit)
			case 1, 2, 3:
				n := random.IntN(20)
				if s.Bytes() < limit*2/3 {
					put(t, s, in, in+n)
					in += n
				}
			case 4:
				if in > out { // what is looked at and not taken comes again
					if _, err := s.Peek(t.Context(), 1+random.IntN(10)); err != nil {
						t.Fatal(err)
					}
				}
			default:
				n := random.IntN(in - out + 1)
				take(t, s, out, out+n)
				out += n
			}
			if s.Len() != in-out {
				t.Fatalf("seed %d: %d wait, not %d", seed, s.Len(), in-out)
			}
		}
		take(t, s, out, in)
		checkWhole(t, s)
		end(t, s)
	}
}

func TestAFullSpoolTakesNoMore(t *testing.T) {
	const limit = 16 << 10
	s := open(t, t.TempDir(), limit)
	defer end(t, s)
	full := errors.New("full")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(full)
	in := 0
	var err error
	for ; err == nil; in++ {
		err = s.Put(ctx, message(in))
	}
	in-- // the last one was not taken
	if !errors.Is(err, full) || s.Bytes() > limit || s.Bytes() < limit*3/4 {
		t.Errorf("with %d bytes of %d: %v", s.Bytes(), limit, err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Put(t.Context(), message(in)) }()
	take(t, s, 0, in/2)
	if err := <-done; err != nil {
		t.Error(err)
	}
	take(t, s, in/2, in+1)
}

func TestASpoolIsForOneProcessAndOneFormat(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "spool")
	s := open(t, dir, plenty)
	put(t, s, 0, 1)
	checkPrivate(t, dir)
	if _, err := spool.Open(dir, "json", plenty); err == nil || !strings.Contains(err.Error(), "in use by another process") {
		t.Errorf("a second one gets %v", err)
	}
	end(t, s)
	if _, err := spool.Open(dir, "cloudevents", plenty); err == nil || !strings.Contains(err.Error(), "holds events as json") {
		t.Errorf("another format gets %v", err)
	}
	s = open(t, dir, plenty)
	take(t, s, 0, 1)
	end(t, s)
	s, err := spool.Open(dir, "cloudevents", plenty)
	if err != nil {
		t.Fatal(err)
	}
	end(t, s)
}

// checkPrivate checks that nobody else may read a spool.
func checkPrivate(t *testing.T, dir string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		return
	}
	seen := 0
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		seen++
		info, err := entry.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("others may read %s: %v", path, info.Mode())
		}
		return err
	})
	if err != nil || seen < 4 { // itself, the lock, the position, a segment
		t.Errorf("%d are there, %v", seen, err)
	}
}

// What breaks costs what it must, and is counted.
func TestDamageIsCounted(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, 16<<10)
	put(t, s, 0, 60)
	end(t, s)
	segments, err := filepath.Glob(filepath.Join(dir, "*.spool"))
	if err != nil || len(segments) < 4 {
		t.Fatalf("segments %v, %v", segments, err)
	}
	second := number(t, segments[1])
	third := number(t, segments[2])
	text, err := os.ReadFile(segments[1])
	if err != nil {
		t.Fatal(err)
	}
	text[len(text)/2] ^= 1
	if err := os.WriteFile(segments[1], text, 0o600); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, 16<<10)
	checkWhole(t, s)
	var got []int
	for s.Len() > 0 {
		batch, err := s.Peek(t.Context(), 7)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range batch {
			n, _ := strconv.Atoi(m.ID)
			got = append(got, n)
		}
		if err := s.Drop(len(batch)); err != nil {
			t.Fatal(err)
		}
	}
	damage := s.Damage()
	if len(damage) != 1 || damage[0].Lost == 0 || damage[0].Lost > uint64(third-second) || len(got)+int(damage[0].Lost) != 60 {
		t.Errorf("%d messages came, lost are %+v", len(got), damage)
	}
	for i := 1; i < len(got); i++ {
		if got[i] <= got[i-1] {
			t.Errorf("%d comes after %d", got[i], got[i-1])
		}
	}
	end(t, s)
}

// number is that of the first message of a segment, from 0 on.
func number(t *testing.T, path string) int {
	t.Helper()
	n, err := strconv.Atoi(strings.TrimSuffix(filepath.Base(path), ".spool"))
	if err != nil {
		t.Fatal(err)
	}
	return n - 1
}

// Wherever the last message breaks off, those before it are there, and others can follow.
func TestATornEndIsCutOff(t *testing.T) {
	whole := t.TempDir()
	s := open(t, whole, plenty)
	put(t, s, 0, 3)
	end(t, s)
	segments, err := filepath.Glob(filepath.Join(whole, "*.spool"))
	if err != nil || len(segments) != 1 {
		t.Fatalf("segments %v, %v", segments, err)
	}
	text, err := os.ReadFile(segments[0])
	if err != nil {
		t.Fatal(err)
	}
	for cut := 0; cut < len(text); cut += 3 {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(segments[0])), text[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		s := open(t, dir, plenty)
		n := s.Len()
		if n > 2 {
			t.Fatalf("%d bytes of %d hold %d messages", cut, len(text), n)
		}
		take(t, s, 0, n)
		put(t, s, n, n+2)
		take(t, s, n, n+2)
		end(t, s)
	}
}

// putForEver puts messages, and prints the number of each that is put.
func putForEver(dir string) error {
	s, err := spool.Open(dir, "json", plenty)
	if err != nil {
		return err
	}
	first := 0
	if text, err := os.ReadFile(filepath.Join(dir, "first")); err == nil {
		first, _ = strconv.Atoi(string(text))
	}
	for n := first; ; n++ {
		if err := s.Put(context.Background(), message(n)); err != nil {
			return err
		}
		if _, err := fmt.Println(n); err != nil {
			return err
		}
	}
}

// A process that is killed, again and again, loses nothing that it had put.
func TestNothingIsLostByAKill(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts processes")
	}
	dir := t.TempDir()
	in, out := 0, 0
	for round := range 5 {
		if err := os.WriteFile(filepath.Join(dir, "first"), []byte(strconv.Itoa(in)), 0o600); err != nil {
			t.Fatal(err)
		}
		command := exec.CommandContext(t.Context(), os.Args[0])
		command.Env = append(os.Environ(), childDir+"="+dir)
		pipe, err := command.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(pipe)
		for range 50 + 37*round {
			if !lines.Scan() {
				t.Fatal("the process has ended")
			}
		}
		if err := command.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		last := 0
		for more := true; more; more = lines.Scan() { // what it had said by then
			if n, err := strconv.Atoi(lines.Text()); err == nil {
				last = n
			}
		}
		_ = command.Wait()
		s := open(t, dir, plenty)
		there := s.Len() - (in - out)
		if there < last+1-in {
			t.Fatalf("%d messages were put, and %d are there", last+1-in, there)
		}
		in += there
		take(t, s, out, out+(in-out)/2)
		out += (in - out) / 2
		end(t, s)
	}
}

func TestOneMessageHasRoomAlways(t *testing.T) {
	s, err := spool.Open(t.TempDir(), "json", 1000)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Put(ctx, stream.Message{Body: make([]byte, 2000)}); err != nil {
		t.Errorf("an empty spool takes none: %v", err)
	}
}
