package cli

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"k8s.io/klog/v2"

	"github.com/dogwatch/dogwatch/config"
	"github.com/dogwatch/dogwatch/follow"
	"github.com/dogwatch/dogwatch/setup"
	"github.com/dogwatch/dogwatch/workspace"
)

// following is the configuration whose types the dashboard shows and whose rules it applies, as it is edited. The zero value follows none.
type following struct {
	opts     *options
	mark     func()
	setRules func(context.Context, []config.File)
	// checkRules says what is wrong with rules before they are handed over.
	checkRules func(context.Context, []config.File) error
	stop       func() // nil before it begins

	mu      sync.Mutex
	problem string
	state   follow.State
}

// follows tells whether the tabs are those of a configuration: of the one that is asked for, or of the user's own where there is one and no other types are
// named.
func (o *options) follows(types []string) bool {
	if o.past != nil || len(types) > 0 {
		return false
	}
	if o.ConfigFrom == "" {
		path, err := config.Path()
		if err != nil {
			return false
		}
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return false
		}
		o.ConfigFrom = path
	}
	return true
}

// begin opens the tabs that the configuration names, as far as it is right, else the defaults, and follows it from then on.
func (f *following) begin(ctx context.Context, ws *workspace.Workspace) error {
	tabs := f.opts.NewTabs(ws, f.opts.namespaceGiven)
	apply := func(c config.Config) error {
		if err := tabs.Apply(c); err != nil {
			return err
		}
		f.setRules(ctx, c.Rules)
		return nil
	}
	if f.opts.ConfigInCluster() {
		f.opts.Config.Rules = nil // of the user's own file, which are applied as they are at the start
	}
	if err := apply(f.opts.Config); err != nil {
		return err
	}
	if len(f.opts.Config.Types) == 0 && !f.opts.ConfigInCluster() {
		if err := setup.OpenTabs(ws, nil, setup.DefaultTypes()); err != nil {
			return err
		}
	}
	checking, cancel := context.WithCancel(ctx)
	checked := func(c config.Config) error {
		if err := f.checkRules(checking, c.Rules); err != nil {
			return err
		}
		return apply(c)
	}
	stop := f.opts.Follow(ws, checked, f.take).Begin(ctx)
	f.stop = func() { cancel(); stop() }
	return nil
}

// take notes what has become of the configuration.
func (f *following) take(s follow.State) {
	problem := s.Problem
	if problem != "" {
		klog.Warning(problem)
		if !f.opts.ConfigInCluster() {
			problem = strings.ReplaceAll(problem, f.opts.ConfigFrom, filepath.Base(f.opts.ConfigFrom))
		}
		if s.Good > 0 {
			problem += ": what it said before goes on"
		}
	}
	f.mu.Lock()
	f.problem, f.state = problem, s
	f.mu.Unlock()
	f.mark()
}

// Problem says why the configuration is not followed; empty where it is.
func (f *following) Problem() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.problem
}

// now tells what has become of it.
func (f *following) now() follow.State {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.state
}

// close ends it, and waits for it.
func (f *following) close() {
	if f.stop != nil {
		f.stop()
	}
}
