package cli

import (
	"context"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"

	"github.com/dogwatch/dogwatch/setup"
)

// options are what the command line says.
type options struct {
	setup.Options
	// past is the recording that the dashboard shows; nil for a cluster.
	past past
	// pprof is where profiles of dogwatch itself are served; empty for nowhere.
	pprof string
	// debugStats shows what dogwatch itself takes.
	debugStats bool
	// warning is what is wrong with the user's configuration.
	warning string
	// namespaceGiven tells that the command line says which namespaces to show.
	namespaceGiven bool
	// crash is the process's panic handler.
	crash *crashHandler
	// signals has rules applied at once, rules are files with more of them, named those that the configuration names at the start, and judged is what the program that applies them is told of a recording.
	signals bool
	rules   []string
	named   []string
	judged  []string
	// clusterPolicies has the cluster's own policies judge what there is, too.
	clusterPolicies bool
	// newcomer gives hints to who sees dogwatch for the first time.
	newcomer bool
}

// Main runs dogwatch with args, the program's name first, and returns its exit
// code.
func Main(args []string, stdout, stderr io.Writer) int {
	crash := newCrashHandler(stderr)
	defer crash.Install()()
	defer utilruntime.HandleCrash()
	code := setup.ExitOK
	command := newRoot(commandName(args[0]), func(ctx context.Context, o *options, types []string) error {
		var err error
		o.crash = crash
		code, err = runDashboard(ctx, o, types, stderr)
		return err
	})
	command.AddCommand(newRecord(command.Name(), func(ctx context.Context, o *recordOptions, types []string) error {
		return runRecord(ctx, o, types, stderr)
	}))
	command.AddCommand(newReplay(command.Name(), func(ctx context.Context, o *replayOptions, types []string) error {
		var err error
		o.crash = crash
		if o.serve != "" {
			code, err = runServe(ctx, o, stdout, stderr)
		} else {
			code, err = runReplay(ctx, o, types, stderr)
		}
		return setup.Local(err)
	}))
	command.AddCommand(newDemo(command.Name(), func(ctx context.Context, o *replayOptions, types []string) error {
		var err error
		o.crash = crash
		code, err = runDemo(ctx, o, types, stderr)
		return setup.Local(err)
	}))
	command.AddCommand(newRecordingCommand(stdout, stderr))
	command.AddCommand(newConfigCommand(stdout, stderr))
	command.AddCommand(newHandedOver("rules", "List and try the rules that say what changes of a cluster mean", &code, stdout, stderr))
	command.AddCommand(newHandedOver("stream", "Tell others what changes, as it changes", &code, stdout, stderr))
	command.AddCommand(newHandedOver("rbac", "Print the rights that dogwatch needs to watch types", &code, stdout, stderr))
	command.AddCommand(newHandedOver("mcp", "Answer the questions of AI assistants about a cluster (Model Context Protocol)", &code, stdout, stderr))
	command.SetArgs(args[1:])
	command.SetOut(stdout)
	command.SetErr(stderr)
	if failed, err := command.ExecuteC(); err != nil {
		return setup.Report(err, command.Name(), failed, stderr)
	}
	return code
}

// commandName is how the user started the program: kubectl runs a plugin as
// "kubectl-dogwatch".
func commandName(arg0 string) string {
	name := strings.TrimSuffix(filepath.Base(arg0), ".exe")
	if plugin, ok := strings.CutPrefix(name, "kubectl-"); ok {
		return "kubectl " + strings.ReplaceAll(plugin, "_", "-")
	}
	return "dogwatch"
}

func newRoot(name string, run func(context.Context, *options, []string) error) *cobra.Command {
	o := options{Options: setup.New()}
	command := &cobra.Command{
		Use:   "dogwatch [TYPE[,TYPE...]...]",
		Short: "Watch many Kubernetes resource types at once, live, in the terminal",
		Long: `dogwatch shows the objects of many Kubernetes resource types at once, live.

Each argument is a tab; a comma joins types into one tab. Types are spelled as
for kubectl: pods, po, deployments.apps, foos.v1.example.com, or a category such
as all. Without arguments: what the configuration says, else pods, deployments,
services, nodes and events, as far as you may watch them.

dogwatch only reads: it has no way to change a cluster.`,
		Example: strings.ReplaceAll(`  # pods, deployments, services, nodes, events of the current namespace
  NAME

  # three tabs, the last one with three types, in all namespaces
  NAME pods deployments.apps svc,ep,cm -A

  # only what belongs to the shop
  NAME po,rs -n shop -l app=shop`, "NAME", name),
		Version:       setup.Version(),
		Annotations:   map[string]string{cobra.CommandDisplayNameAnnotation: name},
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(command *cobra.Command, types []string) error {
			if err := o.Validate(types); err != nil {
				return setup.Usage(err)
			}
			if err := o.ValidateConfigFlag(types); err != nil {
				return setup.Usage(err)
			}
			o.namespaceGiven = command.Flags().Changed("namespace") || command.Flags().Changed("all-namespaces")
			return run(command.Context(), &o, types)
		},
	}
	o.AddFlags(command)
	o.AddHistoryFlag(command)
	o.addSignalsFlags(command)
	o.addDebugFlags(command)
	o.AddMetricsFlag(command)
	o.AddConfigFlag(command)
	command.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return setup.Usage(err) })
	return command
}

// addSignalsFlags adds those that say which rules are applied, and when.
func (o *options) addSignalsFlags(command *cobra.Command) {
	flags := command.Flags()
	flags.BoolVar(&o.signals, "signals", false, "apply rules from the start, watch the types that they are about, and tell what they find; else from when signals are looked at")
	flags.StringArrayVar(&o.rules, "rules", nil, "apply the rules of this file, too, and watch the types that they are about; may be given several times (dogwatch rules)")
	flags.BoolVar(&o.clusterPolicies, "cluster-policies", false, "tell what the cluster's own ValidatingAdmissionPolicies would not admit today of what exists")
}

// addDebugFlags adds those that say what dogwatch itself does.
func (o *options) addDebugFlags(command *cobra.Command) {
	flags := command.Flags()
	flags.StringVar(&o.pprof, "pprof", "", "serve profiles of dogwatch itself at this address; a port alone is of this machine's loopback")
	flags.BoolVar(&o.debugStats, "debug-stats", false, "show in a corner what dogwatch itself takes: frame time, changes, queue, heap, goroutines")
}
