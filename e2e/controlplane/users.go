package controlplane

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// The users that every control plane has.
const (
	// Admin may do everything. The harness acts as this user.
	Admin = "admin"
	// Reader may get, list and watch everything, Secrets included.
	Reader = "reader"
	// Viewer has the rights of the built-in role view in all namespaces: no Secrets, no Nodes, no CustomResourceDefinitions.
	Viewer = "viewer"
	// PodsOnly may get, list and watch pods in the namespace default, and nothing else.
	PodsOnly = "pods-only"
	// Nobody may do nothing that a freshly logged-in user may not.
	Nobody = "nobody"
)

// Users returns the users that every control plane has, the mightiest first.
func Users() []string { return []string{Admin, Reader, Viewer, PodsOnly, Nobody} }

// The users of the components themselves. Their rights come with Kubernetes, except kwok's.
const (
	controllerManagerUser = "system:kube-controller-manager"
	schedulerUser         = "system:kube-scheduler"
	kwokUser              = "kwok"
)

// mastersGroup may do everything; its members are also exempt from the API server's flow control.
const mastersGroup = "system:masters"

// tokens maps a user's name to the bearer token that proves it.
type tokens map[string]string

// newTokens draws a token for each built-in user and for each of extra.
func newTokens(extra []string) tokens {
	t := tokens{}
	components := []string{controllerManagerUser, schedulerUser, kwokUser}
	for _, user := range slices.Concat(Users(), components, extra) {
		t[user] = rand.Text()
	}
	return t
}

// write makes the file of static tokens that kube-apiserver reads when it starts.
func (t tokens) write(path string) error {
	var file strings.Builder
	for user, token := range t {
		group := ""
		if user == Admin || user == kwokUser {
			group = mastersGroup
		}
		fmt.Fprintf(&file, "%s,%s,%s,%q\n", token, user, user, group)
	}
	return os.WriteFile(path, []byte(file.String()), 0o600)
}

// Token returns the bearer token that proves a user, or "" if there is no such user.
func (c *ControlPlane) Token(user string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.tokens[user]
}

// RenewToken gives a user another token. The API server learns of it, and forgets the one before, when it is started
// the next time: it reads the tokens only then.
func (c *ControlPlane) RenewToken(user string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.tokens[user]; !ok {
		return fmt.Errorf("renewing a token: there is no user %q", user)
	}
	c.tokens[user] = rand.Text()
	if err := c.tokens.write(c.path("tokens.csv")); err != nil {
		return fmt.Errorf("renewing the token of %s: %w", user, err)
	}
	return nil
}

// Kubeconfig writes a kubeconfig for a user and returns its path. Its only context is named after the user.
// With an empty namespace the context has none.
func (c *ControlPlane) Kubeconfig(user, namespace string) (string, error) {
	token := c.Token(user)
	if token == "" {
		return "", fmt.Errorf("writing a kubeconfig: there is no user %q", user)
	}
	name := strings.ReplaceAll(user, ":", "-")
	if namespace != "" {
		name += "@" + namespace
	}
	path := filepath.Join(c.dir, name+".kubeconfig")
	return path, c.WriteKubeconfig(path, user, namespace, &clientcmdapi.AuthInfo{Token: token})
}

// WriteKubeconfig is Kubeconfig for a user who logs in otherwise than by the token, and for a path of the caller's. What
// is there is replaced at once.
func (c *ControlPlane) WriteKubeconfig(path, user, namespace string, login *clientcmdapi.AuthInfo) error {
	authority, err := os.ReadFile(c.path("ca.crt"))
	if err != nil {
		return fmt.Errorf("writing the kubeconfig of %s: %w", user, err)
	}
	config := clientcmdapi.NewConfig()
	config.Clusters["e2e"] = &clientcmdapi.Cluster{Server: c.URL(), CertificateAuthorityData: authority}
	config.AuthInfos[user] = login
	config.Contexts[user] = &clientcmdapi.Context{Cluster: "e2e", AuthInfo: user, Namespace: namespace}
	config.CurrentContext = user
	content, err := clientcmd.Write(*config)
	if err != nil {
		return fmt.Errorf("writing the kubeconfig of %s: %w", user, err)
	}
	if err := writeFile(path, content); err != nil {
		return fmt.Errorf("writing the kubeconfig of %s: %w", user, err)
	}
	return nil
}

// IssueClientCertificate writes dir/user.crt and dir/user.key, with which a user can log in until the certificate ends. A
// pair that is there is replaced, the certificate last.
func (c *ControlPlane) IssueClientCertificate(dir, user string, until time.Time) error {
	template := certificateTemplate(user)
	template.NotAfter = until
	if err := c.authority.issue(dir, user, template); err != nil {
		return fmt.Errorf("issuing a certificate for %s: %w", user, err)
	}
	return nil
}

// writeFile replaces the file at path at once, so that a program which reads it meanwhile sees all of it.
func writeFile(path string, content []byte) error {
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".")
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err := errors.Join(err, file.Close()); err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return os.Rename(file.Name(), path)
}

// RESTConfig returns how to reach the API server as a user, without a limit of the rate on the client's side.
// The user must be one that [Start] knew.
func (c *ControlPlane) RESTConfig(user string) *rest.Config {
	return &rest.Config{
		Host:            c.URL(),
		BearerToken:     c.Token(user),
		TLSClientConfig: rest.TLSClientConfig{CAFile: c.path("ca.crt")},
		UserAgent:       "dogwatch-e2e",
		QPS:             -1,
	}
}

// Client returns a typed client that acts as [Admin].
func (c *ControlPlane) Client() (kubernetes.Interface, error) {
	return kubernetes.NewForConfig(c.RESTConfig(Admin))
}
