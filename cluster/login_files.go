package cluster

import (
	"fmt"
	"io/fs"
	"os"

	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// longestFile is how long a kubeconfig, a token or certificates may be, in bytes.
const longestFile = 32 << 20

// refuseFile refuses what cannot be read to its end, and again: the kubeconfig is read for each context, and what it names while the program runs. A pipe is waited
// for until somebody writes, and gives what it has only once; a device such as /dev/zero has no end. A file that is not there is for others to tell of.
func refuseFile(what, file, setting string) error {
	info, err := os.Stat(file)
	if file == "" || err != nil || file == os.DevNull {
		return nil
	}
	why := ""
	switch mode := info.Mode(); {
	case mode&(fs.ModeNamedPipe|fs.ModeSocket) != 0:
		why = "is a pipe, which can be read only once"
	case mode&fs.ModeDevice != 0:
		why = "is a device, which may have no end"
	case mode.IsRegular() && info.Size() > longestFile:
		why = fmt.Sprintf("has %d bytes, and may have %d", info.Size(), longestFile)
	default:
		return nil
	}
	return &ConfigError{
		Summary: fmt.Sprintf("the %s %s %s", what, file, why),
		Hint:    "write it to a file, and name that with " + setting + ".",
	}
}

// checkFiles refuses those among the files that flags and a context name which client-go would wait for, or read, without end.
func checkFiles(flags *Flags, raw *clientcmdapi.Config, name string) error {
	clusters, users := []*clientcmdapi.Cluster{&flags.ClusterInfo}, []*clientcmdapi.AuthInfo{&flags.AuthInfo}
	clusters, users = append(clusters, raw.Clusters[flags.Context.Cluster]), append(users, raw.AuthInfos[flags.Context.AuthInfo])
	if c := raw.Contexts[name]; c != nil {
		clusters, users = append(clusters, raw.Clusters[c.Cluster]), append(users, raw.AuthInfos[c.AuthInfo])
	}
	type named struct{ what, file, setting string }
	var files []named
	for _, c := range clusters {
		if c != nil {
			files = append(files, named{"certificate authority", c.CertificateAuthority, "certificate-authority"})
		}
	}
	for _, u := range users {
		if u != nil {
			files = append(files, named{"token file", u.TokenFile, "tokenFile"},
				named{"client certificate", u.ClientCertificate, "client-certificate"}, named{"client key", u.ClientKey, "client-key"})
		}
	}
	for _, f := range files {
		if err := refuseFile(f.what, f.file, f.setting); err != nil {
			return err
		}
	}
	return nil
}
