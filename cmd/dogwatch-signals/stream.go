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

	"github.com/dogwatch/dogwatch/config"
	"github.com/dogwatch/dogwatch/follow"
	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/metrics"
	"github.com/dogwatch/dogwatch/metrics/prom"
	"github.com/dogwatch/dogwatch/model/noise"
	"github.com/dogwatch/dogwatch/setup"
	"github.com/dogwatch/dogwatch/signals/recorded"
	"github.com/dogwatch/dogwatch/stream"
	"github.com/dogwatch/dogwatch/ui/text"
	"github.com/dogwatch/dogwatch/workspace"
)

// streamOptions are what the command line of "stream" says.
type streamOptions struct {
	setup.Options
	// sink is where events go, and isGiven that the command line says something of that: then it wins over the configuration.
	sink    config.Sink
	isGiven bool
	// configFiles is the folder of the files that a configuration in the cluster may name; empty for none.
	configFiles string
	cluster     string
	redact      []string
	ruleOptions
	drain           time.Duration
	queue, spoolMax string
	shard           string

	// part is what the text above means, once it is validated.
	part stream.Shard
}

// sinkFlags are those that say of a sink what a configuration may say.
func sinkFlags() []string {
	return []string{
		"format", "to", "to-ca", "to-cert", "to-key", "to-credentials", "changes", "signals", "skip-noise", "queue", "spool", "spool-max", "batch", "timeout", "header",
	}
}

func newStream(stdout, stderr io.Writer) *cobra.Command {
	_, command := newStreamOptions(stdout, stderr)
	return command
}

// newStreamOptions makes the command, and what its command line is read into.
func newStreamOptions(stdout, stderr io.Writer) (*streamOptions, *cobra.Command) {
	o := &streamOptions{Options: setup.New(), sink: config.DefaultSink()}
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
			o.isGiven = o.ConfigFrom == "" || slices.ContainsFunc(sinkFlags(), command.Flags().Changed)
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
	flags.StringVar(&o.sink.Format, "format", o.sink.Format, "text, json or cloudevents")
	flags.StringVar(&o.sink.To, "to", o.sink.To, "stdout, file:PATH, http://…, https://…, nats://HOST/SUBJECT or kafka://HOST/TOPIC; nats+tls and kafka+tls encrypt")
	flags.StringVar(&o.sink.CA, "to-ca", "", "a file with the certificates that the server's is signed by; the system's without it. A broker is then connected to with TLS")
	flags.StringVar(&o.sink.Cert, "to-cert", "", "a file with dogwatch's certificate, for a server that asks for one")
	flags.StringVar(&o.sink.Key, "to-key", "", "the file with the key of --to-cert")
	flags.StringVar(&o.sink.Credentials, "to-credentials", "", "a file with USER:PASSWORD for a broker, a token or a .creds file for NATS")
	flags.StringVar(&o.cluster, "cluster-name", "", "the name under which the cluster is told; the context's by default")
	flags.StringArrayVar(&o.redact, "redact", nil, "hide the values at this path, as [TYPE:]JSONPATH (cm:.data.*); may be given several times")
	flags.BoolVar(&o.sink.Changes, "changes", false, "tell changes; so it is without --signals")
	flags.BoolVar(&o.sink.Signals, "signals", false, "tell what rules find, and no changes unless --changes says so")
	flags.StringArrayVar(&o.rules, "rules", nil, "with --signals: a file of rules, beside those that dogwatch comes with; may be given several times")
	flags.BoolVar(&o.clusterPolicies, "cluster-policies", false, "with --signals: tell what the cluster's own ValidatingAdmissionPolicies would not admit today of what exists")
	flags.BoolVar(&o.sink.SkipNoise, "skip-noise", false, "leave out what only says that all goes on, such as heartbeats")
	flags.DurationVar(&o.drain, "drain", 10*time.Second, "how long may be sent at the end what waits then")
	flags.StringVar(&o.queue, "queue", "64Mi", "how much may wait in memory; with --spool nothing does")
	flags.StringVar(&o.sink.Spool, "spool", "", "a directory for what waits; what is not delivered at the end is there at the next start")
	flags.StringVar(&o.spoolMax, "spool-max", "1Gi", "how much of the disk the directory may take")
	flags.IntVar(&o.sink.Batch, "batch", o.sink.Batch, "how many events one request has at most; 1 sends each as such")
	flags.DurationVar(&o.sink.Timeout, "timeout", o.sink.Timeout, "how long one request may take")
	flags.StringVar(&o.configFiles, "config-files", "", "a folder: what sinks of a configuration in the cluster name of this machine, such as spools and tokens, has to be in it. They may name nothing without it")
	flags.StringVar(&o.shard, "shard", "", "tell changes of a part of the objects only: 0/3, 1/3 and 2/3 are of all together")
	flags.StringArrayVar(&o.sink.Headers, "header", nil, "a header of each request (\"Name: value\"), or @FILE with one a line; may be given several times")
	return o, command
}

