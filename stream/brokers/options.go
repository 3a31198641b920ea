package brokers

import (
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

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
	// TLS is how connections are encrypted, nil as is usual.
	TLS *tls.Config
	// Credentials is a file with who asks: USER:PASSWORD, a token, or what "nsc" of NATS makes. It is read again for each connection.
	Credentials string
	// Client is what dogwatch calls itself.
	Client string
}

// Open makes a sink of an address. It connects when there is something to send.
func Open(to *Address, opts Options) (stream.Sink, error) {
	if opts.Timeout <= 0 {
		opts.Timeout = defaultTimeout
	}
	if opts.Credentials != "" {
		if to.User != "" {
			return nil, errors.New("who asks is told twice: in the address, and in a file")
		}
		if _, err := readCredentials(opts.Credentials); err != nil {
			return nil, err
		}
	}
	if to.Scheme == SchemeKafka {
		return newKafka(to, opts), nil
	}
	return newNATS(to, opts), nil
}

// credentials say who asks.
type credentials struct {
	user, password string
	hasPassword    bool
	// file is of a form that is NATS' own.
	file string
}

// credentials gives those of the address, or of the file.
func (o *Options) credentials(of *Address) (credentials, error) {
	if o.Credentials == "" {
		return credentials{user: of.User, password: of.Password, hasPassword: of.hasPassword}, nil
	}
	return readCredentials(o.Credentials)
}

func readCredentials(path string) (credentials, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return credentials{}, fmt.Errorf("reading credentials: %w", err)
	}
	text := strings.TrimSpace(string(content))
	if strings.HasPrefix(text, "-----BEGIN") {
		return credentials{file: path}, nil
	}
	if text == "" || strings.ContainsAny(text, "\r\n") {
		return credentials{}, fmt.Errorf("%s holds no credentials: give USER:PASSWORD, a token or a .creds file of NATS", path)
	}
	c := credentials{}
	c.user, c.password, c.hasPassword = strings.Cut(text, ":")
	return c, nil
}
