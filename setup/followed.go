package setup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/config"
	"github.com/dogwatch/dogwatch/follow"
	"github.com/dogwatch/dogwatch/workspace"
)

// ConfigMapPrefix begins the name of a configuration that is in the cluster.
const ConfigMapPrefix = "configmap:"

// configKey is where in it.
const configKey = "config.yaml"

// AddConfigFlag adds the flag that says which configuration is followed.
func (o *Options) AddConfigFlag(command *cobra.Command) {
	command.Flags().StringVar(&o.ConfigFrom, "config", "", "watch the types that this file names, or configmap:NAMESPACE/NAME, and follow it: edits add and drop watches (docs/config.md)")
}

// ConfigInCluster tells that the configuration that is followed is in the cluster.
func (o *Options) ConfigInCluster() bool { return strings.HasPrefix(o.ConfigFrom, ConfigMapPrefix) }

// ValidateConfigFlag finds what is wrong with the flag, beside the types that the command line names.
func (o *Options) ValidateConfigFlag(types []string) error {
	if o.ConfigFrom != "" && len(types) > 0 {
		return errors.New("types are named by the arguments or by --config, not by both")
	}
	name, ok := strings.CutPrefix(o.ConfigFrom, ConfigMapPrefix)
	if !ok {
		return nil
	}
	if namespace, name, ok := strings.Cut(name, "/"); !ok || namespace == "" || name == "" || strings.Contains(name, "/") {
		return fmt.Errorf("--config %s: give configmap:NAMESPACE/NAME", o.ConfigFrom)
	}
	return nil
}

// ReadConfig reads the configuration of the flag, which has to be right at the start. One in the cluster is not read yet.
func (o *Options) ReadConfig() error {
	if o.ConfigFrom == "" {
		return nil
	}
	if o.ConfigInCluster() {
		return nil
	}
	content, err := config.ReadFile(o.ConfigFrom)
	if err != nil {
		return Local(fmt.Errorf("--config %s: %w", o.ConfigFrom, err))
	}
	read, problems := config.ParseFile(o.ConfigFrom, content)
	if len(problems) > 0 {
		all := make([]string, len(problems))
		for i, problem := range problems {
			all[i] = problem.Error()
		}
		return Local(fmt.Errorf("--config: %s", strings.Join(all, "\n")))
	}
	o.Config = read
	return nil
}

// UseConfig takes in the configuration of the flag, beside the types that the command line names, for a program without a screen.
func (o *Options) UseConfig(command *cobra.Command, types []string) error {
	if err := o.ValidateConfigFlag(types); err != nil {
		return Usage(err)
	}
	o.namespacesGiven = command.Flags().Changed("namespace") || command.Flags().Changed("all-namespaces")
	return o.ReadConfig()
}

// Taker takes of a configuration what is not its types: take brings it about, once nothing is wrong anywhere. An error leaves all as it was.
type Taker func(config.Config) (take func(), err error)

// FollowAlone makes what follows the configuration of UseConfig for a program without a screen; nil where there is none. more takes what is not of types,
// if it is not nil, and say is told in words what becomes of it.
func (o *Options) FollowAlone(ws *workspace.Workspace, more Taker, say func(format string, args ...any)) *follow.Follower {
	if o.ConfigFrom == "" {
		return nil
	}
	tabs := o.NewTabs(ws, o.namespacesGiven)
	apply := tabs.Apply
	if more != nil {
		apply = func(c config.Config) error {
			take, err := more(c)
			if err != nil {
				return err
			}
			take()
			return tabs.Apply(c) // which does not fail while there is something to change
		}
	}
	return o.Follow(ws, apply, func(s follow.State) {
		switch {
		case s.Problem != "" && s.Good > 0:
			say("%s: going on with what it said before", s.Problem)
		case s.Problem != "":
			say("%s: waiting for it", s.Problem)
		default:
			say("%s is followed", o.ConfigFrom)
		}
	})
}

// OpenFollowed opens what the configuration names, and follows it until stop is called; without one, the types, or the defaults where there are none.
func OpenFollowed(ctx context.Context, f *follow.Follower, ws *workspace.Workspace, types, defaults []string) (stop func(), err error) {
	if f == nil {
		return func() {}, OpenTabs(ws, types, defaults)
	}
	return f.Begin(ctx), nil
}

// Known gives a workspace as it is, and tells whether the catalog has been asked for all types that were asked for, which with a configuration are those that
// it names, perhaps none.
func Known(f *follow.Follower, ws *workspace.Workspace) (s workspace.Snapshot, known bool) {
	isApplied := f == nil || f.State().Good > 0 // asked first: it opens one tab after the other
	s = ws.Snapshot()
	return s, isApplied && (Resolved(s) || WatchesNothing(f, s))
}

// WatchesNothing tells that a configuration names no types, which it may do later.
func WatchesNothing(f *follow.Follower, s workspace.Snapshot) bool {
	return f != nil && f.State().Good > 0 && len(s.Tabs) == 0
}

// Follow makes what follows the configuration: apply brings about what it says, as Tabs.Apply does, and changed is told what becomes of it.
func (o *Options) Follow(ws *workspace.Workspace, apply func(config.Config) error, changed func(follow.State)) *follow.Follower {
	var source follow.Source = follow.NewFile(o.ConfigFrom)
	if name, ok := strings.CutPrefix(o.ConfigFrom, ConfigMapPrefix); ok {
		namespace, name, _ := strings.Cut(name, "/")
		source = newConfigMap(ws, namespace, name)
	}
	return follow.New(follow.Options{Source: source, Apply: apply, Changed: changed})
}

// configMap is a configuration in the cluster: one object, that is watched.
type configMap struct {
	ws              *workspace.Workspace
	namespace, name string
	object          *workspace.Single
	problem         error
	data            map[string]string // as it was read last
}

func newConfigMap(ws *workspace.Workspace, namespace, name string) *configMap {
	return &configMap{ws: ws, namespace: namespace, name: name}
}

// Name implements follow.Source.
func (c *configMap) Name() string { return ConfigMapPrefix + c.namespace + "/" + c.name }

// Changes implements follow.Source.
func (c *configMap) Changes(context.Context) <-chan struct{} {
	c.object, c.problem = c.ws.WatchSingle(schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}, c.namespace, c.name)
	if c.problem != nil {
		return nil
	}
	return c.object.Changed()
}

// Wait implements follow.Source.
func (c *configMap) Wait() {
	if c.object != nil {
		c.object.Close()
	}
}

// Read implements follow.Source.
func (c *configMap) Read() ([]byte, error) {
	if c.problem != nil {
		return nil, c.problem
	}
	text, err := c.object.Read()
	if errors.Is(err, workspace.ErrNotListed) {
		return nil, follow.ErrPending
	}
	if err != nil {
		return nil, err
	}
	var object struct{ Data map[string]string }
	if err := json.Unmarshal(text, &object); err != nil {
		return nil, fmt.Errorf("reading it: %w", err)
	}
	c.data = object.Data
	return c.key(configKey)
}

// Beside implements follow.Source: all is in one object, which is watched anyway.
func (c *configMap) Beside([]string) func(name string) ([]byte, error) { return c.key }

func (c *configMap) key(name string) ([]byte, error) {
	content, ok := c.data[name]
	if !ok {
		return nil, fmt.Errorf("there is no %s in it", name)
	}
	return []byte(content), nil
}
