package follow

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
	"go.uber.org/goleak"

	"github.com/dogwatch/dogwatch/config"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must come.
const patience = time.Minute

// follower is a file that is followed.
type follower struct {
	*testing.T
	dir, path string
	applied   chan []string
	states    chan State
}

// follow follows path in a folder, in which prepare has put something.
func follow(t *testing.T, name string, prepare func(f *follower)) *follower {
	t.Helper()
	return followFile(t, name, fsnotify.NewWatcher, prepare)
}

func followFile(t *testing.T, name string, open func() (*fsnotify.Watcher, error), prepare func(f *follower)) *follower {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	f := &follower{T: t, dir: dir, path: filepath.Join(dir, name), applied: make(chan []string, 100), states: make(chan State, 100)}
	prepare(f)
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan struct{})
	source := NewFile(f.path)
	source.open = open
	follower := New(Options{
		Source: source,
		Apply: func(c config.Config) error {
			names := typesOf(c)
			for _, file := range c.Rules {
				names = append(names, strings.TrimSpace(string(file.Content)))
			}
			f.applied <- names
			return nil
		},
		Changed: func(s State) { f.states <- s },
	})
	go func() { defer close(done); follower.Run(ctx) }()
	t.Cleanup(func() { stop(); <-done })
	return f
}

func typesOf(c config.Config) []string {
	var types []string
	for _, tab := range c.Types {
		types = append(types, tab.Types)
	}
	return types
}

func (f *follower) write(name, content string) {
	f.Helper()
	f.must(os.WriteFile(filepath.Join(f.dir, name), []byte(content), 0o600))
}

