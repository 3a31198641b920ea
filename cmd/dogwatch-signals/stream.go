package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"

	"github.com/dogwatch/dogwatch/config"
	"github.com/dogwatch/dogwatch/follow"
	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/metrics"
	"github.com/dogwatch/dogwatch/metrics/prom"
	"github.com/dogwatch/dogwatch/model/noise"
	"github.com/dogwatch/dogwatch/setup"
	"github.com/dogwatch/dogwatch/signals/recorded"
	"github.com/dogwatch/dogwatch/stream"
	"github.com/dogwatch/dogwatch/stream/sinks"
	"github.com/dogwatch/dogwatch/ui/text"
	"github.com/dogwatch/dogwatch/workspace"
)

// streamOptions are what the command line of "stream" says.
type streamOptions struct {
	setup.Options
	format    string
	to        string
	cluster   string
	redact    []string
	skipNoise bool
	changes   bool
	signals   bool
	ruleOptions
	drain    time.Duration
	queue    string
	spool    string
	spoolMax string
	batch    int
	timeout  time.Duration
	headers  []string
	shard    string

	// tls and credentials are for where it goes.
	tls         sinks.TLSFiles
	credentials string

	// These are what the texts above mean, once they are validated.
	target               *target
	part                 stream.Shard
	queueSize, spoolSize int64
}

func newStream(stdout, stderr io.Writer) *cobra.Command {
	_, command := newStreamOptions(stdout, stderr)
	return command
}

// newStreamOptions makes the command, and what its command line is read into.
func newStreamOptions(stdout, stderr io.Writer) (*streamOptions, *cobra.Command) {
	o := &streamOptions{Options: setup.New()}
	o.Managers = true
	command := &cobra.Command{
		Use:   "stream [TYPE[,TYPE...]...]",
		Short: "Tell others what changes, as it changes",
		Long: `stream tells each change of what it watches, until ctrl-c or SIGTERM: as lines of
text, as JSON, or as CloudEvents, to standard output, into a file, to an HTTP
server, to NATS JetStream or to Kafka. What of it could not be told is told, too:
docs/stream.md says how.

Each event is delivered at least once, those of one object in their order; one
that comes twice has the same id. What waits is kept in memory, or with --spool
in a directory, where it outlives the process. Where neither has room, changes of
one object are merged and counted.

Types are chosen as for the dashboard. Values of Secrets are not told; --redact
hides more, as for record.`,
		Example: `  dogwatch stream pods,deploy -n shop
  dogwatch stream -A deploy,sts,ds --format json --skip-noise | jq .
  dogwatch stream -A all --format cloudevents --to https://events.shop/in \
    --header @token.txt --spool /var/lib/dogwatch
  dogwatch stream -A pods --format json --to nats://nats.shop/dogwatch \
    --to-credentials dogwatch.creds`,
		Args: cobra.ArbitraryArgs,
		RunE: func(command *cobra.Command, types []string) error {
			if err := o.validate(types); err != nil {
				return setup.Usage(err)
			}
			if err := o.UseConfig(command, types); err != nil {
				return err
			}
			return runStream(command.Context(), o, types, stdout, stderr)
		},
	}
	o.AddFlags(command)
	o.AddMetricsFlag(command)
	o.AddConfigFlag(command)
	flags := command.Flags()
	flags.StringVar(&o.format, "format", "text", "text, json or cloudevents")
	flags.StringVar(&o.to, "to", "stdout", "stdout, file:PATH, http://…, https://…, nats://HOST/SUBJECT or kafka://HOST/TOPIC; nats+tls and kafka+tls encrypt")
	flags.StringVar(&o.tls.Authorities, "to-ca", "", "a file with the certificates that the server's is signed by; the system's without it. A broker is then connected to with TLS")
	flags.StringVar(&o.tls.Certificate, "to-cert", "", "a file with dogwatch's certificate, for a server that asks for one")
	flags.StringVar(&o.tls.Key, "to-key", "", "the file with the key of --to-cert")
	flags.StringVar(&o.credentials, "to-credentials", "", "a file with USER:PASSWORD for a broker, a token or a .creds file for NATS")
	flags.StringVar(&o.cluster, "cluster-name", "", "the name under which the cluster is told; the context's by default")
	flags.StringArrayVar(&o.redact, "redact", nil, "hide the values at this path, as [TYPE:]JSONPATH (cm:.data.*); may be given several times")
	flags.BoolVar(&o.changes, "changes", false, "tell changes; so it is without --signals")
	flags.BoolVar(&o.signals, "signals", false, "tell what rules find, and no changes unless --changes says so")
	flags.StringArrayVar(&o.rules, "rules", nil, "with --signals: a file of rules, beside those that dogwatch comes with; may be given several times")
	flags.BoolVar(&o.clusterPolicies, "cluster-policies", false, "with --signals: tell what the cluster's own ValidatingAdmissionPolicies would not admit today of what exists")
	flags.BoolVar(&o.skipNoise, "skip-noise", false, "leave out what only says that all goes on, such as heartbeats")
	flags.DurationVar(&o.drain, "drain", 10*time.Second, "how long may be sent at the end what waits then")
	flags.StringVar(&o.queue, "queue", "64Mi", "how much may wait in memory; with --spool nothing does")
	flags.StringVar(&o.spool, "spool", "", "a directory for what waits; what is not delivered at the end is there at the next start")
	flags.StringVar(&o.spoolMax, "spool-max", "1Gi", "how much of the disk the directory may take")
	flags.IntVar(&o.batch, "batch", 100, "how many events one request has at most; 1 sends each as such")
	flags.DurationVar(&o.timeout, "timeout", 30*time.Second, "how long one request may take")
	flags.StringVar(&o.shard, "shard", "", "tell changes of a part of the objects only: 0/3, 1/3 and 2/3 are of all together")
	flags.StringArrayVar(&o.headers, "header", nil, "a header of each request (\"Name: value\"), or @FILE with one a line; may be given several times")
	return o, command
}

