package informers

import (
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// A line of 80 cells ends before the end of most errors, where their causes are.
func TestReasonsBeginWithTheCause(t *testing.T) {
	const path = "GET /api/v1/namespaces/shop/configmaps"
	refused := &net.OpError{Op: "dial", Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 443}, Err: syscall.ECONNREFUSED}
	unknown := &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "example.com", IsNotFound: true}}
	for want, err := range map[string]error{
		"":                nil,
		errSilent.Error(): errSilent,
		"connection refused (dial 127.0.0.1:443)":                   fmt.Errorf("%s: %w", path, refused),
		"lookup example.com: no such host (" + path + ": dial tcp)": fmt.Errorf("%s: %w", path, unknown),
		"net/http: TLS handshake timeout (" + path + ")":            fmt.Errorf("%s: %w", path, errors.New("net/http: TLS handshake timeout")),
		"unexpected EOF (read an event)":                            fmt.Errorf("read an event: %w", io.ErrUnexpectedEOF),
		"widget: unexpected EOF, within it":                         &nested{io.ErrUnexpectedEOF},
		"not logged in, or the login has expired":                   apierrors.NewUnauthorized("no"),
		"widgets \"a\" already exists":                              apierrors.NewAlreadyExists(schema.GroupResource{Resource: "widgets"}, "a"),
	} {
		if got := reason(err); got != want {
			t.Errorf("%v is told as %q, want %q", err, got, want)
		}
	}
}

// nested is an error whose cause does not come last.
type nested struct{ error }

func (w *nested) Error() string { return "widget: " + w.error.Error() + ", within it" }

func (w *nested) Unwrap() error { return w.error }
