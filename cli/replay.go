package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dogwatch/dogwatch/replay/playback"
	"github.com/dogwatch/dogwatch/replay/recording"
	"github.com/dogwatch/dogwatch/replay/served"
	"github.com/dogwatch/dogwatch/setup"
)

// replayOptions are what the command line of "replay" says.
type replayOptions struct {
	options
	file            string
	serve           string
	writeKubeconfig string
	overwrite       bool
	from            string // as it was spelled
	at              playback.Moment
	paused, loop    bool
}

func newReplay(name string, run func(context.Context, *replayOptions, []string) error) *cobra.Command {
	o := &replayOptions{options: options{Options: setup.New()}}
	command := &cobra.Command{
		Use:   "replay FILE|DIR [TYPE[,TYPE...]...]",
		Short: "Open a recording as if it were the cluster at that time",
		Long: `replay serves a recording over the Kubernetes API, on this machine only and with
a token of its own, and opens the dashboard on it. With --serve there is no
screen: kubectl and any other client can read the past. An address that other
machines reach, such as 0.0.0.0:8443, lets them read it too.

Whatever would change something is refused: it is a recording.`,
		Example: strings.ReplaceAll(`  # the dashboard, from the third minute on
  NAME replay shop.jsonl.zst --at 3m

  # for kubectl
  NAME replay shop.jsonl.zst --serve 127.0.0.1:0 --write-kubeconfig past.yaml &
  kubectl --kubeconfig past.yaml get pods -A`, "NAME", name),
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return setup.Usage(errors.New("replay needs a recording: a file that record wrote"))
			}
			return nil
		},
		RunE: func(command *cobra.Command, args []string) error {
			o.file = args[0]
			if err := o.validate(args[1:]); err != nil {
				return setup.Usage(err)
			}
			return run(command.Context(), o, args[1:])
		},
	}
	flags := command.Flags()
	flags.StringVar(&o.serve, "serve", "", "serve on this address, without a screen (127.0.0.1:0 is a free port)")
	flags.StringVar(&o.writeKubeconfig, "write-kubeconfig", "", "with --serve: the file for the kubeconfig, instead of standard output")
	flags.BoolVar(&o.overwrite, "force", false, "with --write-kubeconfig: replace the file if it exists")
	o.addPlayFlags(command)
	flags.BoolVar(&o.loop, "loop", false, "begin again at the end")
	return command
}

// addPlayFlags adds those of everything that plays a recording.
func (o *replayOptions) addPlayFlags(command *cobra.Command) {
	o.AddFlagsOfAny(command)
	o.AddHistoryFlag(command)
	o.addSignalsFlags(command)
	o.addDebugFlags(command)
	flags := command.Flags()
	flags.StringVarP(&o.Kube.Context.Namespace, "namespace", "n", "", "show this namespace; all without it")
	flags.StringVar(&o.from, "at", "", "where to begin: 1m20s from the recording's beginning, 14:02:31 (local time), 2006-01-02T15:04:05Z, or end")
	flags.BoolVar(&o.paused, "paused", false, "stay at that moment")
}

func (o *replayOptions) validate(types []string) error {
	if o.from != "" {
		var err error
		if o.at, err = playback.ParseMoment(o.from); err != nil {
			return fmt.Errorf("--at: %w", err)
		}
	}
	switch {
	case o.serve != "" && !isAddress(o.serve):
		return fmt.Errorf("--serve %q: give an address and a port, such as 127.0.0.1:8443, or 127.0.0.1:0 for a free port", o.serve)
	case o.writeKubeconfig != "" && o.serve == "":
		return errors.New("--write-kubeconfig goes with --serve")
	case o.overwrite && o.writeKubeconfig == "":
		return errors.New("--force goes with --write-kubeconfig")
	}
	return o.Validate(types)
}

// isAddress tells whether a server may listen there, as far as the spelling tells.
func isAddress(addr string) bool {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}

// start is the moment to begin at.
func (o *replayOptions) start(rec *recording.Recording) (time.Time, error) {
	if o.from == "" {
		return rec.Segments()[0].At, nil
	}
	begin, end := rec.Span()
	return momentIn("--at", o.at, begin, end)
}

// replayRun is a recording that is being played and served.
type replayRun struct{ *served.Served }

// startReplay plays and serves the file until stop.
func startReplay(ctx context.Context, o *replayOptions) (*replayRun, error) {
	rec, err := recording.OpenPath(o.file)
	if err != nil {
		return nil, err
	}
	return play(ctx, rec, o)
}

// play plays and serves a recording until stop, which closes it. An error closes it too.
func play(ctx context.Context, rec *recording.Recording, o *replayOptions) (*replayRun, error) {
	at, err := o.start(rec)
	if err != nil {
		return nil, errors.Join(err, rec.Close())
	}
	s, err := served.Serve(ctx, rec, served.Options{Addr: o.serve, At: at, Paused: o.paused, Loop: o.loop})
	if err != nil {
		return nil, err
	}
	return &replayRun{s}, nil
}

// types are those that the recording has at its beginning.
func (r *replayRun) types() []string {
	var names []string
	for _, t := range r.Recording.Segments()[0].Types {
		if gvr, err := t.Name.Resource(); err == nil {
			names = append(names, gvr.GroupResource().String())
		}
	}
	return names
}

// runServe serves until a signal comes.
func runServe(ctx context.Context, o *replayOptions, stdout, stderr io.Writer) (int, error) {
	ctx, caught, stopSignals := catchSignals(ctx)
	defer stopSignals()
	run, err := startReplay(ctx, o)
	if err != nil {
		return setup.ExitError, err
	}
	defer run.Stop()
	if err := run.giveKubeconfig(o, stdout); err != nil {
		return setup.ExitError, fmt.Errorf("writing the kubeconfig: %w", err)
	}
	tellProblems(stderr, o.file, run.Recording)
	if !run.Server.Local() {
		fmt.Fprintln(stderr, "warning: other machines can connect, and read the recording with the kubeconfig's token; --serve 127.0.0.1:0 keeps to this one")
	}
	fmt.Fprintf(stderr, "serving %s at %s; ctrl-c ends it\n", o.file, run.Server.Access().Host)
	<-ctx.Done()
	return exitCode(caught(), nil)
}

// giveKubeconfig writes the kubeconfig where the command line says.
func (r *replayRun) giveKubeconfig(o *replayOptions, stdout io.Writer) error {
	write := func(to io.Writer) error {
		_, err := to.Write(r.Kubeconfig)
		return err
	}
	if o.writeKubeconfig == "" {
		return write(stdout)
	}
	return orForce(writePrivate(o.writeKubeconfig, o.overwrite, func(file *os.File) error { return write(file) }))
}

// runReplay shows the dashboard on a recording that somebody made.
func runReplay(ctx context.Context, o *replayOptions, types []string, stderr io.Writer) (int, error) {
	run, err := startReplay(ctx, o)
	if err != nil {
		return setup.ExitError, err
	}
	defer run.Stop()
	if len(types) == 0 {
		types = run.types()
	}
	o.judged = []string{"--recording", o.file}
	return run.show(ctx, o, types, stderr)
}

// show shows the dashboard on what is played.
func (r *replayRun) show(ctx context.Context, o *replayOptions, types []string, stderr io.Writer) (int, error) {
	if err := o.Kube.UseKubeconfig(r.Kubeconfig); err != nil {
		return setup.ExitError, err
	}
	o.past, o.Played, o.Recorded = r.Player, r.Player.Now, r.Player
	if o.Kube.Context.Namespace == "" {
		o.AllNamespaces = true
	}
	return runDashboard(ctx, &o.options, types, stderr)
}
