package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/spf13/cobra"

	"github.com/dogwatch/dogwatch/mcp"
	"github.com/dogwatch/dogwatch/metrics"
	"github.com/dogwatch/dogwatch/metrics/prom"
	"github.com/dogwatch/dogwatch/setup"
	"github.com/dogwatch/dogwatch/signals/recorded"
	"github.com/dogwatch/dogwatch/workspace"
)

// closeLimit is how long the watches may take to end.
const closeLimit = 5 * time.Second

// typesForQuestions are watched where the command line names none, as far as they may be.
func typesForQuestions() []string {
	return []string{"pods", "deployments.apps", "statefulsets.apps", "daemonsets.apps", "jobs.batch", "services", "nodes", "events"}
}

// mcpOptions are what the command line of "mcp" says.
type mcpOptions struct {
	setup.Options
	answer, most    int
	http, tokenFile string
	recording, at   string
	problems        func() []string // of the recording; nil of a cluster
	// signals has rules applied from the start, and all types watched that they are about.
	signals bool
	ruleOptions
}

func newMCP(stdin io.ReadCloser, stdout, stderr io.Writer) *cobra.Command {
	o := &mcpOptions{Options: setup.New()}
	command := &cobra.Command{
		Use:   "mcp [TYPE[,TYPE...]...]",
		Short: "Answer the questions of AI assistants about a cluster (Model Context Protocol)",
		Long: `mcp watches a cluster without a screen and answers a client of the Model Context
Protocol, as AI assistants are: what there is, what changed and who changed it,
what is not well and why. It speaks over standard input and output, or with
--http over HTTP to who knows the token.

It only reads, and the values of Secrets are masked. Types are chosen as for the
dashboard; a type that is asked for and not named is watched from then on. What
--namespace and --selector leave out cannot be asked for.

What happens is judged by rules, those that dogwatch comes with and those of
--rules, from when somebody asks what they find, or from the start with --signals.

With --recording it answers about a recording: how all was at its end, or at the
moment of --at, and what had changed before.`,
		Example: `  # for the configuration of a client: this command, and these arguments
  dogwatch mcp -A --context prod

  # for clients that connect to it
  dogwatch mcp -A --http 8811 --token-file token`,
		Args: cobra.ArbitraryArgs,
		RunE: func(command *cobra.Command, types []string) error {
			if err := errors.Join(o.validate(types), o.validateRecording(command)); err != nil {
				return setup.Usage(err)
			}
			if err := o.UseConfig(command, types); err != nil {
				return err
			}
			return runMCP(command.Context(), o, types, mcp.Stdio(stdin, stdout), stderr)
		},
	}
	o.AddFlags(command)
	o.AddHistoryFlag(command)
	o.AddMetricsFlag(command)
	o.AddConfigFlag(command)
	flags := command.Flags()
	flags.StringVar(&o.recording, "recording", "", "answer about this recording instead of a cluster")
	flags.StringVar(&o.at, "at", "", "with --recording: the moment that is the present: 1m20s from the recording's beginning, 14:02:31 (local time), or 2006-01-02T15:04:05Z; its end without it")
	flags.IntVar(&o.answer, "max-answer", 32<<10, "how many bytes an answer may have")
	flags.StringVar(&o.http, "http", "", "answer over HTTP at this address; a port alone is of this machine's loopback")
	flags.StringVar(&o.tokenFile, "token-file", "", "with --http: the file with the token that clients must send; it is made if there is none. Without it a new token is said")
	flags.BoolVar(&o.signals, "signals", false, "apply rules from the start, and watch all types that they are about")
	flags.StringArrayVar(&o.rules, "rules", nil, "a file of rules, beside those that dogwatch comes with; may be given several times")
	flags.BoolVar(&o.clusterPolicies, "cluster-policies", false, "have the cluster's own ValidatingAdmissionPolicies judge what exists, too: what they would not admit today")
	flags.IntVar(&o.most, "max-types", 20, "how many types are watched at most because they were asked for")
	return command
}

func (o *mcpOptions) validate(types []string) error {
	switch {
	case o.answer < 4<<10 || o.answer > 16<<20:
		return fmt.Errorf("--max-answer %d: give 4096 bytes or more, at most 16 MiB", o.answer)
	case o.most < 1:
		return fmt.Errorf("--max-types %d: give 1 or more", o.most)
	case o.tokenFile != "" && o.http == "":
		return errors.New("--token-file goes with --http")
	}
	return o.Validate(types)
}

