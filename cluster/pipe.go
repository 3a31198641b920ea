package cluster

import (
	"fmt"
	"io/fs"
	"os"

	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// isPipe tells of what would be waited for until somebody writes, and gives what it has only once.
func isPipe(file string) bool {
	info, err := os.Stat(file)
	return err == nil && info.Mode()&(fs.ModeNamedPipe|fs.ModeSocket) != 0
}

// noPipe refuses a pipe: the kubeconfig is read again for each context, and what it names while the program runs.
func noPipe(what, file, setting string) error {
	return &ConfigError{
		Summary: fmt.Sprintf("the %s %s is a pipe, which can be read only once", what, file),
		Hint:    "write it to a file, and name that with " + setting + ".",
	}
}

// checkNoPipes refuses pipes among the files that flags and a context name: client-go waits for who writes to them, without end.
func checkNoPipes(flags *Flags, raw *clientcmdapi.Config, name string) error {
	clusters, users := []*clientcmdapi.Cluster{&flags.ClusterInfo}, []*clientcmdapi.AuthInfo{&flags.AuthInfo}
	clusters, users = append(clusters, raw.Clusters[flags.Context.Cluster]), append(users, raw.AuthInfos[flags.Context.AuthInfo])
	if c := raw.Contexts[name]; c != nil {
		clusters, users = append(clusters, raw.Clusters[c.Cluster]), append(users, raw.AuthInfos[c.AuthInfo])
	}
	for _, c := range clusters {
		if c != nil && isPipe(c.CertificateAuthority) {
			return noPipe("certificate authority", c.CertificateAuthority, "certificate-authority")
		}
	}
	for _, u := range users {
		switch {
		case u == nil:
		case isPipe(u.TokenFile):
			return noPipe("token file", u.TokenFile, "tokenFile")
		case isPipe(u.ClientCertificate):
			return noPipe("client certificate", u.ClientCertificate, "client-certificate")
		case isPipe(u.ClientKey):
			return noPipe("client key", u.ClientKey, "client-key")
		}
	}
	return nil
}
