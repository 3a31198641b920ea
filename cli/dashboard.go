package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/term"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/klog/v2"

	"github.com/dogwatch/dogwatch/cluster"
	"github.com/dogwatch/dogwatch/config"
	"github.com/dogwatch/dogwatch/logbuffer"
	"github.com/dogwatch/dogwatch/metrics"
	"github.com/dogwatch/dogwatch/setup"
	"github.com/dogwatch/dogwatch/ui"
	"github.com/dogwatch/dogwatch/ui/screen"
	"github.com/dogwatch/dogwatch/workspace"
)

// closeLimit is how long the watches have to end before the process does
// without them.
const closeLimit = 3 * time.Second

// What the log pane keeps.
const (
	logLines = 2000
	logBytes = 1 << 20
)

// past is a recording that is being played.
type past interface {
	ui.Playback
	// Now is the place in the recording.
	Now() time.Time
	// Watch calls f when what State tells has changed otherwise than by time.
	Watch(f func()) (stop func())
}

// runDashboard shows the dashboard until the user quits or a signal comes.
func runDashboard(ctx context.Context, o *options, types []string, stderr io.Writer) (int, error) {
	if _, err := config.ReadRuleFiles(o.rules); err != nil { // else nobody would see it who does not look for signals
		return setup.ExitError, setup.Local(err)
	}
	interactive := term.IsTerminal(os.Stdout.Fd()) && term.IsTerminal(os.Stdin.Fd())
	if err := checkTerminal(interactive, runtime.GOOS, os.Getenv("TERM")); err != nil {
		return setup.ExitError, err
	}
	defer paceGarbage()()
	frames := ui.NewFrames()
	log := logbuffer.New(logLines, logBytes, frames.Mark)
	closeLog, err := o.StartLog(log)
	if err != nil {
		return setup.ExitError, err
	}
	defer closeLog()
	o.configure()
	follows := o.follows(types)

	restoreStderr, err := divertStderr(log)
	if err != nil {
		return setup.ExitError, err
	}
	defer restoreStderr()

	stopPprof, err := startPprof(o.pprof)
	if err != nil {
		return setup.ExitError, setup.Local(err)
	}
	defer stopPprof()

	ctx, caught, stopSignals := catchSignals(ctx)
	defer stopSignals()
	defer endAnyway(ctx, endLimit, caught, o.crash.Exit)()
	// The watches outlive ctx: the end of a recording is to find them as they were.
	watching, stopWatching := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWatching()
	o.History = o.NewHistory()
	live := newLiveRecorder(frames.Mark)
	judging := newLiveSignals(o.judging(follows), o.past != nil, o.signals, frames.Mark)
	judging.follows = follows
	ws, err := o.Workspace(watching, func() { frames.Mark(); live.mark(); judging.mark() })
	if err != nil {
		return setup.ExitError, err
	}
	live.use(ws)
	judging.use(ws)
	configured := &following{opts: o, mark: frames.Mark, setRules: judging.SetRules, checkRules: o.checkRules}
	told := metrics.All(metrics.Of(setup.Version(), ws), metrics.OfSignals(judging.open))
	if follows {
		told = metrics.All(told, metrics.OfConfig(configured.now))
	}
	stopMetrics, err := metrics.Serve(o.Metrics, metrics.Routes(metrics.Handler(told), nil), klog.Warningf)
	if err != nil {
		return setup.ExitError, setup.Local(err)
	}
	defer stopMetrics()
	history, closeHistory := openHistory()
	screen := ui.Options{
		Context: ctx, Backend: ws, Keys: o.Config.Keys, Log: log, Contexts: o.contexts, History: history, Recorder: live,
		DebugStats: o.debugStats, Skin: o.Config.Skin, Warning: o.warning, Suspend: suspend,
	}
	screen.Signals, screen.ApplyRules = judging, o.signals || o.clusterPolicies || len(o.ownRules(follows)) > 0 || follows && len(o.Config.Rules) > 0
	screen.Activity, screen.Problems, screen.HideHeat = ws.Activity(), ws.Problems(), o.Config.HideHeat
	if rowHeat := ws.RowHeat(); rowHeat != nil {
		screen.RowHeat, screen.ShowRowHeat = rowHeat, o.Config.RowHeat
	}
	switch {
	case o.past == nil && o.History != nil:
		screen.Rewinder = rewinder{ws}
	case o.past != nil:
		screen.Playback, screen.Recorder = o.past, nil
		defer o.past.Watch(func() { frames.Mark(); ws.CheckHistory() })()
	}
	if o.newcomer {
		screen.Hints = openHints()
	}
	open := func() error { return setup.OpenTabs(ws, types, setup.DefaultTypes()) }
	if follows {
		screen.ConfigProblem, open = configured.Problem, func() error { return configured.begin(watching, ws) }
	}
	app := ui.New(screen)
	err = runProgram(ctx, app, frames, ws, o.crash, open)
	configured.close()
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeLimit)
	defer cancel()
	live.close(closing, stderr)
	judging.close(closing)
	if closeErr := ws.Close(closing); closeErr != nil {
		fmt.Fprintf(stderr, "dogwatch: ending the watches: %v\n", closeErr)
	}
	closeHistory(closing)
	return exitCode(caught(), err)
}