// validateRecording finds what does not go with a recording, or without one.
func (o *mcpOptions) validateRecording(command *cobra.Command) error {
	if o.recording == "" {
		if o.at != "" {
			return errors.New("--at goes with --recording")
		}
		return nil
	}
	for _, name := range []string{"context", "kubeconfig", "selector", "field-selector", "config"} {
		if command.Flags().Changed(name) {
			return fmt.Errorf("--%s does not go with --recording", name)
		}
	}
	return nil
}

// runMCP answers until the client leaves or a signal comes. Both are a good end.
func runMCP(ctx context.Context, o *mcpOptions, types []string, transport sdk.Transport, stderr io.Writer) error {
	closeLog, err := o.StartLog(io.Discard)
	if err != nil {
		return err
	}
	defer closeLog()
	o.History = o.NewHistory()
	if o.recording != "" {
		recorded, stop, err := o.openRecording(ctx)
		if err != nil {
			return setup.Local(err)
		}
		defer stop()
		sayProblems(stderr, o.problems())
		if len(types) == 0 {
			types = recorded
		}
	}
	rules, err := o.ownRules(stderr)
	if err != nil {
		return setup.Local(err)
	}
	return o.watch(ctx, types, rules, transport, stderr)
}

// watch watches what is asked about, and answers.
func (o *mcpOptions) watch(ctx context.Context, types []string, rules *ownRules, transport sdk.Transport, stderr io.Writer) error {
	say := (&speaker{to: stderr}).say
	marks := &mcp.Marks{}
	judging := newJudging(ctx, o, rules, say, marks.Mark)
	ws, err := o.Workspace(context.WithoutCancel(ctx), func() { marks.Mark(); judging.mark() })
	if err != nil {
		return err
	}
	defer closeWatches(ctx, ws, stderr)
	judging.ws = ws
	defer judging.close()
	follower := o.FollowAlone(ws, rules.prepare, say)
	told := prom.Handler(metrics.All(metrics.Of(setup.Version(), ws), metrics.OfFollower(follower), metrics.OfSignals(judging.open)))
	stopMetrics, err := metrics.Serve(o.Metrics, metrics.Routes(told, metrics.Ready(follower, ws)), say)
	if err != nil {
		return setup.Local(err)
	}
	defer stopMetrics()
	stopFollowing, err := setup.OpenFollowed(ctx, follower, ws, types, typesForQuestions())
	if err != nil {
		return err
	}
	defer stopFollowing()
	if o.signals {
		if err := judging.Start(); err != nil {
			return setup.Local(err)
		}
	}
	server := mcp.New(mcp.Options{Workspace: ws, Marks: marks, Signals: judging, Version: setup.Version(), Now: o.Played, Recorded: o.Recorded != nil, Problems: o.problems, AnswerBytes: o.answer, MostWatched: o.most})
	defer server.Close()
	return setup.Local(o.serve(ctx, server, transport, stderr))
}

// ownRules are the user's. Where they are applied from the start, or named, what is wrong with them is said at the start.
func (o *mcpOptions) ownRules(stderr io.Writer) (*ownRules, error) {
	rules, err := newOwnRules(func() (recorded.Rules, error) { return o.read(stderr) }, o.Config)
	if err == nil && (o.signals || len(o.rules) > 0) {
		_, err = rules.fixed()
	}
	return rules, err
}

// serve answers over HTTP, or the one client that there is.
func (o *mcpOptions) serve(ctx context.Context, server *mcp.Server, transport sdk.Transport, stderr io.Writer) error {
	if o.http != "" {
		return serveMCP(ctx, o, server, stderr)
	}
	ignoreBrokenPipes() // of a client that leaves while it is told of an update
	err := server.Run(ctx, transport)
	if ctx.Err() != nil || errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

func closeWatches(ctx context.Context, ws *workspace.Workspace, stderr io.Writer) {
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeLimit)
	defer cancel()
	if err := ws.Close(closing); err != nil {
		fmt.Fprintf(stderr, "dogwatch: ending the watches: %s\n", strings.ReplaceAll(err.Error(), "\n", "; "))
	}
}
