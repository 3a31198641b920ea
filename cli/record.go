package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/dogwatch/dogwatch/follow"
	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/metrics"
	"github.com/dogwatch/dogwatch/replay/recorder"
	"github.com/dogwatch/dogwatch/setup"
	"github.com/dogwatch/dogwatch/ui/text"
	"github.com/dogwatch/dogwatch/workspace"
)

// versionPatience is how long a recording waits for the server to tell its version.
const versionPatience = 5 * time.Second

// recordOptions are what the command line of "record" says.
type recordOptions struct {
	options
	file      string
	length    time.Duration
	overwrite bool
	redact    []string
	keep      time.Duration
	maxSize   string
	maxBytes  int64 // maxSize, once it is validated
	// wrap lets tests hear what is written, and have it fail.
	wrap func(recordOutput) recordOutput
}

func newRecord(name string, run func(context.Context, *recordOptions, []string) error) *cobra.Command {
	o := &recordOptions{options: options{Options: setup.New()}, wrap: func(out recordOutput) recordOutput { return out }}
	o.WholeObjects = true
	command := &cobra.Command{
		Use:   "record [TYPE[,TYPE...]...] -o FILE|DIR/",
		Short: "Record what happens to objects, without a screen",
		Long: `record writes what watches deliver into a file: the state at the beginning, and
every change with its time and the whole object. "zstd -dc FILE | jq" reads it.

Values of Secrets are not recorded. --redact hides more: it takes kubectl's
JSONPath as far as it names members and "*", for one type or for all of them.

With --keep or --max-size, or if the output is a directory, it is a flight
recorder: files roll, and the oldest are dropped so that both limits hold. The
directory is opened as one recording, also while it is being written.

It ends --for after it began, or with ctrl-c. Types are chosen as for the
dashboard; one that the server does not have yet is recorded once it comes.`,
		Example: strings.ReplaceAll(`  # the shop's pods and deployments, for ten minutes
  NAME record po deploy -n shop --for 10m -o shop.jsonl.zst

  # without what ConfigMaps hold, and without the values of environment variables
  NAME record cm po -o shop.jsonl.zst --redact 'cm:.data.*' \
    --redact 'po:{.spec.containers[*].env[*].value}'

  # a flight recorder: the last day of the shop, in at most 2 GiB. As for kubectl, "all"
  # is pods, services and what makes pods; other types are to be named
  NAME record all cm,ing events -n shop --keep 24h --max-size 2Gi -o shop/`, "NAME", name),
		Args: cobra.ArbitraryArgs,
		RunE: func(command *cobra.Command, types []string) error {
			if err := o.validate(types); err != nil {
				return setup.Usage(err)
			}
			if err := o.UseConfig(command, types); err != nil {
				return err
			}
			return run(command.Context(), o, types)
		},
	}
	o.AddFlags(command)
	o.AddMetricsFlag(command)
	o.AddConfigFlag(command)
	flags := command.Flags()
	flags.StringVarP(&o.file, "output", "o", "", "the file or directory to write, readable by you alone")
	flags.DurationVar(&o.length, "for", 0, "how long to record; 0 is until ctrl-c")
	flags.StringArrayVar(&o.redact, "redact", nil, "hide the values at this path, as [TYPE:]JSONPATH (cm:.data.*); may be given several times")
	flags.DurationVar(&o.keep, "keep", 0, "drop what is older than this; the output is a directory (24h)")
	flags.StringVar(&o.maxSize, "max-size", "", "drop the oldest where all would take more than this; the output is a directory (2Gi)")
	flags.BoolVar(&o.overwrite, "force", false, "replace the file if it exists")
	return command
}

func (o *recordOptions) validate(types []string) error {
	switch {
	case o.file == "":
		return errors.New("record needs a file or directory to write: -o FILE")
	case o.length < 0:
		return fmt.Errorf("--for %s: give a duration of 0 or more", o.length)
	}
	if err := o.validateLimits(); err != nil {
		return err
	}
	for _, spelling := range o.redact {
		rule, err := informers.ParseRedaction(spelling)
		if err != nil {
			return fmt.Errorf("--redact %w", err)
		}
		o.Redact = append(o.Redact, rule)
	}
	return o.Validate(types)
}