func (o *streamOptions) validate(types []string) (err error) {
	if o.target, err = parseTarget(o.to); err != nil {
		return err
	}
	if o.shard != "" {
		if o.part, err = stream.ParseShard(o.shard); err != nil {
			return fmt.Errorf("--shard: %w", err)
		}
		o.ShardSelector = o.part.Selector()
	}
	if formatOf(o.format) == nil {
		return fmt.Errorf("--format %q: give text, json or cloudevents", o.format)
	}
	var ok bool
	if o.queueSize, ok = config.ParseMemory(o.queue); !ok {
		return fmt.Errorf("--queue %q: give a size such as 64Mi", o.queue)
	}
	if o.spoolSize, ok = config.ParseMemory(o.spoolMax); !ok || o.spoolSize < leastSpool {
		return fmt.Errorf("--spool-max %q: give a size such as 1Gi, and at least 1Mi", o.spoolMax)
	}
	switch {
	case o.signals && o.part.Count > 1: // rules look at related objects, which may be of other shards
		return errors.New("--shard does not go with --signals")
	case o.credentials != "" && o.target.broker == nil:
		return errors.New("--to-credentials goes with nats://… and kafka://…; for an HTTP server give --header @FILE")
	case len(o.rules) > 0 && !o.signals:
		return errors.New("--rules goes with --signals")
	case o.clusterPolicies && !o.signals:
		return errors.New("--cluster-policies goes with --signals")
	case o.batch < 1:
		return fmt.Errorf("--batch %d: give 1 or more", o.batch)
	case o.drain < 0:
		return fmt.Errorf("--drain %s: give a duration of 0 or more", o.drain)
	case o.timeout <= 0:
		return fmt.Errorf("--timeout %s: give a duration of more than 0", o.timeout)
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

// runStream tells what happens until ctx ends, which is a good end.
func runStream(ctx context.Context, o *streamOptions, types []string, stdout, stderr io.Writer) (err error) {
	closeLog, err := o.StartLog(io.Discard)
	if err != nil {
		return err
	}
	defer closeLog()
	out, err := o.open(stdout)
	if err != nil {
		return setup.Local(err)
	}
	defer func() { err = errors.Join(err, setup.Local(out.close())) }()
	quiet, err := o.NoiseRules()
	if err != nil {
		return err
	}
	rules, err := newOwnRules(func() (recorded.Rules, error) { return o.read(stderr) }, o.Config)
	if err != nil {
		return setup.Local(err)
	}
	if o.signals {
		if _, err := rules.fixed(); err != nil {
			return setup.Local(err)
		}
	}
	r := &streamRun{streamOptions: o, allTypes: len(types) == 0 && o.ConfigFrom == "", stderr: &speaker{to: stderr}, wake: make(chan struct{}, 1), recorderWake: make(chan struct{}, 1), told: map[string]string{}}
	// The watches outlive ctx: what has happened until it ends is told yet.
	watching, stopWatching := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWatching()
	if r.ws, err = o.Workspace(watching, r.changed); err != nil {
		return err
	}
	defer r.close(ctx)
	r.follower = o.FollowAlone(r.ws, rules.prepare, func(format string, args ...any) { r.stderr.say(format, args...); r.changed() })
	stopMetrics, err := metrics.Serve(o.Metrics, metrics.Routes(prom.Handler(r.metrics(out)), metrics.Ready(r.follower, r.ws)), r.stderr.say)
	if err != nil {
		return setup.Local(err)
	}
	defer stopMetrics()
	stopFollowing, err := setup.OpenFollowed(ctx, r.follower, r.ws, types, setup.DefaultTypes())
	if err != nil {
		return err
	}
	defer stopFollowing()
	if done, err := r.check(ctx); done || err != nil {
		return err
	}
	return r.run(ctx, out, quiet, rules)
}

// streamRun is one run of "stream".
type streamRun struct {
	*streamOptions
	ws *workspace.Workspace
	// allTypes has the types of all rules watched, where no types are named, and not of the user's rules only.
	allTypes bool
	stderr   *speaker
	wake     chan struct{}
	// recorderWake is for who judges, as wake is for who follows.
	recorderWake chan struct{}
	told         map[string]string // what was last said of each tab
	// sender is what sends, nil before it does.
	sender atomic.Pointer[stream.Sender]
	found  foundCounts
	// follower is of the configuration, nil where none is followed.
	follower *follow.Follower
}

// speaker lets several goroutines say things, each a line.
type speaker struct {
	mu sync.Mutex
	to io.Writer
}

func (s *speaker) say(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintln(s.to, "dogwatch: "+text.Clean(fmt.Sprintf(format, args...)))
}

// changed is the workspace's mark that something is different.
func (r *streamRun) changed() {
	for _, wake := range []chan struct{}{r.wake, r.recorderWake} {
		select {
		case wake <- struct{}{}:
		default:
		}
	}
}

func (r *streamRun) close(ctx context.Context) {
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeLimit)
	defer cancel()
	if err := r.ws.Close(closing); err != nil {
		r.stderr.say("ending the watches: %v", err)
	}
}

// check waits until it is known which types there are, and finds what would tell nothing, or what was to be hidden. It is done where ctx has
// ended before.
func (r *streamRun) check(ctx context.Context) (done bool, err error) {
	s, known := setup.Known(r.follower, r.ws)
	for ; !known; s, known = setup.Known(r.follower, r.ws) {
		r.tell(s)
		select {
		case <-ctx.Done():
			return true, nil
		case <-r.wake:
		}
	}
	r.changed() // for who waits next
	if err := setup.CheckRedactions(ctx, r.Redact, r.ws); ctx.Err() != nil {
		return true, nil
	} else if err != nil {
		return false, setup.Local(err)
	}
	if r.follower != nil || slices.ContainsFunc(s.Tabs, func(tab workspace.Tab) bool { return len(tab.Sources) > 0 || tab.Waits }) {
		return false, nil
	}
	var why []string
	for _, tab := range s.Tabs {
		if problem := setup.Trouble(s, tab); problem != "" && !slices.Contains(why, problem) {
			why = append(why, problem)
		}
	}
	return false, setup.Local(fmt.Errorf("there is nothing to watch: %s", strings.Join(why, "; ")))
}

// tell says what keeps a type from being watched, once for each change.
func (r *streamRun) tell(s workspace.Snapshot) {
	for _, tab := range s.Tabs {
		problem := strings.ReplaceAll(setup.Trouble(s, tab), "\n", "; ")
		before := r.told[tab.Title]
		r.told[tab.Title] = problem
		switch {
		case before == problem:
		case problem == "":
			r.stderr.say("%s: watching", tab.Title)
		default:
			r.stderr.say("%s: not watching: %s", tab.Title, problem)
		}
	}
}

// sources are the workspace's watches as a stream takes them.
func (r *streamRun) sources() []stream.Source {
	r.tell(r.ws.Snapshot())
	var sources []stream.Source
	for _, w := range r.ws.Watches() {
		if w.IsHeld { // it is for rules, and its changes were not asked for
			continue
		}
		s := stream.Source{Watch: w.Watch, Cluster: w.Watch.Identity().Cluster, Kind: w.Resource.Kind}
		if r.cluster != "" {
			s.Cluster = r.cluster
		}
		sources = append(sources, s)
	}
	return sources
}

// run streams.
func (r *streamRun) run(ctx context.Context, out *output, quiet *noise.Rules, rules *ownRules) error {
	if n := out.queue.Len(); n > 0 {
		r.stderr.say("%d events wait in %s since the last time, and are sent first", n, r.spool)
	}
	opts := stream.Options{
		Follow: stream.FollowerOptions{
			Sources: r.sources, Wake: r.wake, Noise: quiet, SkipNoise: r.skipNoise, SkipChanges: r.signals && !r.changes, Shard: r.part,
		},
		Format: formatOf(r.format), Queue: out.queue, Sink: out.sink, Drain: r.drain, Damage: out.damage,
		Send: stream.SenderOptions{
			Batch: r.batch,
			Tell:  func(what string) { r.stderr.say("%s", what) },
			Lost: func(m stream.Message, err error) {
				r.stderr.say("%s %s/%s/%s is refused, and dropped: %v", m.Type, m.Resource, m.Namespace, m.Name, err)
			},
		},
	}
	err := r.stream(ctx, opts, rules)
	var left *stream.LeftError
	if errors.As(err, &left) && r.spool != "" && !left.Untold {
		r.stderr.say("%v: they are in %s, for the next time", left, r.spool)
		return nil
	}
	return setup.Local(err)
}

// begin makes a stream, and has its sender counted.
func (r *streamRun) begin(opts stream.Options) *stream.Stream {
	s := stream.New(opts)
	r.sender.Store(s.Sender())
	return s
}

// stream runs a stream, and beside it what finds signals. That ends first, so that what it has found is told.
func (r *streamRun) stream(ctx context.Context, opts stream.Options, rules *ownRules) error {
	if !r.signals {
		return r.begin(opts).Run(ctx)
	}
	judging, stopJudging := context.WithCancel(ctx)
	defer stopJudging()
	streaming, stopStreaming := context.WithCancel(context.WithoutCancel(ctx))
	defer stopStreaming()
	f, err := r.find(judging, rules)
	if err != nil {
		return err
	}
	opts.Follow.More = f.take
	judged := make(chan error, 1)
	go func() {
		defer utilruntime.HandleCrash()
		defer stopStreaming()
		judged <- r.judge(judging, f)
	}()
	err = r.begin(opts).Run(streaming)
	stopJudging()
	return errors.Join(err, <-judged)
}
