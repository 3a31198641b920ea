package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/replay/recorder"
	"github.com/dogwatch/dogwatch/replay/recording"
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
}

func newRecord(name string, run func(context.Context, *recordOptions, []string) error) *cobra.Command {
	o := &recordOptions{options: newOptions()}
	o.wholeObjects = true
	command := &cobra.Command{
		Use:   "record [TYPE[,TYPE...]...] -o FILE",
		Short: "Record what happens to objects, without a screen",
		Long: `record writes what watches deliver into a file: the state at the beginning, and
every change with its time and the whole object. "zstd -dc FILE | jq" reads it.

Values of Secrets are not recorded. --redact hides more: it takes kubectl's
JSONPath as far as it names members and "*", for one type or for all of them.

It ends after --for, or with ctrl-c. Types are chosen as for the dashboard.`,
		Example: strings.ReplaceAll(`  # the shop's pods and deployments, for ten minutes
  NAME record po deploy -n shop --for 10m -o shop.jsonl.zst

  # without what ConfigMaps hold, and without the values of environment variables
  NAME record cm po -o shop.jsonl.zst --redact 'cm:.data.*' \
    --redact 'po:{.spec.containers[*].env[*].value}'`, "NAME", name),
		Args: cobra.ArbitraryArgs,
		RunE: func(command *cobra.Command, types []string) error {
			if err := o.validate(types); err != nil {
				return usageError{err}
			}
			return run(command.Context(), o, types)
		},
	}
	o.addFlags(command)
	flags := command.Flags()
	flags.StringVarP(&o.file, "output", "o", "", "the file to write, readable by you alone")
	flags.DurationVar(&o.length, "for", 0, "how long to record; 0 is until ctrl-c")
	flags.StringArrayVar(&o.redact, "redact", nil, "hide the values at this path, as [TYPE:]JSONPATH (cm:.data.*); may be given several times")
	flags.BoolVar(&o.overwrite, "force", false, "replace the file if it exists")
	return command
}

func (o *recordOptions) validate(types []string) error {
	switch {
	case o.file == "":
		return errors.New("record needs a file to write: -o FILE")
	case o.length < 0:
		return fmt.Errorf("--for %s: give a duration of 0 or more", o.length)
	}
	for _, spelling := range o.redact {
		rule, err := informers.ParseRedaction(spelling)
		if err != nil {
			return fmt.Errorf("--redact %w", err)
		}
		o.options.redact = append(o.options.redact, rule)
	}
	return o.options.validate(types)
}

// runRecord records until the time is over or a signal comes. Both are a good end.
func runRecord(ctx context.Context, o *recordOptions, types []string, stderr io.Writer) error {
	closeLog, err := o.startLog(io.Discard)
	if err != nil {
		return err
	}
	defer closeLog()
	ctx, _, stopSignals := catchSignals(ctx)
	defer stopSignals()
	if o.length > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.length)
		defer cancel()
	}
	// The watches outlive ctx: the end of the recording is to find them as they were.
	watching, stopWatching := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWatching()
	r := &recordRun{stderr: stderr, redact: o.options.redact, wake: make(chan struct{}, 1), told: map[string]string{}}
	ws, err := o.workspace(watching, r.changed)
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
	file, err := createRecording(o.file, o.overwrite)
	if err != nil {
		return err
	}
	err = r.record(ctx, ws, file, types)
	if closeErr := file.Close(); err == nil && closeErr != nil {
		err = fmt.Errorf("closing %s: %w", o.file, closeErr)
	}
	if err != nil {
		return fmt.Errorf("%w (%s holds what was written before)", err, o.file)
	}
	return nil
}

// createRecording makes the file, and never replaces one unless told to.
func createRecording(path string, overwrite bool) (*os.File, error) {
	flags := os.O_CREATE | os.O_WRONLY | os.O_EXCL
	if overwrite {
		flags = os.O_CREATE | os.O_WRONLY | os.O_TRUNC
	}
	file, err := os.OpenFile(path, flags, 0o600)
	switch {
	case errors.Is(err, os.ErrExist):
		return nil, fmt.Errorf("%s exists already: choose another name, or --force to replace it", path)
	case err != nil:
		return nil, fmt.Errorf("creating the recording: %w", err)
	}
	return file, nil
}

// recordRun is one run of "record".
type recordRun struct {
	stderr io.Writer
	wake   chan struct{}
	redact []*informers.Redaction
	told   map[string]string // what was last said of each tab and rule
}

// record opens the types and records them into out.
func (r *recordRun) record(ctx context.Context, ws *workspace.Workspace, out *os.File, types []string) error {
	writer, err := recording.NewWriter(out)
	if err != nil {
		return err
	}
	snapshot := ws.Snapshot()
	rec := recorder.New(writer, recorder.Options{
		Context: snapshot.Context,
		Version: serverVersion(ctx, ws),
		Wake:    r.wake,
		Sources: func() []recorder.Source { r.tell(ws); return sourcesOf(ws) },
	})
	if err := openTabs(ws, types); err != nil {
		return err
	}
	began := time.Now()
	fmt.Fprintf(r.stderr, "recording context %q into %s; ctrl-c ends it\n", snapshot.Context, out.Name())
	if err := rec.Run(ctx); err != nil {
		return err
	}
	if err := writer.Close(time.Now()); err != nil {
		return fmt.Errorf("ending the recording: %w", err)
	}
	p := rec.Progress()
	fmt.Fprintf(r.stderr, "recorded %d changes in %s, %d bytes\n", p.Events, time.Since(began).Round(time.Second), writer.Size())
	if p.Merged > 0 {
		fmt.Fprintf(r.stderr, "%d changes came too fast and were merged into later ones\n", p.Merged)
	}
	r.tellUnused()
	return nil
}