// runRecord records until the time is over or a signal comes. Both are a good end.
func runRecord(ctx context.Context, o *recordOptions, types []string, stderr io.Writer) error {
	stderr = &oneAtATime{to: stderr}
	closeLog, err := o.StartLog(io.Discard)
	if err != nil {
		return err
	}
	defer closeLog()
	ctx, _, stopSignals := catchSignals(ctx)
	defer stopSignals()
	r := &recordRun{stderr: stderr, redact: o.Redact, wake: make(chan struct{}, 1), told: map[string]string{}, begun: func() {}}
	if o.length > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx)
		defer cancel()
		timer := time.AfterFunc(o.length, cancel)
		defer timer.Stop()
		r.begun = func() { timer.Reset(o.length) } // what it took to begin does not count
	}
	// The watches outlive ctx: the end of the recording is to find them as they were.
	watching, stopWatching := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWatching()
	ws, err := o.Workspace(watching, r.changed)
	if err != nil {
		return err
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeLimit)
		defer cancel()
		if err := ws.Close(closing); err != nil {
			fmt.Fprintf(stderr, "dogwatch: ending the watches: %v\n", err)
		}
	}()
	say := func(format string, args ...any) {
		fmt.Fprintln(stderr, text.Clean(fmt.Sprintf(format, args...)))
		r.changed()
	}
	r.follower = o.FollowAlone(ws, nil, say)
	told := metrics.All(metrics.Of(setup.Version(), ws), metrics.OfFollower(r.follower))
	stopMetrics, err := metrics.Serve(o.Metrics, metrics.Routes(metrics.Handler(told), metrics.Ready(r.follower, ws)), say)
	if err != nil {
		return setup.Local(err)
	}
	defer stopMetrics()
	out, err := o.open()
	if err != nil {
		return err
	}
	out = o.wrap(out)
	err = r.record(ctx, ws, out, o.file, types)
	var nothing nothingError
	if errors.As(err, &nothing) {
		return errors.Join(err, out.Discard(time.Now()))
	}
	if closeErr := out.Close(time.Now()); err == nil && closeErr != nil {
		err = fmt.Errorf("ending the recording: %w", closeErr)
	}
	if err != nil {
		return fmt.Errorf("%w (%s)", err, r.kept(o.file))
	}
	r.tellEnd(out.Size())
	return nil
}

// oneAtATime lets several goroutines write, each a line.
type oneAtATime struct {
	mu sync.Mutex
	to io.Writer
}

func (w *oneAtATime) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.to.Write(b)
}

// recordRun is one run of "record".
type recordRun struct {
	stderr   io.Writer
	wake     chan struct{}
	redact   []*informers.Redaction
	told     map[string]string // what was last said of each tab and rule
	recorder *recorder.Recorder
	follower *follow.Follower // nil where no configuration is followed
	began    time.Time        // zero before
	begun    func()           // is called then
	listed   bool             // something came in
}

// record opens the types and records them into out.
func (r *recordRun) record(ctx context.Context, ws *workspace.Workspace, out recordOutput, name string, types []string) error {
	snapshot := ws.Snapshot()
	r.recorder = recorder.New(out, recorder.Options{
		Context: snapshot.Context,
		Version: serverVersion(ctx, ws),
		Wake:    r.wake,
		Sources: func() []recorder.Source { r.tell(ws.Snapshot()); return setup.Sources(ws) },
		Due:     out.Due,
		Begun:   r.begin,
	})
	stopFollowing, err := setup.OpenFollowed(ctx, r.follower, ws, types, setup.DefaultTypes())
	if err != nil {
		return err
	}
	defer stopFollowing()
	if err := r.check(ctx, ws); err != nil {
		return err
	}
	fmt.Fprintf(r.stderr, "recording context %q into %s; ctrl-c ends it\n", snapshot.Context, name)
	if err := r.recorder.Run(ctx); err != nil {
		return err
	}
	if !r.listed {
		return nothingRecorded(ws.Snapshot())
	}
	return nil
}

// begin notes that the recording begins.
func (r *recordRun) begin() {
	r.began = time.Now()
	r.begun()
	r.tellUnused("nothing is there in the first state: is the path right?")
}

// kept says what is in the file of a recording that failed.
func (r *recordRun) kept(name string) string {
	saved := r.recorder.Progress().Saved
	if saved.IsZero() {
		return name + " holds nothing that can be opened"
	}
	return fmt.Sprintf("%s holds what was recorded up to %s", name, clockTime(saved))
}

// tellEnd says what was recorded.
func (r *recordRun) tellEnd(size int64) {
	p := r.recorder.Progress()
	fmt.Fprintf(r.stderr, "recorded %s in %s, %s\n", count(p.Events, "change"), span(time.Since(r.began)), count(size, "byte"))
	if p.Merged > 0 {
		fmt.Fprintf(r.stderr, "%s came too fast and were merged into later ones\n", count(p.Merged, "change"))
	}
	r.tellUnused("it hid nothing: no object had a value there")
}
