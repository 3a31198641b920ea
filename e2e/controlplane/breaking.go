package controlplane

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"
)

// KillAPIServer ends kube-apiserver without a chance to say good-bye to its clients, and returns when it is gone.
func (c *ControlPlane) KillAPIServer() {
	if p := c.take(apiServer); p != nil {
		p.Kill()
	}
}

// StopEtcd ends etcd and returns when it is gone. The API server goes on without its storage.
func (c *ControlPlane) StopEtcd() {
	if p := c.take(etcd); p != nil {
		p.Stop(stopGrace)
	}
}

// A Backup is what etcd held at one moment.
type Backup struct{ dir string }

// BackUp copies what etcd holds. Meanwhile etcd is stopped, for about a second. ctx bounds its start.
func (c *ControlPlane) BackUp(ctx context.Context) (*Backup, error) {
	backup := &Backup{}
	var err error
	if backup.dir, err = os.MkdirTemp(c.dir, "backup-"); err != nil {
		return nil, fmt.Errorf("backing up etcd: %w", err)
	}
	c.StopEtcd()
	copyErr := os.CopyFS(backup.dir, os.DirFS(c.path("etcd/data")))
	if err := errors.Join(copyErr, c.StartEtcd(ctx)); err != nil {
		return nil, fmt.Errorf("backing up etcd: %w", err)
	}
	return backup, nil
}

// Restore takes the control plane back to a backup, as an administrator does after a disaster: the API server and etcd
// are stopped, and started again with what etcd held then. It returns when the API server is ready.
func (c *ControlPlane) Restore(ctx context.Context, backup *Backup) error {
	c.KillAPIServer()
	c.StopEtcd()
	data := c.path("etcd/data")
	if err := os.RemoveAll(data); err != nil {
		return fmt.Errorf("restoring etcd: %w", err)
	}
	if err := os.CopyFS(data, os.DirFS(backup.dir)); err != nil {
		return fmt.Errorf("restoring etcd: %w", err)
	}
	if err := c.StartEtcd(ctx); err != nil {
		return fmt.Errorf("restoring etcd: %w", err)
	}
	if err := c.StartAPIServer(ctx); err != nil {
		return fmt.Errorf("restoring etcd: %w", err)
	}
	return nil
}

// RenewServingCertificate gives the API server another certificate of the same authority, and returns when it shows that
// to who connects: it looks at its files about once a minute, or when it is told of a change.
func (c *ControlPlane) RenewServingCertificate(ctx context.Context) error {
	return c.serveBy(ctx, c.authority)
}

// ChangeAuthority is RenewServingCertificate by another authority, until that is called. Who trusts the control plane's
// ca.crt trusts both; Authorities tells them apart.
func (c *ControlPlane) ChangeAuthority(ctx context.Context) error {
	return c.serveBy(ctx, c.nextAuthority)
}

// Authorities are the certificates of the authority that signs the API server's certificate at first, and of the other one.
func (c *ControlPlane) Authorities() (first, next []byte) {
	return c.authority.pem(), c.nextAuthority.pem()
}

// serveBy gives the API server another certificate of an authority.
func (c *ControlPlane) serveBy(ctx context.Context, authority *authority) error {
	before, err := c.servingCertificate(ctx)
	if err != nil {
		return fmt.Errorf("renewing the API server's certificate: %w", err)
	}
	if err := authority.issueServing(c.dir); err != nil {
		return fmt.Errorf("renewing the API server's certificate: %w", err)
	}
	err = poll(ctx, func(ctx context.Context) (bool, error) {
		now, err := c.servingCertificate(ctx)
		return now != before, err
	})
	if err != nil {
		return fmt.Errorf("waiting for the API server's new certificate: %w", err)
	}
	return nil
}

// servingCertificate is the serial number of the certificate that the API server shows.
func (c *ControlPlane) servingCertificate(ctx context.Context) (string, error) {
	address := strings.TrimPrefix(c.URL(), "https://")
	trusted := x509.NewCertPool()
	trusted.AddCert(c.authority.cert)
	trusted.AddCert(c.nextAuthority.cert)
	dialer := tls.Dialer{Config: &tls.Config{RootCAs: trusted}}
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	return conn.(*tls.Conn).ConnectionState().PeerCertificates[0].SerialNumber.String(), nil
}
