package follow

import (
	"context"
	"errors"
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
}

var _ Source = (*File)(nil)

// NewFile makes a Source of a file, which may be there or not.
func NewFile(path string) *File { return &File{path: path} }

// Name implements Source.
func (f *File) Name() string { return f.path }

// Read implements Source.
func (f *File) Read() ([]byte, error) {
	content, err := config.ReadFile(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("there is no such file")
	}
	return content, err
}

// Wait implements Source.
func (f *File) Wait() { f.wg.Wait() }

// Changes implements Source. All places are watched on the way to the file when it returns.
func (f *File) Changes(ctx context.Context) <-chan struct{} {
	changed := make(chan struct{}, 1)
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		klog.Warningf("%s is read every %s, as the system does not tell of changes: %v", f.path, lookEvery, err)
		f.wg.Go(func() {
			defer runtime.HandleCrash()
			poll(ctx, changed)
		})
		return changed
	}
	names := f.watch(watcher)
	f.wg.Go(func() {
		defer runtime.HandleCrash()
		defer watcher.Close()
		f.follow(ctx, watcher, names, changed)
	})
	return changed
}

func poll(ctx context.Context, changed chan<- struct{}) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			wake(changed)
		}
	}
}

// follow wakes with each change of what has one of the names.
func (f *File) follow(ctx context.Context, watcher *fsnotify.Watcher, names []string, changed chan<- struct{}) {
	for {
		select {
		case <-ctx.Done():
			return
		case event := <-watcher.Events:
			isOnWay := func(name string) bool { return name == event.Name || filepath.Dir(name) == event.Name } // a folder that goes names itself
			if !slices.ContainsFunc(names, isOnWay) {
				continue
			}
		case err := <-watcher.Errors: // some were lost
			klog.Warningf("following %s: %v", f.path, err)
		}
		names = f.watch(watcher)
		wake(changed)
	}
}

// watch watches the folders on the way to the file, no others, and gives what in them leads to it. It looks again, as the way may have changed before a
// folder was watched.
func (f *File) watch(watcher *fsnotify.Watcher) []string {
	names := wayTo(f.path)
	for range mostLinks {
		var folders []string
		for _, name := range names {
			folders = append(folders, filepath.Dir(name))
		}
		for _, watched := range watcher.WatchList() {
			if !slices.Contains(folders, watched) {
				_ = watcher.Remove(watched) // it may have gone
			}
		}
		for _, folder := range folders {
			if err := watcher.Add(folder); err != nil && !errors.Is(err, fs.ErrNotExist) {
				klog.Warningf("following %s: watching %s: %v", f.path, folder, err)
			}
		}
		again := wayTo(f.path)
		if slices.Equal(names, again) {
			break
		}
		names = again
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
