package cluster

import (
	"cmp"
	"slices"

	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// Context is one context of the kubeconfig.
type Context struct {
	// Name is what --context and Open take.
	Name string
	// Cluster and User are names of entries in the kubeconfig.
	Cluster, User string
	// Namespace is the context's default namespace; empty means "default".
	Namespace string
}

// Contexts returns the kubeconfig's contexts in the order of their names, and
// the one that the flags or else the kubeconfig make current ("" if none). It
// reads the files anew each time. An error is a *ConfigError.
func Contexts(flags *Flags) ([]Context, string, error) {
	raw, err := flags.read()
	if err != nil {
		return nil, "", err
	}
	contexts := make([]Context, 0, len(raw.Contexts))
	for name, c := range raw.Contexts {
		contexts = append(contexts, Context{Name: name, Cluster: c.Cluster, User: c.AuthInfo, Namespace: c.Namespace})
	}
	slices.SortFunc(contexts, func(a, b Context) int { return cmp.Compare(a.Name, b.Name) })
	return contexts, startContext(flags, raw), nil
}

// PinContext makes the context that kubectl would use now the start context
// of flags for good, as if --context had named it. Otherwise a later `kubectl
// config use-context` would send the start's --token to another cluster. Call
// it before flags are shared. An error is a *ConfigError.
func PinContext(flags *Flags) error {
	raw, err := flags.read()
	if err != nil {
		return err
	}
	flags.CurrentContext = startContext(flags, raw)
	return nil
}

// startContext is the context that kubectl would use.
func startContext(flags *Flags, raw *clientcmdapi.Config) string {
	return cmp.Or(flags.CurrentContext, raw.CurrentContext)
}