func (f *follower) must(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

// await waits until it is said so, in one of the next states.
func (f *follower) await(what string) State {
	f.Helper()
	late := time.After(patience)
	for {
		select {
		case s := <-f.states:
			if (what == "") == (s.Problem == "") && strings.Contains(s.Problem, what) {
				return s
			}
		case <-late:
			f.Fatalf("waited in vain for its being said %q", what)
		}
	}
}

// awaitTypes waits until these types are applied, after others perhaps that were read in between.
func (f *follower) awaitTypes(types ...string) {
	f.Helper()
	late := time.After(patience)
	for {
		select {
		case got := <-f.applied:
			if slices.Equal(got, types) {
				return
			}
		case s := <-f.states:
			f.Logf("%+v", s)
		case <-late:
			f.Fatalf("waited in vain for %v", types)
		}
	}
}

func types(names ...string) string { return "types: [" + strings.Join(names, ", ") + "]\n" }

// Each way in which a file is saved is noticed, again and again.
func TestEachWayOfSavingIsFollowed(t *testing.T) {
	over := func(f *follower, content string) { f.write("config.yaml", content) } // truncated and written
	for name, c := range map[string]struct {
		prepare func(f *follower)
		save    func(f *follower, content string)
	}{
		"truncate and write": {func(f *follower) { over(f, types("pods")) }, over},
		"rename over": {func(f *follower) { over(f, types("pods")) }, func(f *follower, content string) {
			f.write("config.yaml~", content)
			f.must(os.Rename(filepath.Join(f.dir, "config.yaml~"), f.path))
		}},
		"remove, then write": {func(f *follower) { over(f, types("pods")) }, func(f *follower, content string) {
			f.must(os.Rename(f.path, filepath.Join(f.dir, "backup"))) // as vi does with its backup
			over(f, content)
		}},
		"in two writes": {func(f *follower) { over(f, types("pods")) }, func(f *follower, content string) {
			file, err := os.OpenFile(f.path, os.O_WRONLY|os.O_TRUNC, 0)
			f.must(err)
			for _, part := range []string{content[:9], content[9:]} {
				_, err := file.WriteString(part)
				f.must(err)
			}
			f.must(file.Close())
		}},
		"the file that a link leads to": {func(f *follower) {
			f.must(os.Mkdir(filepath.Join(f.dir, "dotfiles"), 0o700))
			f.write("dotfiles/mine", types("pods"))
			f.must(os.Symlink("dotfiles/mine", f.path))
		}, func(f *follower, content string) { f.write("dotfiles/mine", content) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := follow(t, "config.yaml", c.prepare)
			for _, names := range [][]string{{"pods", "nodes"}, {"nodes"}, {"deploy", "pods", "nodes"}} {
				c.save(f, types(names...))
				f.awaitTypes(names...)
			}
		})
	}
}

// A ConfigMap that is mounted is a link to a folder, by way of a link that is replaced.
func TestAMountedConfigMapIsFollowed(t *testing.T) {
	n := 0
	swap := func(f *follower, content string) {
		before, _ := os.Readlink(filepath.Join(f.dir, "..data"))
		n++
		folder := fmt.Sprintf("..2026_%d", n)
		f.must(os.Mkdir(filepath.Join(f.dir, folder), 0o700))
		f.write(folder+"/config.yaml", content)
		f.must(os.Symlink(folder, filepath.Join(f.dir, "..data_tmp")))
		f.must(os.Rename(filepath.Join(f.dir, "..data_tmp"), filepath.Join(f.dir, "..data")))
		if before != "" {
			f.must(os.RemoveAll(filepath.Join(f.dir, before)))
		}
	}
	f := follow(t, "config.yaml", func(f *follower) {
		swap(f, types("pods"))
		f.must(os.Symlink("..data/config.yaml", f.path))
	})
	f.awaitTypes("pods")
	for _, names := range [][]string{{"pods", "nodes"}, {"nodes"}, {"deploy"}} {
		swap(f, types(names...))
		f.awaitTypes(names...)
	}
}

func TestAFileThatIsMadeLaterIsFollowed(t *testing.T) {
	f := follow(t, "a/b/config.yaml", func(*follower) {})
	f.await("there is no such file")
	f.must(os.MkdirAll(filepath.Join(f.dir, "a/b"), 0o700))
	f.write("a/b/config.yaml", types("pods"))
	f.awaitTypes("pods")
	f.must(os.RemoveAll(filepath.Join(f.dir, "a")))
	f.await("there is no such file")
	f.must(os.MkdirAll(filepath.Join(f.dir, "a/b"), 0o700))
	f.write("a/b/config.yaml", types("nodes"))
	f.awaitTypes("nodes")
}

// Where the system tells of no changes, of a folder or of any, the file is read every while.
func TestAFileIsFollowedWhereTheSystemTellsOfNothing(t *testing.T) {
	for name, open := range map[string]func() (*fsnotify.Watcher, error){
		"none at all": func() (*fsnotify.Watcher, error) { return nil, errors.New("too many") },
		"not of the folder": func() (*fsnotify.Watcher, error) {
			watcher, err := fsnotify.NewWatcher()
			if err == nil {
				err = watcher.Close() // so that it takes no folder
			}
			return watcher, err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := followFile(t, "config.yaml", open, func(f *follower) { f.write("config.yaml", types("pods")) })
			f.awaitTypes("pods")
			f.write("config.yaml", types("nodes"))
			f.awaitTypes("nodes")
		})
	}
}

// What is wrong changes nothing, and is said with its place.
func TestABadEditKeepsWhatWas(t *testing.T) {
	f := follow(t, "config.yaml", func(f *follower) { f.write("config.yaml", types("pods")) })
	good := f.await("")
	for _, c := range []struct{ content, said string }{
		{"types: [pods]\ntheme: drak\n", "config.yaml:2: theme: \"drak\" is none of"},
		{"types: [pods, x/y]\ncolour: red\n", "(and 1 more: dogwatch config check)"},
		{" \n", "it is empty"},
		{"types: [pods\n", "config.yaml:"},
		{"# types: [pods]\n", "it is empty"},
	} {
		f.write("config.yaml", c.content)
		if s := f.await(c.said); s.Good != good.Good || !s.Applied.Equal(good.Applied) || s.Bad == 0 {
			t.Errorf("%q: %+v", c.content, s)
		}
	}
	f.must(os.Remove(f.path))
	f.await("there is no such file")
	f.write("config.yaml", types("nodes"))
	if s := f.await(""); s.Good != good.Good+1 {
		t.Errorf("at the end: %+v", s)
	}
	f.awaitTypes("nodes")
}

