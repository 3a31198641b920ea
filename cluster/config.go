package cluster

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// inClusterName names the connection of a program that runs in a pod and has
// no kubeconfig.
const inClusterName = "in-cluster"

// ConfigError says that the kubeconfig or the flags do not lead to a cluster.
// No request was made.
type ConfigError struct {
	// Summary says what is wrong, Hint what to do, each in one short sentence.
	Summary, Hint string
	// Err is the cause, if there is one.
	Err error
}

func (e *ConfigError) Error() string { return e.Summary }

func (e *ConfigError) Unwrap() error { return e.Err }

// settings is what flags and kubeconfig say about one connection.
type settings struct {
	context, namespace, user string
	rest                     *rest.Config
}

// loadSettings reads the kubeconfig for a context; "" is the one that kubectl
// would use.
func loadSettings(flags *Flags, contextName string) (*settings, error) {
	raw, err := flags.read()
	if err != nil {
		return nil, err
	}
	loader, start := flags.loader(), startContext(flags, raw)
	name := cmp.Or(contextName, start)
	if err := checkFiles(flags, raw, name); err != nil {
		return nil, err
	}
	if err := checkContext(flags, loader, raw, name); err != nil {
		return nil, err
	}
	user := cmp.Or(flags.Context.AuthInfo, contextUser(raw, name))
	switch {
	case name != start:
		loader = otherContext(flags, raw, name, loader.ConfigAccess())
		user = contextUser(raw, name)
	case len(raw.Clusters) > 0: // else it may be in a pod, which the loader finds; it would read the files again
		loader = clientcmd.NewNonInteractiveClientConfig(*raw, flags.CurrentContext, flags.overrides(), loader.ConfigAccess())
	}
	config, err := loader.ClientConfig()
	if err != nil {
		return nil, settingsError(name, err)
	}
	namespace, _, err := loader.Namespace()
	if err != nil {
		return nil, settingsError(name, err)
	}
	if name == "" {
		name = unnamedContext(flags)
	}
	return &settings{context: name, namespace: namespace, user: user, rest: config}, nil
}

// otherContext is the configuration of a context that the command line did
// not ask for. Flags that say which server and which login belong to the
// context the program was started with: sending its token to another server
// would give it away. What limits the user (--as) and requests is kept.
func otherContext(flags *Flags, raw *clientcmdapi.Config, name string, access clientcmd.ConfigAccess) clientcmd.ClientConfig {
	overrides := &clientcmd.ConfigOverrides{
		ClusterDefaults: clientcmd.ClusterDefaults,
		Timeout:         flags.Timeout,
	}
	overrides.AuthInfo.Impersonate = flags.AuthInfo.Impersonate
	overrides.AuthInfo.ImpersonateUID = flags.AuthInfo.ImpersonateUID
	overrides.AuthInfo.ImpersonateGroups = flags.AuthInfo.ImpersonateGroups
	overrides.AuthInfo.ImpersonateUserExtra = userExtra(flags.UserExtra)
	overrides.ClusterInfo.DisableCompression = flags.ClusterInfo.DisableCompression
	return clientcmd.NewNonInteractiveClientConfig(*raw, name, overrides, access)
}

// checkContext finds what is missing before client-go falls back to
// http://localhost:8080, which is never what somebody wanted.
func checkContext(flags *Flags, loader clientcmd.ClientConfig, raw *clientcmdapi.Config, name string) error {
	switch {
	case len(raw.Contexts) == 0 && len(raw.Clusters) == 0:
		if namesServer(flags) || runsInCluster(loader) {
			return nil
		}
		return noKubeconfig(loader.ConfigAccess())
	case name != "" && raw.Contexts[name] == nil:
		return noContext(raw, name)
	case name == "" && !namesServer(flags) && flags.Context.Cluster == "":
		return &ConfigError{
			Summary: "the kubeconfig has no current context",
			Hint:    "name one with --context: " + contextNames(raw) + ".",
		}
	}
	return checkEntries(flags, raw, name)
}

// checkEntries sees to it that the cluster and the user exist that a context
// names. client-go goes on without them.
func checkEntries(flags *Flags, raw *clientcmdapi.Config, name string) error {
	context := raw.Contexts[name]
	if context == nil {
		return nil
	}
	missing := ""
	switch {
	case raw.Clusters[context.Cluster] == nil && !namesServer(flags) && flags.Context.Cluster == "":
		missing = fmt.Sprintf("there is no cluster %q", context.Cluster)
	case context.AuthInfo != "" && raw.AuthInfos[context.AuthInfo] == nil && flags.Context.AuthInfo == "":
		missing = fmt.Sprintf("there is no user %q", context.AuthInfo)
	}
	if missing != "" {
		return settingsError(name, errors.New(missing))
	}
	return nil
}

// namesServer says that the server is known without a kubeconfig.
func namesServer(flags *Flags) bool {
	return flags.ClusterInfo.Server != "" || os.Getenv("KUBERNETES_MASTER") != ""
}

