package sinks

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
)

// TLSFiles say how a server is known, and how it knows who asks.
type TLSFiles struct {
	// Authorities is a file with the certificates that the server's is signed by; "" is the system's.
	Authorities string
	// Certificate and Key are files with dogwatch's own, which are read again for each connection, since they are renewed.
	Certificate, Key string
}

// Config reads them. It is nil where nothing is said.
func (f TLSFiles) Config() (*tls.Config, error) {
	if f == (TLSFiles{}) {
		return nil, nil
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if f.Authorities != "" {
		content, err := os.ReadFile(f.Authorities)
		if err != nil {
			return nil, fmt.Errorf("reading the certificates of who signs: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(content) {
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
		config.GetClientCertificate = f.own
	}
	return config, nil
}

func (f TLSFiles) own(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
	pair, err := tls.LoadX509KeyPair(f.Certificate, f.Key)
	if err != nil {
		return nil, fmt.Errorf("reading the certificate: %w", err)
	}
	return &pair, nil
}