// ownRules are the files of the user's rules that are applied from the start to the end. Those of a configuration that is followed come with it.
func (o *options) ownRules(follows bool) []string {
	if follows && !o.ConfigInCluster() {
		return o.rules
	}
	return slices.Concat(o.rules, o.named)
}

// judging are the arguments of the program that applies rules.
func (o *options) judging(follows bool) []string {
	args := slices.Concat(o.judged, o.ownRules(follows))
	if o.clusterPolicies {
		args = append(args, "--cluster-policies")
	}
	return args
}

// checkTerminal finds out whether a screen can be drawn at all: interactive says
// whether input and output are a terminal, termName what kind. Windows' own
// terminals do not say.
func checkTerminal(interactive bool, goos, termName string) error {
	switch {
	case !interactive:
		return errors.New("the dashboard needs a terminal: its input or output is a file or a pipe. For scripts, use kubectl get --watch")
	case termName == "dumb":
		return errors.New("the dashboard needs a terminal that can move the cursor, and TERM=dumb says that this one cannot. Use another terminal, or kubectl get --watch")
	case termName == "" && goos != "windows":
		return errors.New("the dashboard needs to know the kind of terminal, and TERM is not set. Set it, for example TERM=xterm-256color")
	}
	return nil
}

// contexts names what the kubeconfig offers, for completion.
func (o *options) contexts() ([]string, error) {
	all, _, err := cluster.Contexts(o.Kube)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(all))
	for i, c := range all {
		names[i] = c.Name
	}
	return names, nil
}

// runProgram runs the terminal program and the frames that feed it, and
// returns when both have ended.
func runProgram(ctx context.Context, app tea.Model, frames *ui.Frames, ws *workspace.Workspace, crash *crashHandler, open func() error) error {
	out := openOutput(os.Stdout)
	defer out.close(os.Stdout)
	defer out.giveBack()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(ctx, func() {
		defer utilruntime.HandleCrash()
		out.hurry()
	})()
	display := screen.New(out, os.Environ())
	in := openInput(os.Stdin, display.Listener)
	defer in.close()
	model, stopSignals := newStoppable(ctx, display.Wrap(app), in, display.Settle)
	defer stopSignals()
	program := tea.NewProgram(guarded{model}, tea.WithContext(ctx), tea.WithoutSignalHandler(),
		tea.WithInput(in.reader()), tea.WithOutput(display.Output()), tea.WithColorProfile(display.Profile()), tea.WithFPS(screen.Rate))
	kill := func() { program.Kill(); display.Restore() }
	crash.restoreBy(func() { crash.end.now(cancel, kill, out) })
	if err := open(); err != nil {
		return err
	}
	feeding, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { frames.Run(feeding, program.Send, ws.Snapshot) })
	wg.Go(func() { display.Run(feeding) })
	err := crash.end.of(func() error {
		defer display.Restore()
		_, err := program.Run()
		return err
	})
	stop()
	wg.Wait()
	return err
}

// catchSignals ends ctx on SIGINT, SIGTERM and SIGHUP; caught tells which came.
func catchSignals(parent context.Context) (ctx context.Context, caught func() os.Signal, stop func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer utilruntime.HandleCrash()
		select {
		case s := <-signals:
			cancel(signalError{s})
		case <-ctx.Done():
		}
	}()
	caught = func() os.Signal {
		var by signalError
		if errors.As(context.Cause(ctx), &by) {
			return by.Signal
		}
		return nil
	}
	return ctx, caught, func() {
		signal.Stop(signals)
		cancel(nil)
		<-done
	}
}

type signalError struct{ os.Signal }

func (e signalError) Error() string { return "signal " + e.String() }

// exitCode is 0 after a quit, and 128 and its number after a signal.
func exitCode(caught os.Signal, err error) (int, error) {
	if number, ok := caught.(syscall.Signal); ok {
		return 128 + int(number), nil
	}
	switch {
	case errors.Is(err, tea.ErrProgramPanic):
		return setup.ExitCrash, nil // Bubble Tea has restored the terminal and printed the stack
	case err != nil && !errors.Is(err, tea.ErrProgramKilled):
		return setup.ExitError, fmt.Errorf("running the screen: %w", err)
	}
	return setup.ExitOK, nil
}
