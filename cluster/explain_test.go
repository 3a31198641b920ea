package cluster

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func statusOf(code int32, reason metav1.StatusReason, message string) error {
	return &apierrors.StatusError{ErrStatus: metav1.Status{
		Code: code, Reason: reason, Message: message, Details: &metav1.StatusDetails{RetryAfterSeconds: 5},
	}}
}

func TestExplain(t *testing.T) {
	tests := []struct {
		err           error
		summary, hint string
		permanent     bool
	}{
		{&net.DNSError{Name: "k8s.example", IsNotFound: true}, "cannot find the server's name k8s.example", "VPN", false},
		{fmt.Errorf("get: %w", syscall.ECONNREFUSED), "no server answers", "cluster runs", false},
		{context.DeadlineExceeded, "does not answer in time", "network", false},
		{context.Canceled, "given up", "", false},
		{&net.OpError{Op: "proxyconnect", Err: errors.New("dial tcp: refused")}, "cannot reach the proxy", "HTTPS_PROXY", false},
		{&net.OpError{Op: "read", Err: syscall.ECONNRESET}, "connection to the server broke", "", false},
		{x509.UnknownAuthorityError{}, "unknown authority", "certificate-authority", true},
		{x509.CertificateInvalidError{Reason: x509.Expired}, "expired", "clocks", true},
		{x509.HostnameError{Certificate: &x509.Certificate{DNSNames: []string{"a"}}, Host: "b"}, "for another name", "--tls-server-name", true},
		{tls.AlertError(42), "refuses the client's certificate", "renew", true},
		{statusOf(401, metav1.StatusReasonUnauthorized, "Unauthorized"), "does not accept the login (401)", "log in again.", true},
		{login{context: "prod"}.of(statusOf(401, metav1.StatusReasonUnauthorized, "no")), "(401)", `log in again (context "prod").`, true},
		{login{"prod", "ann", "aws"}.of(statusOf(401, metav1.StatusReasonUnauthorized, "no")), "(401)", `log in again (context "prod", user "ann") with "aws".`, true},
		{login{"prod", "ann", "aws"}.of(statusOf(403, metav1.StatusReasonForbidden, "no")), "no", "administrator", true},
		{statusOf(403, metav1.StatusReasonForbidden, "pods is forbidden: no"), "pods is forbidden: no", "administrator", true},
		{statusOf(404, metav1.StatusReasonNotFound, "not there"), "not there", "", true},
		{statusOf(429, metav1.StatusReasonTooManyRequests, "busy"), "asks to wait (429): 5s", "", false},
		{statusOf(503, metav1.StatusReasonServiceUnavailable, "no"), "has a problem (503): no", "", false},
		{statusOf(502, ReasonNotAPI, "502 with HTML"), "502 with HTML", "log in to the proxy", false},
		{statusOf(400, "", "Client sent an HTTP request to an HTTPS server."), "wants TLS", "http or https", true},
		{errors.New("getting credentials: exec: executable aws not found\n\nIt looks like"), `"aws" is not installed`, "PATH", true},
		{errors.New("getting credentials: exec: executable gcloud failed with exit code 1"), `"gcloud" failed with exit code 1`, `log in again with "gcloud"`, true},
		{errors.New("getting credentials: exec: executable /opt/My Corp/login failed with exit code 3"), `plugin "login" failed with exit code 3`, `log in again with "/opt/My Corp/login"`, true},
		{errors.New("getting credentials: decoding stdout: bad"), "no usable credentials: decoding stdout: bad", "log in again", true},
		{&garbageError{"/apis", errors.New("invalid character")}, "cannot be read", "API server", false},
		{fmt.Errorf("x: %w", ErrReadOnly), "only reads", "report", true},
		{errors.New("something else"), "something else", "", false},
	}
	for _, test := range tests {
		p := Explain(test.err)
		if !strings.Contains(p.Summary, test.summary) || !strings.Contains(p.Hint, test.hint) || p.Permanent != test.permanent {
			t.Errorf("Explain(%v) = %+v", test.err, p)
		}
	}
	if p := Explain(nil); p != (Problem{}) {
		t.Errorf("Explain(nil) = %+v", p)
	}
}

func TestExplainHidesCredentials(t *testing.T) {
	for _, text := range []string{
		`proxy http://user:hunter2@proxy:3128 said no`,
		"Authorization: Bearer hunter2",
		"basic hunter2hunter2",
		"GET https://x/?token=hunter2&a=b",
		"password=hunter2",
		"got eyJhbGciOiJSUzI1NiIsImtpZCI6Imh1bnRlcjIifQ.hunter2",
	} {
		for _, err := range []error{errors.New(text), statusOf(500, "", text), fmt.Errorf("getting credentials: %s", text)} {
			if p := Explain(err); strings.Contains(p.Summary+p.Hint, "hunter2") {
				t.Errorf("Explain(%v) = %+v", err, p)
			}
		}
	}
}

func TestExplainIsOneLine(t *testing.T) {
	p := Explain(statusOf(500, "", "a\nb\x1b[31m\u009bc\xff"+strings.Repeat("long ", 1000)))
	if len(p.Summary) > 400 || strings.ContainsFunc(p.Summary, func(r rune) bool { return isControl(r) || r >= 0x80 && r < 0xa0 }) {
		t.Errorf("summary = %q", p.Summary)
	}
}

// TestExplainRealConnections sees to it that the errors of real connections
// are the ones that Explain knows.
func TestExplainRealConnections(t *testing.T) {
	strict := func(server string) string {
		return strings.Replace(kubeconfigFor(server), ", insecure-skip-tls-verify: true", "", 1)
	}
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	defer secure.Close()
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	closed := httptest.NewServer(nil)
	closed.Close()
	overTLS := func(u string) string { return strings.Replace(u, "http://", "https://", 1) }
	proxied := strings.Replace(kubeconfigFor("https://k8s.example"), "cluster: {server", `cluster: {proxy-url: "`+closed.URL+`", server`, 1)
	tests := []struct{ name, kubeconfig, summary string }{
		{"refused", kubeconfigFor(closed.URL), "no server answers at " + mustHost(t, closed.URL)},
		{"unknown authority", strict(secure.URL), "unknown authority"},
		{"no TLS", kubeconfigFor(overTLS(plain.URL)), "does not speak TLS"},
		{"proxy", proxied, "cannot reach the proxy"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, err := Open(writeKubeconfig(t, test.kubeconfig), "", Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer c.http.CloseIdleConnections()
			ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
			defer cancel()
			_, err = c.Get(ctx, "/version", nil, "")
			if p := Explain(err); !strings.Contains(p.Summary, test.summary) {
				t.Errorf("Explain(%v) = %+v", err, p)
			}
		})
	}
}

func mustHost(t *testing.T, text string) string {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u.Host
}

func TestRefusedLoginIsNamed(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) })
	_, err := c.Get(t.Context(), "/api", nil, "")
	if p := Explain(err); !apierrors.IsUnauthorized(err) || !strings.Contains(p.Hint, `(context "test", user "tester")`) {
		t.Errorf("Explain(%v) = %+v", err, p)
	}
}
