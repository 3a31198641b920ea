package setup

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/dogwatch/dogwatch/cluster"
	"github.com/dogwatch/dogwatch/config"
	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/model/timeline"
	"github.com/dogwatch/dogwatch/workspace"
)

// Options are what the command line, the user's configuration and the program itself say of what is to be watched, and how.
type Options struct {
	Kube          *cluster.Flags
	AllNamespaces bool
	LabelSelector string
	FieldSelector string
	Resync        time.Duration
	LogFile       string
	Verbosity     int
	// Metrics is where metrics of dogwatch itself are served; empty for nowhere.
	Metrics string
	// WholeObjects keeps managedFields in memory, for who needs them.
	WholeObjects bool
	// Managers lets who asks be told who changed what; History does so, too.
	Managers bool
	// ShardSelector asks servers that know it for a part of the objects.
	ShardSelector string
	// Redact hides more than the values of Secrets.
	Redact []*informers.Redaction
	// Played is the clock of the recording that is watched; nil for a cluster.
	Played func() time.Time
	// Recorded is that recording, of which the history is; nil where the history is of what the watches tell.
	Recorded workspace.Recorded
	// HistoryMemory is what the history of changes may take, and History is where it is; nil where nothing is remembered.
	HistoryMemory MemorySize
	History       *timeline.Timeline
	// ConfigFrom is the configuration that is followed: a file, or configmap:NAMESPACE/NAME; empty for none.
	ConfigFrom string
	// namespacesGiven tells that the command line says which namespaces are watched.
	namespacesGiven bool
	// Config is what the user's configuration says, as far as it is right.
	Config config.Config
}

// New gives the options of a command line that says nothing.
func New() Options {
	return Options{Kube: cluster.NewFlags(), Config: config.Default()}
}

// AddFlags adds the flags that say which cluster, and what of it.
func (o *Options) AddFlags(command *cobra.Command) {
	o.Kube.AddTo(command.Flags())
	o.AddFlagsOfAny(command)
}

// AddFlagsOfAny adds those that say nothing of a cluster.
func (o *Options) AddFlagsOfAny(command *cobra.Command) {
	flags := command.Flags()
	flags.SortFlags = true
	flags.BoolVarP(&o.AllNamespaces, "all-namespaces", "A", false, "show all namespaces; it wins over --namespace, as for kubectl")
	flags.StringVarP(&o.LabelSelector, "selector", "l", "", "label selector that every watch is limited by (app=shop,tier!=web)")
	flags.StringVar(&o.FieldSelector, "field-selector", "", "field selector that every watch is limited by (status.phase=Running)")
	flags.DurationVar(&o.Resync, "resync", 0, "how often client-go's reflectors hand over again what is held; 0 is never. It asks the server for nothing, and what is held already is no change")
	flags.StringVar(&o.LogFile, "log-file", "", "append dogwatch's and client-go's log to this file")
	flags.IntVarP(&o.Verbosity, "v", "v", 0, "how much client-go logs, 0 to 9; goes with --log-file")
}

// AddMetricsFlag adds the flag that says where metrics are served.
func (o *Options) AddMetricsFlag(command *cobra.Command) {
	command.Flags().StringVar(&o.Metrics, "metrics", "", "serve metrics of dogwatch itself for Prometheus at this address; a port alone is of this machine's loopback")
}

// Validate finds what is wrong with the flags before anything is opened.
func (o *Options) Validate(types []string) error {
	if _, err := labels.Parse(o.LabelSelector); err != nil {
		return fmt.Errorf("--selector %q: %w", o.LabelSelector, err)
	}
	if _, err := fields.ParseSelector(o.FieldSelector); err != nil {
		return fmt.Errorf("--field-selector %q: %w", o.FieldSelector, err)
	}
	if _, err := clientcmd.ParseTimeout(o.Kube.Timeout); err != nil {
		return fmt.Errorf("--request-timeout %q: give a duration such as 5s, or 0 for none", o.Kube.Timeout)
	}
	if o.Resync < 0 {
		return fmt.Errorf("--resync %s: give a duration of 0 or more", o.Resync)
	}
	for _, arg := range types {
		if _, err := config.SplitTypes(arg); err != nil {
			return err
		}
	}
	return nil
}