func (o *streamOptions) validate(types []string) (err error) {
	if o.shard != "" {
		if o.part, err = stream.ParseShard(o.shard); err != nil {
			return fmt.Errorf("--shard: %w", err)
		}
		o.ShardSelector = o.part.Selector()
	}
	if err := o.validateSink(); err != nil {
		return err
	}
	switch {
	case len(o.rules) > 0 && !o.mayJudge():
		return errors.New("--rules goes with --signals")
	case o.clusterPolicies && !o.mayJudge():
		return errors.New("--cluster-policies goes with --signals")
	case o.drain < 0:
		return fmt.Errorf("--drain %s: give a duration of 0 or more", o.drain)
	case o.configFiles != "" && !o.ConfigInCluster():
		return errors.New("--config-files goes with --config configmap:NAMESPACE/NAME")
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

// mayJudge tells that rules are applied, or may be once the configuration says so.
func (o *streamOptions) mayJudge() bool { return !o.isGiven || o.sink.Signals }

// validateSink finds what is wrong with what the flags say of the sink.
func (o *streamOptions) validateSink() error {
	var ok bool
	if o.sink.Queue, ok = config.ParseMemory(o.queue); !ok {
		return fmt.Errorf("--queue %q: give a size such as 64Mi", o.queue)
	}
	if o.sink.SpoolMax, ok = config.ParseMemory(o.spoolMax); !ok || o.sink.SpoolMax < config.LeastSpool {
		return fmt.Errorf("--spool-max %q: give a size such as 1Gi, and at least 1Mi", o.spoolMax)
	}
	switch {
	case formatOf(o.sink.Format) == nil:
		return fmt.Errorf("--format %q: give text, json or cloudevents", o.sink.Format)
	case o.sink.Batch < 1:
		return fmt.Errorf("--batch %d: give 1 or more", o.sink.Batch)
	case o.sink.Timeout <= 0:
		return fmt.Errorf("--timeout %s: give a duration of more than 0", o.sink.Timeout)
	}
	o.sink.Changes = o.sink.Changes || !o.sink.Signals
	if o.sink.Signals && o.part.Count > 1 {
		return fmt.Errorf("%w --signals", errShard)
	}
	_, err := checkSink(&o.sink)
	return asFlag(err)
}

// errShard is of rules, which look at related objects, that may be of other shards.
var errShard = errors.New("--shard does not go with")

// runStream tells what happens until ctx ends, which is a good end.
func runStream(ctx context.Context, o *streamOptions, types []string, stdout, stderr io.Writer) (err error) {
	closeLog, err := o.StartLog(io.Discard)
	if err != nil {
		return err
	}
	defer closeLog()
	r := &streamRun{
		streamOptions: o, allTypes: len(types) == 0 && o.ConfigFrom == "", stderr: &speaker{to: stderr},
		wake: make(chan struct{}, 1), recorderWake: make(chan struct{}, 1), told: map[string]string{},
	}
	if err := r.prepare(stdout, stderr); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, setup.Local(r.deliveries.close())) }()
	// The watches outlive ctx: what has happened until it ends is told yet.
	watching, stopWatching := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWatching()
	if r.ws, err = o.Workspace(watching, r.changed); err != nil {
		return err
	}
	defer r.close(ctx)
	r.follower = o.FollowAlone(r.ws, r.take, func(format string, args ...any) { r.stderr.say(format, args...); r.changed() })
	stopMetrics, err := metrics.Serve(o.Metrics, metrics.Routes(prom.Handler(r.metrics()), metrics.Ready(r.follower, r.ws)), r.stderr.say)
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
		r.deliveries.limit()
		return err
	}
	r.deliveries.begin()
	select {
	case <-ctx.Done():
	case <-r.deliveries.over:
	}
	r.deliveries.limit() // an edit may be waiting for what drains
	stopFollowing()
	return setup.Local(r.deliveries.close())
}

