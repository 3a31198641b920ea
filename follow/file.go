package follow

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"
	"k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/klog/v2"

	"github.com/dogwatch/dogwatch/config"
)

// lookEvery is how often a file is read where the system does not tell of changes.
const lookEvery = 2 * time.Second

// mostLinks is how many symbolic links lead to a file at most.
const mostLinks = 40

// File is a configuration in a file, however that is saved: written over, renamed over, or behind a symbolic link that is.
type File struct {
	path string
	wg   sync.WaitGroup
	// open begins to be told by the system.
	open func() (*fsnotify.Watcher, error)
	// named has a value when there are other files beside it to look after.
	named  chan struct{}
	mu     sync.Mutex
	beside []string // the names that those have
}

var _ Source = (*File)(nil)

// NewFile makes a Source of a file, which may be there or not.
func NewFile(path string) *File {
	return &File{path: path, open: fsnotify.NewWatcher, named: make(chan struct{}, 1)}
}

// Name implements Source.
func (f *File) Name() string { return f.path }

// Read implements Source.
func (f *File) Read() ([]byte, error) {
	return readFile(f.path)
}

func readFile(path string) ([]byte, error) {
	content, err := config.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("there is no such file")
	}
	return content, err
}

// Beside implements Source.
func (f *File) Beside(names []string) func(name string) ([]byte, error) {
	f.mu.Lock()
	isSame := slices.Equal(f.beside, names)
	f.beside = names
	f.mu.Unlock()
	if !isSame {
		wake(f.named) // what changes before they are looked after is read then
	}
	return func(name string) ([]byte, error) { return readFile(config.Beside(f.path, name)) }
}

// paths are those of the files to look after.
func (f *File) paths() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	paths := []string{f.path}
	for _, name := range f.beside {
		paths = append(paths, config.Beside(f.path, name))
	}
	return paths
}

// Wait implements Source.
func (f *File) Wait() { f.wg.Wait() }

// Changes implements Source. All places are watched on the way to the file when it returns, as far as the system does that.
func (f *File) Changes(ctx context.Context) <-chan struct{} {
	changed := make(chan struct{}, 1)
	w := &fileWatch{File: f}
	w.told, w.problem = f.open()
	w.look()
	f.wg.Go(func() {
		defer runtime.HandleCrash()
		w.run(ctx, changed)
	})
	return changed
}

// fileWatch is told of what leads to a file, and to those beside it. What the system does not tell of is looked at every while.
type fileWatch struct {
	*File
	// told is nil where the system tells of nothing, with the problem.
	told    *fsnotify.Watcher
	problem error
	// names lead to the files, and untold is that not all of their folders are watched.
	names  []string
	untold bool
}

// run wakes with each change of what has one of the names, or may have been one.
func (w *fileWatch) run(ctx context.Context, changed chan<- struct{}) {
	var events chan fsnotify.Event
	var errs chan error
	if w.told != nil {
		defer w.told.Close()
		events, errs = w.told.Events, w.told.Errors
	}
	for {
		var due <-chan time.Time
		if w.untold {
			due = time.After(lookEvery)
		}
		select {
		case <-ctx.Done():
			return
		case event, ok := <-events:
			if !ok {
				events = nil
			} else if !w.untold && !w.isOnWay(event.Name) {
				continue
			}
		case err, ok := <-errs: // some were lost
			if !ok {
				errs = nil
			} else {
				klog.Warningf("following %s: %v", w.path, err)
			}
		case <-w.named:
		case <-due:
		}
		w.look()
		wake(changed)
	}
}

// isOnWay tells whether what has a name leads to a file. A folder that goes names itself.
func (w *fileWatch) isOnWay(name string) bool {
	return slices.ContainsFunc(w.names, func(n string) bool { return n == name || filepath.Dir(n) == name })
}

// look finds what leads to the files, and has the system tell of the folders that it is in, and of no others. It looks again, as the way may have changed before
// a folder was watched.
func (w *fileWatch) look() {
	w.names = waysTo(w.paths())
	var err error
	for range mostLinks {
		err = w.watch()
		again := waysTo(w.paths())
		if slices.Equal(w.names, again) {
			break
		}
		w.names = again
	}
	if err != nil && !w.untold {
		klog.Warningf("%s is read every %s, as the system does not tell of changes: %v", w.path, lookEvery, err)
	}
	w.untold = err != nil
}

// watch has the system tell of the folders of the names.
func (w *fileWatch) watch() error {
	if w.told == nil {
		return w.problem
	}
	var folders []string
	for _, name := range w.names {
		folders = append(folders, filepath.Dir(name))
	}
	for _, watched := range w.told.WatchList() {
		if !slices.Contains(folders, watched) {
			_ = w.told.Remove(watched) // it may have gone
		}
	}
	var errs []error
	for _, folder := range folders {
		if err := w.told.Add(folder); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, fmt.Errorf("watching %s: %w", folder, err))
		}
	}
	return errors.Join(errs...)
}

func waysTo(paths []string) (names []string) {
	for _, path := range paths {
		names = append(names, wayTo(path)...)
	}
	return names
}

// wayTo gives what leads to a file: each symbolic link on the way, and what it comes to, which is the first that is missing where one is. All are in folders
// that are there, and named without links.
func wayTo(path string) []string {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil
	}
	volume := filepath.VolumeName(path)
	at, rest := volume+string(filepath.Separator), strings.Split(path[len(volume):], string(filepath.Separator))
	var way []string
	for links := 0; len(rest) > 0; {
		part := rest[0]
		rest = rest[1:]
		switch part {
		case "", ".":
			continue
		case "..":
			at = filepath.Dir(at)
			continue
		}
		next := filepath.Join(at, part)
		info, err := os.Lstat(next)
		if err != nil {
			return append(way, next)
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			at = next
			continue
		}
		way = append(way, next)
		to, err := os.Readlink(next)
		if links++; err != nil || links > mostLinks {
			return way
		}
		if filepath.IsAbs(to) {
			volume := filepath.VolumeName(to)
			at, to = volume+string(filepath.Separator), to[len(volume):]
		}
		rest = append(strings.Split(filepath.ToSlash(to), "/"), rest...)
	}
	return append(way, at)
}

func wake(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