// runsInCluster says that client-go would use the pod's service account.
func runsInCluster(loader clientcmd.ClientConfig) bool {
	config, err := loader.ClientConfig()
	return err == nil && config.BearerTokenFile != ""
}

func unnamedContext(flags *Flags) string {
	return cmp.Or(flags.Context.Cluster, flags.ClusterInfo.Server, os.Getenv("KUBERNETES_MASTER"), inClusterName)
}

func contextUser(raw *clientcmdapi.Config, name string) string {
	if c := raw.Contexts[name]; c != nil {
		return c.AuthInfo
	}
	return ""
}

// readKubeconfig reads and merges the kubeconfig's files. None at all is an
// empty configuration, unless a file was asked for by name.
func readKubeconfig(access clientcmd.ConfigAccess) (*clientcmdapi.Config, error) {
	for _, file := range access.GetLoadingPrecedence() {
		if err := refuseFile("kubeconfig", file, "--kubeconfig"); err != nil {
			return nil, err
		}
	}
	if access.IsExplicitFile() {
		// client-go takes one that is missing for an empty one. To look is cheaper than to read it twice.
		if _, err := os.Stat(access.GetExplicitFile()); err != nil {
			if err := checkFile(access.GetExplicitFile()); err != nil {
				return nil, err
			}
		}
	}
	raw, err := access.GetStartingConfig()
	if err == nil {
		return raw, nil
	}
	// The merged error only has text: ask each file for its own.
	for _, file := range access.GetLoadingPrecedence() {
		if err := checkFile(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return nil, &ConfigError{Summary: "cannot read the kubeconfig: " + oneLine(err), Hint: "see `kubectl config view`.", Err: err}
}

func checkFile(file string) error {
	_, err := clientcmd.LoadFromFile(file)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return &ConfigError{Summary: "no such kubeconfig file: " + file, Hint: "check --kubeconfig.", Err: err}
	case errors.Is(err, fs.ErrPermission):
		return &ConfigError{Summary: "not allowed to read the kubeconfig file " + file, Hint: "check the owner and mode of the file.", Err: err}
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		return &ConfigError{Summary: fmt.Sprintf("cannot read the kubeconfig file %s: %v", file, path.Err), Hint: "check --kubeconfig and KUBECONFIG.", Err: err}
	}
	return &ConfigError{Summary: fmt.Sprintf("the kubeconfig file %s is malformed: %s", file, malformed(err)), Hint: "correct the file, or name another with --kubeconfig.", Err: err}
}

// malformed says what is wrong with the text of a kubeconfig, of which client-go's decoder speaks as of Go's types.
func malformed(err error) string {
	said := oneLine(err)
	_, rest, ok := strings.Cut(said, "cannot unmarshal ")
	if !ok {
		return said
	}
	found, into, _ := strings.Cut(rest, " into Go ")
	words := map[string]string{"array": "a list", "object": "names with values", "string": "text", "number": "a number", "bool": "true or false"}
	if word, ok := words[found]; ok {
		found = word
	}
	field, ok := strings.CutPrefix(into, "struct field ")
	if !ok {
		return "there is " + found + " where names with values are expected, such as clusters: and contexts:"
	}
	field, _, _ = strings.Cut(field, " of type ")
	_, field, _ = strings.Cut(field, ".")
	return fmt.Sprintf("%s: there is %s where something else is expected", field, found)
}

func noKubeconfig(access clientcmd.ConfigAccess) error {
	files := strings.Join(access.GetLoadingPrecedence(), ", ")
	if existing := access.GetDefaultFilename(); existing != "" {
		if _, err := os.Stat(existing); err == nil {
			return &ConfigError{Summary: "the kubeconfig " + files + " names no cluster", Hint: "name another with --kubeconfig or KUBECONFIG."}
		}
	}
	return &ConfigError{Summary: "no kubeconfig found (looked for " + files + ")", Hint: "name one with --kubeconfig or KUBECONFIG."}
}

func noContext(raw *clientcmdapi.Config, name string) error {
	hint := "there are: " + contextNames(raw) + "."
	if near := Nearest(name, slices.Sorted(maps.Keys(raw.Contexts)), 1); len(near) > 0 {
		hint = fmt.Sprintf("did you mean %q? There are: %s.", near[0], contextNames(raw))
	}
	return &ConfigError{Summary: fmt.Sprintf("the kubeconfig has no context %q", name), Hint: hint}
}

// contextNames lists the contexts, as many as fit into a sentence.
func contextNames(raw *clientcmdapi.Config) string {
	const most = 20
	names := slices.Sorted(maps.Keys(raw.Contexts))
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}

func settingsError(context string, err error) error {
	return &ConfigError{
		Summary: fmt.Sprintf("the kubeconfig's context %q cannot be used: %s", context, oneLine(err)),
		Hint:    "correct it, or name another with --context.",
		Err:     err,
	}
}
