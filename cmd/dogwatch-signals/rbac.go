package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/spf13/cobra"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"sigs.k8s.io/yaml"

	"github.com/dogwatch/dogwatch/cluster"
	"github.com/dogwatch/dogwatch/config"
	"github.com/dogwatch/dogwatch/setup"
)

// rbacOptions are what the command line of "rbac" says.
type rbacOptions struct {
	kube     *cluster.Flags
	name     string
	patience time.Duration
}

func newRBAC(stdout io.Writer) *cobra.Command {
	o := &rbacOptions{kube: cluster.NewFlags()}
	command := &cobra.Command{
		Use:   "rbac TYPE[,TYPE...]...",
		Short: "Print the rights that dogwatch needs to watch types",
		Long: `rbac prints a ClusterRole with the rights to get, list and watch these types, and
nothing else. The cluster is asked what the types are called; nothing is made. Of a
pattern or a category it has the types that are there now, and of one that begins with
crd: the right to read the labels of CustomResourceDefinitions, too.`,
		Example: `  dogwatch rbac pods,deploy,nodes --name dogwatch | kubectl apply -f -
  kubectl create clusterrolebinding dogwatch --clusterrole dogwatch --serviceaccount watch:dogwatch`,
		Args: cobra.ArbitraryArgs,
		RunE: func(command *cobra.Command, args []string) error {
			types, err := namedTypes(args)
			if err != nil {
				return setup.Usage(err)
			}
			role, err := o.role(command.Context(), types)
			if err != nil {
				return err
			}
			_, err = stdout.Write(role)
			return setup.Local(err)
		},
	}
	o.kube.AddTo(command.Flags())
	command.Flags().StringVar(&o.name, "name", "dogwatch", "what the ClusterRole is called")
	command.Flags().DurationVar(&o.patience, "patience", 30*time.Second, "how long to wait for the cluster's answer")
	return command
}

func namedTypes(args []string) ([]string, error) {
	var all []string
	for _, arg := range args {
		parts, err := config.SplitTypes(arg)
		if err != nil {
			return nil, err
		}
		all = append(all, parts...)
	}
	if len(all) == 0 {
		return nil, errors.New("which types? Name them, as for the dashboard")
	}
	return all, nil
}

// role asks the cluster what the types are called, and writes the ClusterRole.
func (o *rbacOptions) role(ctx context.Context, types []string) ([]byte, error) {
	c, err := cluster.Open(o.kube, "", cluster.Options{UserAgent: "dogwatch/" + setup.Version()})
	if err != nil {
		return nil, err
	}
	running, stop := context.WithCancel(ctx)
	var ended sync.WaitGroup
	ended.Go(func() {
		defer utilruntime.HandleCrash()
		_ = c.Run(running) // it fails only where it is called twice
	})
	defer ended.Wait()
	defer stop()
	waiting, cancel := context.WithTimeout(ctx, o.patience)
	defer cancel()
	c.Catalog().Hurry()
	var resources map[string][]string
	var problem error
	known, err := c.Catalog().Await(waiting, func(s *cluster.Snapshot) bool {
		resources, problem = resourcesOf(s, types)
		return !errors.Is(problem, cluster.ErrNotDiscovered)
	})
	if err != nil {
		return nil, setup.Local(fmt.Errorf("the cluster does not say which types it has: %w", errors.Join(known.Err, err)))
	}
	if problem != nil {
		return nil, setup.Local(problem)
	}
	return roleOf(o.name, resources)
}

// resourcesOf gives the resources of types by their groups, with that by whose labels some are found.
func resourcesOf(s *cluster.Snapshot, types []string) (map[string][]string, error) {
	resources := map[string][]string{}
	for _, name := range types {
		found, err := s.Resolve(name)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, fmt.Errorf("%s: no such type is there yet, so it is not known what its rights are of", name)
		}
		if cluster.ByLabels(name) {
			resources["apiextensions.k8s.io"] = append(resources["apiextensions.k8s.io"], "customresourcedefinitions")
		}
		for _, r := range found {
			resources[r.GVR.Group] = append(resources[r.GVR.Group], r.GVR.Resource)
		}
	}
	return resources, nil
}

// roleOf writes a ClusterRole for resources by their groups.
func roleOf(name string, resources map[string][]string) ([]byte, error) {
	role := rbacv1.ClusterRole{
		TypeMeta:   metav1.TypeMeta{APIVersion: rbacv1.SchemeGroupVersion.String(), Kind: "ClusterRole"},
		ObjectMeta: metav1.ObjectMeta{Name: name},
	}
	for _, group := range slices.Sorted(maps.Keys(resources)) {
		slices.Sort(resources[group])
		role.Rules = append(role.Rules, rbacv1.PolicyRule{
			APIGroups: []string{group}, Resources: slices.Compact(resources[group]), Verbs: []string{"get", "list", "watch"},
		})
	}
	text, err := yaml.Marshal(role)
	if err != nil {
		return nil, fmt.Errorf("writing the ClusterRole: %w", err)
	}
	return text, nil
}
