package cluster

import (
	"fmt"
	"strings"

	"github.com/spf13/pflag"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// Flags are kubectl's flags that say which cluster to read, as whom, and how; the embedded ones overrule the kubeconfig. They come from
// clientcmd: those of cli-runtime bring all of kustomize and each built-in type along, which costs each start a quarter of its time.
type Flags struct {
	// Kubeconfig is the only file to read; empty means KUBECONFIG or else ~/.kube/config.
	Kubeconfig string
	// UserExtra are key=value pairs of the user to impersonate.
	UserExtra []string
	clientcmd.ConfigOverrides
	// given is what UseKubeconfig was called with; nil where files are read.
	given *clientcmdapi.Config
}

// NewFlags are flags of which none is given.
func NewFlags() *Flags {
	return &Flags{ConfigOverrides: clientcmd.ConfigOverrides{ClusterDefaults: clientcmd.ClusterDefaults, Timeout: "0"}}
}

// AddTo has a command line take the flags, by the names that kubectl has for them.
func (f *Flags) AddTo(set *pflag.FlagSet) {
	names := clientcmd.RecommendedConfigOverrideFlags("")
	names.AuthOverrideFlags.Username, names.AuthOverrideFlags.Password = clientcmd.FlagInfo{}, clientcmd.FlagInfo{} // no server takes them any more
	names.ClusterOverrideFlags.APIServer.ShortName = "s"
	clientcmd.BindOverrideFlags(&f.ConfigOverrides, set, names)
	set.StringVar(&f.Kubeconfig, clientcmd.RecommendedConfigPathFlag, "", "Path to the kubeconfig file to use for CLI requests.")
	set.StringArrayVar(&f.UserExtra, "as-user-extra", nil,
		"User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key.")
}

// UseKubeconfig has the flags read no file, but this. A token in it is in no file, then, which a process that is killed would leave behind.
func (f *Flags) UseKubeconfig(content []byte) error {
	given, err := clientcmd.Load(content)
	if err != nil {
		return fmt.Errorf("reading the kubeconfig: %w", err)
	}
	f.given = given
	return nil
}

// read gives the kubeconfig that the flags name. An error is a *ConfigError.
func (f *Flags) read() (*clientcmdapi.Config, error) {
	if f.given != nil {
		return f.given.DeepCopy(), nil
	}
	return readKubeconfig(f.loader().ConfigAccess())
}

// loader reads the kubeconfig that the flags name, and overrules it by them.
func (f *Flags) loader() clientcmd.ClientConfig {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.DefaultClientConfig = &clientcmd.DefaultClientConfig
	rules.MigrationRules = nil // they write a file for who has one of 2014, and fail where HOME is no folder
	rules.ExplicitPath = f.Kubeconfig
	return clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, f.overrides())
}

// overrides are what the flags say against the kubeconfig.
func (f *Flags) overrides() *clientcmd.ConfigOverrides {
	overrides := f.ConfigOverrides
	overrides.AuthInfo.ImpersonateUserExtra = userExtra(f.UserExtra)
	return &overrides
}

// userExtra reads the key=value pairs of --as-user-extra; none give nil.
func userExtra(pairs []string) map[string][]string {
	var extra map[string][]string
	for _, pair := range pairs {
		if key, value, ok := strings.Cut(pair, "="); ok {
			if extra == nil {
				extra = make(map[string][]string)
			}
			extra[key] = append(extra[key], value)
		}
	}
	return extra
}