// prepare reads the rules, and opens where events go, as far as that is known at the start.
func (r *streamRun) prepare(stdout, stderr io.Writer) (err error) {
	r.deliveries = newDeliveries(r, stdout)
	if r.quiet, err = r.NoiseRules(); err != nil {
		return err
	}
	if r.rules, err = newOwnRules(func() (recorded.Rules, error) { return r.read(stderr) }, r.Config); err != nil {
		return setup.Local(err)
	}
	if r.sink.Signals || len(r.ruleOptions.rules) > 0 {
		if _, err := r.rules.fixed(); err != nil {
			return setup.Local(err)
		}
	}
	if r.ConfigInCluster() && !r.isGiven {
		return nil // it is not known yet
	}
	sinks, err := r.sinksOf(r.Config)
	if err == nil {
		err = r.deliveries.set(sinks, func() {})
	}
	return setup.Local(err)
}

// take takes in a configuration, but for its types: it is a setup.Taker that leaves nothing to be brought about.
func (r *streamRun) take(c config.Config) (take func(), err error) {
	rules, err := r.rules.prepare(c)
	if err != nil {
		return nil, err
	}
	sinks, err := r.sinksOf(c)
	if err != nil {
		return nil, err
	}
	if r.isGiven && len(c.Sinks) > 0 {
		r.unused.Do(func() {
			r.stderr.say("the sinks of %s are not used: the command line says where to send", r.ConfigFrom)
		})
	}
	return func() {}, r.deliveries.set(sinks, rules)
}

// streamRun is one run of "stream".
type streamRun struct {
	*streamOptions
	ws *workspace.Workspace
	// allTypes has the types of all rules watched, where no types are named, and not of the user's rules only.
	allTypes bool
	stderr   *speaker
	quiet    *noise.Rules
	rules    *ownRules
	wake     chan struct{}
	// recorderWake is for who judges, as wake is for who waits for types.
	recorderWake chan struct{}
	telling      sync.Mutex
	told         map[string]string // what was last said of each tab
	deliveries   *deliveries
	// isKnown tells that it is known what is watched, and that what is to be hidden is. Nothing is told before.
	isKnown atomic.Bool
	found   foundCounts
	// follower is of the configuration, nil where none is followed.
	follower *follow.Follower
	// unused is said once.
	unused sync.Once
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
	wake(r.wake)
	wake(r.recorderWake)
	r.deliveries.changed()
}

func (r *streamRun) close(ctx context.Context) {
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeLimit)
	defer cancel()
	if err := r.ws.Close(closing); err != nil {
		r.stderr.say("ending the watches: %v", err)
	}
}

// check waits until it is known which types there are, and finds what would tell nothing, or what was to be hidden. It is done where ctx has
// ended before, or nothing is delivered any more.
func (r *streamRun) check(ctx context.Context) (done bool, err error) {
	s, known := setup.Known(r.follower, r.ws)
	for ; !known; s, known = setup.Known(r.follower, r.ws) {
		r.tell(s)
		select {
		case <-ctx.Done():
			return true, nil
		case <-r.deliveries.over:
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
	r.telling.Lock()
	defer r.telling.Unlock()
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
	if !r.isKnown.Load() {
		return nil
	}
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

// clusterName is the name under which the cluster is told.
func (r *streamRun) clusterName() string {
	if r.cluster != "" {
		return r.cluster
	}
	return r.ws.Snapshot().Context
}
