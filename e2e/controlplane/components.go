package controlplane

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"syscall"
)

// The names of components that are asked for by name.
const (
	etcd              = "etcd"
	apiServer         = "kube-apiserver"
	controllerManager = "kube-controller-manager"
	scheduler         = "kube-scheduler"
	kwok              = "kwok"
)

// StartEtcd starts etcd and returns when it serves. It is for use after [ControlPlane.StopEtcd].
func (c *ControlPlane) StartEtcd(ctx context.Context) error {
	p, err := c.run(etcd, "-dir="+c.path("etcd"))
	if err != nil {
		return err
	}
	transport := &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var dialer net.Dialer
			return dialer.DialContext(ctx, "unix", c.path("etcd/client.sock"))
		},
	}
	return p.WaitReady(ctx, func(ctx context.Context) error { return getOK(ctx, transport, "http://etcd/readyz") })
}

// getOK returns nil if the address answers with status 200.
func getOK(ctx context.Context, transport http.RoundTripper, address string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return err
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s: %s", address, response.Status)
	}
	return nil
}

func (c *ControlPlane) apiServerArgs() []string {
	args := []string{
		"--etcd-servers=unix://" + c.path("etcd/client.sock"),
		"--bind-address=127.0.0.1",
		fmt.Sprintf("--secure-port=%d", c.port),
		// A loopback address may not be advertised; this one is for documentation and is never called.
		"--advertise-address=192.0.2.1",
		"--endpoint-reconciler-type=none",
		"--tls-cert-file=" + c.path("apiserver.crt"),
		"--tls-private-key-file=" + c.path("apiserver.key"),
		"--client-ca-file=" + c.path("ca.crt"),
		"--authorization-mode=Node,RBAC",
		"--token-auth-file=" + c.path("tokens.csv"),
		"--audit-policy-file=" + c.path("audit-policy.yaml"),
		"--audit-log-path=" + c.path("audit.log"),
		"--audit-log-maxsize=100000", // MB: never rotated, so that no event is lost to the reader
		"--service-cluster-ip-range=10.96.0.0/16",
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + c.path("service-accounts.key"),
		"--service-account-signing-key-file=" + c.path("service-accounts.key"),
		"--requestheader-client-ca-file=" + c.path("front-proxy-ca.crt"),
		"--requestheader-allowed-names=front-proxy",
		"--requestheader-username-headers=X-Remote-User",
		"--requestheader-group-headers=X-Remote-Group",
		"--requestheader-extra-headers-prefix=X-Remote-Extra-",
		"--proxy-client-cert-file=" + c.path("front-proxy.crt"),
		"--proxy-client-key-file=" + c.path("front-proxy.key"),
		"--profiling=false",
	}
	if !c.options.ControllerManager {
		// Nobody makes the service accounts that this plugin would insist on.
		args = append(args, "--disable-admission-plugins=ServiceAccount")
	}
	return append(args, c.options.APIServerArgs...)
}

func (c *ControlPlane) controllerManagerArgs() []string {
	args := []string{
		"--secure-port=0",
		"--leader-elect=false",
		"--use-service-account-credentials=true",
		"--service-account-private-key-file=" + c.path("service-accounts.key"),
		"--root-ca-file=" + c.path("ca.crt"),
		"--profiling=false",
	}
	return append(args, c.options.ControllerManagerArgs...)
}

func (c *ControlPlane) schedulerArgs() []string {
	return []string{
		"--secure-port=0",
		"--leader-elect=false",
		"--authentication-skip-lookup=true",
		"--profiling=false",
	}
}

func (c *ControlPlane) kwokArgs() []string {
	args := []string{
		"--config=" + c.path("stages.yaml"),
		"--manage-all-nodes=true",
		"--node-lease-duration-seconds=40",
		"--cidr=10.244.0.0/16",
		"--node-ip=192.0.2.10",
		"--server-address=",
	}
	return append(args, c.options.KwokArgs...)
}

// freePort returns a TCP port of 127.0.0.1 that nobody listens on. It lies below the ports that the kernel gives
// to outgoing connections, so that it stays free while the API server is stopped.
func freePort() (int, error) {
	const first, last = 20000, 30000
	for range 100 {
		port := first + rand.IntN(last-first)
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if errors.Is(err, syscall.EADDRINUSE) {
			continue
		}
		if err != nil {
			return 0, fmt.Errorf("looking for a free port: %w", err)
		}
		return port, listener.Close()
	}
	return 0, errors.New("looking for a free port: all are in use")
}
