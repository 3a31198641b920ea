package cluster

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
	utilnet "k8s.io/apimachinery/pkg/util/net"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/transport"
)

// Options say what the command line and the kubeconfig do not.
type Options struct {
	// UserAgent names the program to the server; empty means client-go's default.
	UserAgent string
}

// Cluster is one connection to one cluster. It is safe for concurrent use.
type Cluster struct {
	context, namespace, user string
	login                    login

	server *url.URL
	http   *http.Client
	// confidential is for the answers that hold values of Secrets.
	confidential *http.Client
	life         *lifeline
	// certificate is that by which the user logs in. A connection stays with the one that it was opened with.
	certificate clientCertificate
	timeout     time.Duration
	clock       serverClock
	// packs tells that the server may compress its answers.
	packs     bool
	unpackers unpackers

	catalog *Catalog
	access  *Access
	running atomic.Bool
}

// Open prepares the connection to a context of the kubeconfig; "" is the one
// that kubectl would use with these flags. It reads files, but does not touch
// the network. An error is a *ConfigError.
//
// Flags that choose a server or a login (--server, --token, --cluster,
// --user, certificates, -n) hold for the context of the start only; --as and
// what concerns requests holds for every context. Make flags without
// persistent config (NewConfigFlags(false)), so that each Open sees the
// kubeconfig as it is now, and call PinContext once if there are several.
//
// Credential plugins get no terminal to ask questions on. client-go gives
// them the os.Stderr of the time of Open to write to.
func Open(flags *Flags, contextName string, opts Options) (*Cluster, error) {
	s, err := loadSettings(flags, contextName)
	if err != nil {
		return nil, err
	}
	c := &Cluster{context: s.context, namespace: s.namespace, user: s.user, timeout: s.rest.Timeout, packs: !s.rest.DisableCompression}
	c.login = login{context: s.context, user: s.user}
	if s.rest.ExecProvider != nil {
		c.login.command = s.rest.ExecProvider.Command
	}
	prepare(s.rest, opts)
	c.certificate.path = s.rest.CertFile
	c.certificate.renewed() // remembers what is there now
	if c.server, _, err = rest.DefaultServerUrlFor(s.rest); err != nil {
		return nil, settingsError(s.context, err)
	}
	c.life = newLifeline()
	if c.http, err = newHTTPClient(s.rest, c.server, &c.clock, c.life); err != nil {
		return nil, settingsError(s.context, err)
	}
	if c.confidential, err = newConfidentialClient(s.rest, c.server, &c.clock, c.life); err != nil {
		return nil, settingsError(s.context, err)
	}
	types, err := newTypeWatcher(s.rest, c.http)
	if err != nil {
		return nil, settingsError(s.context, err)
	}
	c.catalog = newCatalog(c, types)
	c.access = newAccess(c)
	return c, nil
}

// prepare removes from kubectl's configuration what does not suit a program
// that stays: a limit on requests per second and on the life of a watch, and
// plugins that ask questions on the terminal.
func prepare(config *rest.Config, opts Options) {
	config.UserAgent = opts.UserAgent
	if config.UserAgent == "" {
		config.UserAgent = rest.DefaultKubernetesUserAgent()
	}
	config.Timeout = 0
	config.QPS, config.RateLimiter = -1, nil
	config.WarningHandler = rest.NoWarnings{}
	takeLoginOut(config)
	if file := config.BearerTokenFile; file != "" {
		// client-go's own way would go on with a token that was refused, for up to a minute.
		config.BearerToken, config.BearerTokenFile = "", ""
		config.Wrap(transport.ResettableTokenSourceWrapTransport(transport.NewCachedTokenSource(tokenFile(file))))
	}
	if config.ExecProvider != nil {
		config.ExecProvider.StdinUnavailable = true
		config.ExecProvider.StdinUnavailableMessage = "dogwatch uses the terminal"
	}
}

// takeLoginOut takes the login out of the server's address, where there is one:
// an address is logged and shown. As for net/http it counts where there is no
// other.
func takeLoginOut(config *rest.Config) {
	address, err := url.Parse(config.Host)
	if err != nil || address.User == nil {
		return
	}
	login := address.User
	address.User = nil
	config.Host = address.String()
	if config.BearerToken == "" && config.BearerTokenFile == "" && config.Username == "" && config.ExecProvider == nil && config.AuthProvider == nil {
		config.Username = login.Username()
		config.Password, _ = login.Password()
	}
}

// Name is the kubeconfig's name of the context, or "in-cluster".
func (c *Cluster) Name() string { return c.context }

// Namespace is the namespace that kubectl would use.
func (c *Cluster) Namespace() string { return c.namespace }

// User is the kubeconfig's name of the login; empty in a pod.
func (c *Cluster) User() string { return c.user }

// Server is the API server's address, without credentials.
func (c *Cluster) Server() string {
	return (&url.URL{Scheme: c.server.Scheme, Host: c.server.Host, Path: c.server.Path}).String()
}

// Now is the time on the server's clock, to about a second; our own time
// until the server has answered once.
func (c *Cluster) Now() time.Time { return time.Now().Add(c.clock.offset()) }

// Catalog is what the server serves. It is empty before Run.
func (c *Cluster) Catalog() *Catalog { return c.catalog }

// Access is what the user may see. It learns nothing by itself before Run.
func (c *Cluster) Access() *Access { return c.access }

// Run keeps Catalog and Access up to date until ctx ends, and returns nil
// when everything it started has ended. Call it once.
func (c *Cluster) Run(ctx context.Context) error {
	if c.running.Swap(true) {
		return errors.New("cluster: Run was called twice")
	}
	var group errgroup.Group
	group.Go(guarded(func() { c.catalog.run(ctx) }))
	group.Go(guarded(func() { c.access.run(ctx) }))
	group.Go(guarded(func() { c.wakeUp(ctx) }))
	group.Go(guarded(func() { c.feelPulse(ctx) }))
	err := group.Wait()
	c.closeIdle()
	return err
}

// closeIdle closes the connections that nobody uses. http.Client's own method stops at the first transport that wraps another.
func (c *Cluster) closeIdle() {
	for _, client := range []*http.Client{c.http, c.confidential} {
		utilnet.CloseIdleConnectionsFor(client.Transport)
	}
}
