package brokers

import (
	"errors"
	"net"
	"net/url"
	"slices"
	"strings"
)

// What an Address is of.
const (
	SchemeNATS  = "nats"
	SchemeKafka = "kafka"
)

// Address says where a broker is, and under which name it keeps messages.
type Address struct {
	// Scheme is SchemeNATS or SchemeKafka, and TLS whether connections are encrypted from the beginning.
	Scheme string
	TLS    bool
	// Hosts are the servers to ask first, each with its port.
	Hosts []string
	// Name is the subject that all subjects begin with, or the topic.
	Name string
	// User and Password are for who asks; a User alone is a token of NATS.
	User, Password string
	hasPassword    bool
	// SASL is how Kafka is told who asks.
	SASL string
}

// ParseAddress reads nats://[USER[:PASSWORD]@]HOST[:PORT][,HOST…]/SUBJECT, or kafka://…/TOPIC[?sasl=MECHANISM]; with +tls behind the scheme
// connections are encrypted. Errors tell nothing of a password.
func ParseAddress(text string) (*Address, error) {
	scheme, rest, _ := strings.Cut(text, "://")
	a := &Address{}
	a.Scheme, a.TLS = strings.CutSuffix(scheme, "+tls")
	ports := map[string]string{SchemeNATS: "4222", SchemeKafka: "9092"}
	port, known := ports[a.Scheme]
	if !known {
		return nil, errors.New("give nats://… or kafka://…")
	}
	authority, path, _ := strings.Cut(rest, "/")
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		if err := a.readUser(authority[:at]); err != nil {
			return nil, err
		}
		authority = authority[at+1:]
	}
	for _, host := range strings.Split(authority, ",") {
		u, err := url.Parse("//" + host)
		if err != nil || u.Hostname() == "" || u.Host != host {
			return nil, errors.New("a host is not well formed: give HOST or HOST:PORT, several with commas")
		}
		if u.Port() == "" {
			host = net.JoinHostPort(u.Hostname(), port)
		}
		a.Hosts = append(a.Hosts, host)
	}
	path, query, _ := strings.Cut(path, "?")
	a.Name = strings.TrimSuffix(path, "/")
	if err := a.readQuery(query); err != nil {
		return nil, err
	}
	return a, a.checkName()
}

// readUser reads what is before an @.
func (a *Address) readUser(text string) (err error) {
	user, password, has := strings.Cut(text, ":")
	a.hasPassword = has
	if a.User, err = url.PathUnescape(user); err == nil {
		a.Password, err = url.PathUnescape(password)
	}
	if err != nil {
		return errors.New("user and password are not well formed: give what is special in them as in URLs (%40 for @)")
	}
	return nil
}

// readQuery reads what is behind a question mark.
func (a *Address) readQuery(text string) error {
	values, err := url.ParseQuery(text)
	if err != nil {
		return errors.New("what is behind the question mark is not well formed")
	}
	for name := range values {
		if name != "sasl" || a.Scheme != SchemeKafka {
			return errors.New("only ?sasl=MECHANISM is known, of kafka")
		}
	}
	if a.SASL = strings.ToLower(values.Get("sasl")); a.SASL != "" && !slices.Contains(mechanisms(), a.SASL) {
		return errors.New("sasl: give " + strings.Join(mechanisms(), ", "))
	}
	return nil
}

// checkName finds a name that the broker would not take.
func (a *Address) checkName() error {
	const mostTopic = 249 // as Kafka says
	switch a.Scheme {
	case SchemeNATS:
		tokens := strings.Split(a.Name, ".")
		if slices.Contains(tokens, "") || strings.ContainsFunc(a.Name, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("*>/", r) }) {
			return errors.New("give a subject behind the host (nats://HOST/dogwatch)") // what is taken for a host may be of a password
		}
	case SchemeKafka:
		isKnown := func(r rune) bool {
			return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-", r)
		}
		if a.Name == "" || a.Name == "." || a.Name == ".." || len(a.Name) > mostTopic || strings.TrimFunc(a.Name, isKnown) != "" {
			return errors.New("give a topic behind the host (kafka://HOST/dogwatch)")
		}
	}
	return nil
}

// String is the address as it may be told: without who asks.
func (a *Address) String() string {
	scheme := a.Scheme
	if a.TLS {
		scheme += "+tls"
	}
	return scheme + "://" + strings.Join(a.Hosts, ",") + "/" + a.Name
}
