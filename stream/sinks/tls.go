package sinks

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"

	"github.com/dogwatch/dogwatch/config"
)

// TLSFiles say how a server is known, and how it knows who asks. They are regular files of at most 1 MiB.
type TLSFiles struct {
	// Authorities is a file with the certificates that the server's is signed by; "" is the system's.
	Authorities string
	// Certificate and Key are files with dogwatch's own.
	Certificate, Key string
}

// Config reads them; nil where nothing is said. The certificate is read again for each connection, since it is renewed. So are the authorities, which Config has
// to be asked anew for.
func (f TLSFiles) Config() (*tls.Config, error) {
	if f == (TLSFiles{}) {
		return nil, nil
	}
	made := &tls.Config{MinVersion: tls.VersionTLS12}
	if f.Authorities != "" {
		content, err := config.ReadFile(f.Authorities)
		if err != nil {
			return nil, fmt.Errorf("reading the certificates of who signs: %s: %w", f.Authorities, err)
		}
		made.RootCAs = x509.NewCertPool()
		if !made.RootCAs.AppendCertsFromPEM(content) {
			return nil, fmt.Errorf("%s holds no certificate in PEM", f.Authorities)
		}
	}
	if (f.Certificate == "") != (f.Key == "") {
		return nil, errors.New("a certificate and its key go together")
	}
	if f.Certificate != "" {
		if _, err := f.own(nil); err != nil {
			return nil, err
		}
		made.GetClientCertificate = f.own
	}
	return made, nil
}

func (f TLSFiles) own(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
	var texts [2][]byte
	for i, path := range []string{f.Certificate, f.Key} {
		var err error
		if texts[i], err = config.ReadFile(path); err != nil {
			return nil, fmt.Errorf("reading the certificate: %s: %w", path, err)
		}
	}
	pair, err := tls.X509KeyPair(texts[0], texts[1])
	if err != nil {
		return nil, fmt.Errorf("reading the certificate: %w", err)
	}
	return &pair, nil
}
