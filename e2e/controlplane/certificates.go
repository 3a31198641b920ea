package controlplane

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"path/filepath"
	"time"
)

// authority is a certificate authority that lives as long as one control plane.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// newAuthority makes a self-signed authority and writes its certificate to dir/name.crt.
func newAuthority(dir, name string) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := certificateTemplate(name)
	template.IsCA = true
	template.BasicConstraintsValid = true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &authority{cert, key}, writePEM(filepath.Join(dir, name+".crt"), "CERTIFICATE", der)
}

// issueServing writes the API server's certificate and key.
func (a *authority) issueServing(dir string) error {
	return a.issue(dir, "apiserver", certificateTemplate("kube-apiserver"), net.IPv4(127, 0, 0, 1), net.IPv4(10, 96, 0, 1))
}

// pem is the authority's certificate, as files hold it.
func (a *authority) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw})
}

// issue writes dir/name.crt and dir/name.key: a certificate by the template, for the addresses.
func (a *authority) issue(dir, name string, template *x509.Certificate, ips ...net.IP) error {
	key, err := writeKey(filepath.Join(dir, name+".key"))
	if err != nil {
		return err
	}
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	template.DNSNames = []string{"localhost", "kubernetes", "kubernetes.default.svc"}
	template.IPAddresses = ips
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		return err
	}
	return writePEM(filepath.Join(dir, name+".crt"), "CERTIFICATE", der)
}

func certificateTemplate(commonName string) *x509.Certificate {
	now := time.Now()
	return &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()),
		Subject:      pkix.Name{CommonName: commonName},
		NotBefore:    now.Add(-time.Hour),
		NotAfter:     now.Add(7 * 24 * time.Hour),
	}
}

// writeKey makes a private key and writes it to path.
func writeKey(path string) (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, err
	}
	return key, writePEM(path, "EC PRIVATE KEY", der)
}

func writePEM(path, kind string, der []byte) error {
	return writeFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// writeCertificates fills dir with what the components need to trust each other: the API server's
// certificate, the key of service account tokens, and the certificate with which the API server
// calls aggregated APIs. It returns the authority that signs the first, and another that may do so later: ca.crt, which all
// but the users of a test trust, holds both.
func writeCertificates(dir string) (first, next *authority, err error) {
	if first, err = newAuthority(dir, "first-ca"); err == nil {
		next, err = newAuthority(dir, "next-ca")
	}
	if err == nil {
		err = writeFile(filepath.Join(dir, "ca.crt"), append(first.pem(), next.pem()...))
	}
	if err != nil {
		return nil, nil, fmt.Errorf("making the certificate authorities: %w", err)
	}
	if err := first.issueServing(dir); err != nil {
		return nil, nil, fmt.Errorf("making the API server's certificate: %w", err)
	}
	proxy, err := newAuthority(dir, "front-proxy-ca")
	if err != nil {
		return nil, nil, fmt.Errorf("making the front proxy's authority: %w", err)
	}
	if err := proxy.issue(dir, "front-proxy", certificateTemplate("front-proxy")); err != nil {
		return nil, nil, fmt.Errorf("making the front proxy's certificate: %w", err)
	}
	if _, err := writeKey(filepath.Join(dir, "service-accounts.key")); err != nil {
		return nil, nil, fmt.Errorf("making the service accounts' key: %w", err)
	}
	return first, next, nil
}