// Who begins with a file that holds nothing, or comments, has done nothing wrong.
func TestAFileMayBeginEmpty(t *testing.T) {
	for _, content := range []string{"", "# types: [pods]\n"} {
		f := follow(t, "config.yaml", func(f *follower) { f.write("config.yaml", content) })
		f.await("")
		f.write("config.yaml", "{}\n")
		f.await("")
		f.write("config.yaml", types("pods"))
		f.awaitTypes("pods")
	}
}

// What a configuration names beside it is followed as it is itself, wherever it is.
func TestWhatAConfigurationNamesIsFollowed(t *testing.T) {
	f := follow(t, "config.yaml", func(f *follower) {
		f.must(os.Mkdir(filepath.Join(f.dir, "rules"), 0o700))
		f.write("config.yaml", "rules: [mine.yaml]\n")
		f.write("mine.yaml", "one")
	})
	f.awaitTypes("one")
	f.write("mine.yaml", "two")
	f.awaitTypes("two")
	f.write("config.yaml", "rules: [mine.yaml, rules/more.yaml]\n")
	f.await(`config.yaml:1: rules: "rules/more.yaml": there is no such file`)
	f.write("rules/more.yaml", "three")
	f.awaitTypes("two", "three")
	f.write("rules/more.yaml", "four")
	f.awaitTypes("two", "four")
	f.write("rules/more.yaml", "")
	f.await(`"rules/more.yaml": it is empty`)
	f.must(os.Rename(filepath.Join(f.dir, "mine.yaml"), filepath.Join(f.dir, "mine.yaml~")))
	f.await(`"mine.yaml": there is no such file (and 1 more`)
	f.write("mine.yaml", "five")
	f.write("rules/more.yaml", "six")
	f.awaitTypes("five", "six")
	f.write("config.yaml", "rules: [rules/more.yaml]\n")
	f.awaitTypes("six")
	f.write("mine.yaml", "nobody asks")
	f.write("rules/more.yaml", "seven")
	f.awaitTypes("seven")
}

func TestTheWayToAFile(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	in := func(names ...string) (all []string) {
		for _, name := range names {
			all = append(all, filepath.Join(dir, name))
		}
		return all
	}
	for _, err := range []error{
		os.MkdirAll(filepath.Join(dir, "real/deep"), 0o700), os.Symlink("real", filepath.Join(dir, "link")),
		os.Symlink("../link/deep/file", filepath.Join(dir, "real/up")), os.Symlink("loop", filepath.Join(dir, "loop")),
		os.Symlink(filepath.Join(dir, "real"), filepath.Join(dir, "absolute")), os.WriteFile(filepath.Join(dir, "real/deep/file"), nil, 0o600),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string][]string{
		"real/deep/file": in("real/deep/file"),
		"link/deep/file": in("link", "real/deep/file"),
		"link/up":        in("link", "real/up", "link", "real/deep/file"),
		"absolute/none":  in("absolute", "real/none"),
		"none/at/all":    in("none"),
	} {
		if got := wayTo(filepath.Join(dir, path)); !slices.Equal(got, want) {
			t.Errorf("%s: %v, wanted %v", path, got, want)
		}
	}
	if got := wayTo(filepath.Join(dir, "loop")); len(got) > mostLinks+1 {
		t.Errorf("a loop has %d steps", len(got))
	}
}

// What is refused for something that is elsewhere is taken once that is mended and the same is saved again.
func TestWhatWasRefusedIsTriedAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	save := func() {
		t.Helper()
		if err := os.WriteFile(path, []byte(types("pods")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	save()
	var isThere atomic.Bool
	states := make(chan State, 100)
	stop := New(Options{
		Source: NewFile(path),
		Apply: func(config.Config) error {
			if !isThere.Load() {
				return errors.New("there is no such token")
			}
			return nil
		},
		Changed: func(s State) { states <- s },
	}).Begin(t.Context())
	defer stop()
	if s := <-states; !strings.Contains(s.Problem, "no such token") {
		t.Fatalf("at first %+v", s)
	}
	isThere.Store(true)
	save()
	select {
	case s := <-states:
		if s.Problem != "" || s.Good != 1 {
			t.Errorf("then %+v", s)
		}
	case <-time.After(patience):
		t.Error("it is not followed again")
	}
}
