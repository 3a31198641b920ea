package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/dogwatch/dogwatch/cluster"
	"github.com/dogwatch/dogwatch/config"
	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/model/timeline"
	"github.com/dogwatch/dogwatch/ui/text"
)

// Exit codes. A signal ends the process with 128 and its number, as shells
// expect.
const (
	exitOK    = 0
	exitError = 1
	exitUsage = 2
	exitCrash = 70
)

// options are what the command line says.
type options struct {
	kube          *cluster.Flags
	allNamespaces bool
	labelSelector string
	fieldSelector string
	resync        time.Duration
	logFile       string
	verbosity     int
	// wholeObjects keeps managedFields in memory, for who needs them.
	wholeObjects bool
	// redact hides more than the values of Secrets.
	redact []*informers.Redaction
	// past is the recording that the dashboard shows; nil for a cluster.
	past past
	// pprof is where profiles of dogwatch itself are served; empty for nowhere.
	pprof string
	// debugStats shows what dogwatch itself takes.
	debugStats bool
	// historyMemory is what the history of changes may take, and history is where it is; nil where nothing is remembered.
	historyMemory memorySize
	history       *timeline.Timeline
	// config is what the user's configuration says, as far as it is right, and warning what is wrong with it.
	config  config.Config
	warning string
	// namespaceGiven tells that the command line says which namespaces to show.
	namespaceGiven bool
	// crash is the process's panic handler.
	crash *crashHandler
	// newcomer gives hints to who sees dogwatch for the first time.
	newcomer bool
}

// usageError is a command line that makes no sense, as opposed to a cluster or
// a file that does not.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// Main runs dogwatch with args, the program's name first, and returns its exit
// code.
func Main(args []string, stdout, stderr io.Writer) int {
	crash := &crashHandler{stderr: stderr, exit: os.Exit}
	defer crash.install()()
	defer utilruntime.HandleCrash()
	code := exitOK
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
		return local(err)
	}))
	command.AddCommand(newDemo(command.Name(), func(ctx context.Context, o *replayOptions, types []string) error {
		var err error
		o.crash = crash
		code, err = runDemo(ctx, o, types, stderr)
		return local(err)
	}))
	command.AddCommand(newRecordingCommand(stdout, stderr))
	command.AddCommand(newConfigCommand(stdout, stderr))
	command.AddCommand(newRulesCommand(&code, stdout, stderr))
	command.SetArgs(args[1:])
	command.SetOut(stdout)
	command.SetErr(stderr)
	if failed, err := command.ExecuteC(); err != nil {
		return report(err, command.Name(), failed, stderr)
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

// localError is of a file or of this machine: it says itself what is wrong, and nothing of it is a cluster's.
type localError struct{ error }

func (e localError) Unwrap() error { return e.error }

// local marks an error, if there is one, as a localError.
func local(err error) error {
	if err == nil {
		return nil
	}
	return localError{err}
}

// report prints the error of a command with what to do about it, and gives its exit code.
func report(err error, name string, command *cobra.Command, stderr io.Writer) int {
	var usage usageError
	if errors.As(err, &usage) {
		fmt.Fprintf(stderr, "%s: %v\nSee '%s --help'.\n", name, err, command.CommandPath())
		return exitUsage
	}
	var ours localError
	if errors.As(err, &ours) {
		fmt.Fprintf(stderr, "%s: %s\n", name, text.Clean(strings.ReplaceAll(err.Error(), "\n", "; ")))
		return exitError
	}
	problem := cluster.Explain(err)
	fmt.Fprintf(stderr, "%s: %s\n", name, text.Clean(problem.Summary))
	if problem.Hint != "" {
		fmt.Fprintln(stderr, text.Clean(problem.Hint))
	}
	return exitError
}

func newRoot(name string, run func(context.Context, *options, []string) error) *cobra.Command {
	o := newOptions()
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
		Version:       version(),
		Annotations:   map[string]string{cobra.CommandDisplayNameAnnotation: name},
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(command *cobra.Command, types []string) error {
			if err := o.validate(types); err != nil {
				return usageError{err}
			}
			o.namespaceGiven = command.Flags().Changed("namespace") || command.Flags().Changed("all-namespaces")
			return run(command.Context(), &o, types)
		},
	}
	o.addFlags(command)
	o.addHistoryFlag(command)
	o.addDebugFlags(command)
	command.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	return command
}

func newOptions() options {
	return options{kube: cluster.NewFlags(), config: config.Default()}
}

func (o *options) addFlags(command *cobra.Command) {
	o.kube.AddTo(command.Flags())
	o.addDashboardFlags(command)
}

// addDashboardFlags adds those that say nothing of a cluster.
func (o *options) addDashboardFlags(command *cobra.Command) {
	flags := command.Flags()
	flags.SortFlags = true
	flags.BoolVarP(&o.allNamespaces, "all-namespaces", "A", false, "show all namespaces; it wins over --namespace, as for kubectl")
	flags.StringVarP(&o.labelSelector, "selector", "l", "", "label selector that every watch is limited by (app=shop,tier!=web)")
	flags.StringVar(&o.fieldSelector, "field-selector", "", "field selector that every watch is limited by (status.phase=Running)")
	flags.DurationVar(&o.resync, "resync", 0, "how often the informers hand over again what they hold; 0 is never. It asks the server for nothing")
	flags.StringVar(&o.logFile, "log-file", "", "append dogwatch's and client-go's log to this file")
	flags.IntVarP(&o.verbosity, "v", "v", 0, "how much client-go logs, 0 to 9; goes with --log-file")
}

// addDebugFlags adds those that say what dogwatch itself does.
func (o *options) addDebugFlags(command *cobra.Command) {
	flags := command.Flags()
	flags.StringVar(&o.pprof, "pprof", "", "serve profiles of dogwatch itself at this address; a port alone is of this machine's loopback")
	flags.BoolVar(&o.debugStats, "debug-stats", false, "show in a corner what dogwatch itself takes: frame time, changes, queue, heap, goroutines")
}

// validate finds what is wrong with the flags before anything is opened.
func (o *options) validate(types []string) error {
	if _, err := labels.Parse(o.labelSelector); err != nil {
		return fmt.Errorf("--selector %q: %w", o.labelSelector, err)
	}
	if _, err := fields.ParseSelector(o.fieldSelector); err != nil {
		return fmt.Errorf("--field-selector %q: %w", o.fieldSelector, err)
	}
	if _, err := clientcmd.ParseTimeout(o.kube.Timeout); err != nil {
		return fmt.Errorf("--request-timeout %q: give a duration such as 5s, or 0 for none", o.kube.Timeout)
	}
	if o.resync < 0 {
		return fmt.Errorf("--resync %s: give a duration of 0 or more", o.resync)
	}
	for _, arg := range types {
		if _, err := config.SplitTypes(arg); err != nil {
			return err
		}
	}
	return nil
}
