package brokers

import (
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/dogwatch/dogwatch/config"
	"github.com/dogwatch/dogwatch/stream"
)

// defaultTimeout is how long a broker may take to take messages.
const defaultTimeout = 30 * time.Second

// Options adjust what sends to a broker.
type Options struct {
	// Format says what the messages are.
	Format *stream.Format
	// Timeout is how long the broker may take, to connect and for messages; 0 is 30 s.
	Timeout time.Duration
	// TLS says how connections are encrypted; it is asked for each of them. Nil is as is usual.
	TLS func() (*tls.Config, error)
	// Credentials is a file with who asks: USER:PASSWORD, a token, or what "nsc" of NATS makes. It is read again for each connection, and at most 1 MiB.
	Credentials string
	// Client is what dogwatch calls itself.
	Client string
}

// Open makes a sink of an address. It connects when there is something to send.
func Open(to *Address, opts Options) (stream.Sink, error) {
	if opts.Timeout <= 0 {
		opts.Timeout = defaultTimeout
	}
	if opts.TLS == nil {
		opts.TLS = func() (*tls.Config, error) { return nil, nil }
	}
	if err := CheckCredentials(to, opts.Credentials); err != nil {
		return nil, err
	}
	if to.Scheme == SchemeKafka {
		return newKafka(to, opts), nil
	}
	return newNATS(to, opts), nil
}

// CheckCredentials finds what is wrong with a file that says who asks, which is "" for none.
func CheckCredentials(to *Address, file string) error {
	if file == "" {
		return nil
	}
	if to.User != "" {
		return errors.New("who asks is told twice: in the address, and in a file")
	}
	_, err := readCredentials(file)
	return err
}

// encrypted says how connections are encrypted, nil where they are not.
func (o *Options) encrypted(to *Address) (*tls.Config, error) {
	made, err := o.TLS()
	if err != nil {
		return nil, err
	}
	if made == nil && to.TLS {
		made = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	return made, nil
}

// credentials say who asks.
type credentials struct {
	user, password string
	hasPassword    bool
	// creds are of a form that is NATS' own.
	creds []byte
}

// credentials gives those of the address, or of the file.
func (o *Options) credentials(of *Address) (credentials, error) {
	if o.Credentials == "" {
		return credentials{user: of.User, password: of.Password, hasPassword: of.hasPassword}, nil
	}
	return readCredentials(o.Credentials)
}

func readCredentials(path string) (credentials, error) {
	content, err := config.ReadFile(path)
	if err != nil {
		return credentials{}, fmt.Errorf("reading credentials: %s: %w", path, err)
	}
	text := strings.TrimSpace(string(content))
	if strings.HasPrefix(text, "-----BEGIN") {
		return credentials{creds: content}, nil
	}
	if text == "" || strings.ContainsAny(text, "\r\n") {
		return credentials{}, fmt.Errorf("%s holds no credentials: give USER:PASSWORD, a token or a .creds file of NATS", path)
	}
	c := credentials{}
	c.user, c.password, c.hasPassword = strings.Cut(text, ":")
	return c, nil
}
