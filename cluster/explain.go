package cluster

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Problem is an error in words for the user. It holds no credentials and no
// control characters.
type Problem struct {
	// Summary says in one line what is wrong.
	Summary string
	// Hint says in one line what to do; empty if there is nothing to do.
	Hint string
	// Permanent means that waiting will not help: somebody must do something.
	Permanent bool
}

// Explain says what an error of this package means and what to do about it.
// A nil error is no problem: the zero Problem.
func Explain(err error) Problem {
	if err == nil {
		return Problem{}
	}
	for _, explain := range []func(error) (Problem, bool){
		explainConfig, explainPlugin, explainStatus, explainTLS, explainNetwork, explainAnswer,
	} {
		if p, ok := explain(err); ok {
			p.Summary, p.Hint = shorten(p.Summary), shorten(p.Hint)
			return p
		}
	}
	return Problem{Summary: oneLine(err)}
}

func explainConfig(err error) (Problem, bool) {
	var config *ConfigError
	switch {
	case errors.As(err, &config):
		return Problem{Summary: config.Summary, Hint: config.Hint, Permanent: true}, true
	case errors.Is(err, ErrReadOnly):
		return Problem{Summary: err.Error(), Hint: "this is a fault of dogwatch; please report it.", Permanent: true}, true
	}
	return Problem{}, false
}

// pluginError matches client-go's errors of credential plugins, which have no type.
var pluginError = regexp.MustCompile(`exec: executable (.+?) (not found|failed with exit code \d+)`)

func explainPlugin(err error) (Problem, bool) {
	text := err.Error()
	if match := pluginError.FindStringSubmatch(text); match != nil {
		// The summary must fit beside other things: the hint has the whole path.
		command, what := match[1], match[2]
		name := filepath.Base(command)
		if what == "not found" {
			return Problem{
				Summary:   fmt.Sprintf("the login plugin %q is not installed", name),
				Hint:      fmt.Sprintf("install %q or put it on the PATH.", command),
				Permanent: true,
			}, true
		}
		return Problem{
			Summary:   fmt.Sprintf("the login plugin %q %s", name, what),
			Hint:      fmt.Sprintf("the login may have expired: log in again with %q. What it printed is in the log.", command),
			Permanent: true,
		}, true
	}
	switch {
	case strings.Contains(text, "exec plugin cannot support interactive mode"):
		return Problem{
			Summary:   "the login plugin wants to ask questions on the terminal",
			Hint:      "log in with kubectl first, then start again.",
			Permanent: true,
		}, true
	case strings.Contains(text, "getting credentials: "):
		return Problem{
			Summary:   "the login plugin gave no usable credentials: " + after(text, "getting credentials: "),
			Hint:      "log in again, and check the user in the kubeconfig.",
			Permanent: true,
		}, true
	}
	return Problem{}, false
}

func explainStatus(err error) (Problem, bool) {
	var status apierrors.APIStatus
	if !errors.As(err, &status) {
		return Problem{}, false
	}
	s := status.Status()
	switch {
	case s.Reason == ReasonNotAPI:
		return Problem{Summary: s.Message, Hint: "log in to the proxy, or check the server's address in the kubeconfig."}, true
	case s.Code == http.StatusUnauthorized:
		return Problem{Summary: "the server does not accept the login (401)", Hint: loginHint(err), Permanent: true}, true
	case s.Code == http.StatusForbidden:
		return Problem{Summary: s.Message, Hint: "ask the cluster's administrator for access.", Permanent: true}, true
	case s.Code == http.StatusNotFound:
		return Problem{Summary: s.Message, Permanent: true}, true
	case s.Code == http.StatusTooManyRequests:
		return Problem{Summary: "the server is busy and asks to wait (429)" + waitText(s)}, true
	case strings.Contains(s.Message, "HTTP request to an HTTPS server"):
		return Problem{Summary: "the server wants TLS", Hint: "check the server's address in the kubeconfig: http or https, and the port.", Permanent: true}, true
	case s.Code >= 500:
		return Problem{Summary: fmt.Sprintf("the server has a problem (%d): %s", s.Code, s.Message)}, true
	}
	return Problem{Summary: s.Message}, true
}

func waitText(s metav1.Status) string {
	if s.Details == nil || s.Details.RetryAfterSeconds <= 0 {
		return ""
	}
	return ": " + (time.Duration(s.Details.RetryAfterSeconds) * time.Second).String()
}

func explainTLS(err error) (Problem, bool) {
	var (
		unknown x509.UnknownAuthorityError
		host    x509.HostnameError
		invalid x509.CertificateInvalidError
		plain   tls.RecordHeaderError
		alert   tls.AlertError
	)
	switch {
	case errors.As(err, &unknown):
		return Problem{
			Summary:   "the server's certificate is signed by an unknown authority",
			Hint:      "check certificate-authority in the kubeconfig: it may belong to another cluster.",
			Permanent: true,
		}, true
	case errors.As(err, &host):
		return Problem{
			Summary:   "the server's certificate is for another name: " + host.Error(),
			Hint:      "check the server's address in the kubeconfig, or set --tls-server-name.",
			Permanent: true,
		}, true
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return Problem{
			Summary:   "the server's certificate has expired or is not valid yet",
			Hint:      "check the clocks, or have the certificate renewed.",
			Permanent: true,
		}, true
	case errors.As(err, &invalid):
		return Problem{Summary: "the server's certificate is not valid: " + invalid.Error(), Permanent: true}, true
	case errors.As(err, &plain), strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return Problem{
			Summary:   "the server does not speak TLS",
			Hint:      "check the server's address in the kubeconfig: http or https, and the port.",
			Permanent: true,
		}, true
	case errors.As(err, &alert):
		return Problem{
			Summary:   "the server refuses the client's certificate: " + alert.Error(),
			Hint:      "it may have expired: renew it.",
			Permanent: true,
		}, true
	}
	return Problem{}, false
}

func explainNetwork(err error) (Problem, bool) {
	var (
		dns     *net.DNSError
		op      *net.OpError
		network net.Error
		broken  breakReason
	)
	_ = errors.As(err, &op)
	switch {
	case errors.Is(err, context.Canceled):
		return Problem{Summary: "the request was given up"}, true
	case errors.As(err, &broken):
		return Problem{Summary: broken.Error()}, true
	case op != nil && op.Op == "proxyconnect":
		return Problem{Summary: "cannot reach the proxy: " + oneLine(op.Err), Hint: "check proxy-url in the kubeconfig, and HTTPS_PROXY."}, true
	case strings.Contains(err.Error(), "Proxy Authentication Required"):
		return Problem{Summary: "the proxy wants a login (407)", Hint: "check proxy-url in the kubeconfig, and HTTPS_PROXY.", Permanent: true}, true
	case errors.As(err, &dns):
		return Problem{Summary: "cannot find the server's name " + dns.Name, Hint: "check the network, VPN and the server's address in the kubeconfig."}, true
	case errors.Is(err, syscall.ECONNREFUSED):
		return Problem{Summary: "no server answers at " + address(op), Hint: "check that the cluster runs and the server's address in the kubeconfig."}, true
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return Problem{Summary: "there is no way to " + address(op), Hint: "check the network and VPN."}, true
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return Problem{Summary: "the server does not answer in time", Hint: "check the network and VPN."}, true
	case op != nil, strings.Contains(err.Error(), "http2: "), strings.Contains(err.Error(), "EOF"):
		return Problem{Summary: "the connection to the server broke"}, true
	}
	return Problem{}, false
}

func explainAnswer(err error) (Problem, bool) {
	var garbage *garbageError
	if errors.As(err, &garbage) {
		return Problem{Summary: "the server's answer cannot be read: " + err.Error(), Hint: "check the server's address: is it a Kubernetes API server?"}, true
	}
	return Problem{}, false
}

// address is the far end of a failed connection.
func address(op *net.OpError) string {
	if op == nil || op.Addr == nil {
		return "the server's address"
	}
	return op.Addr.String()
}

func after(text, mark string) string {
	_, rest, _ := strings.Cut(text, mark)
	return rest
}

func oneLine(err error) string { return shorten(err.Error()) }

// credentials matches what looks like a login in a text from elsewhere.
var credentials = regexp.MustCompile(`(?i)(bearer|basic)\s+[a-z0-9._~+/=-]+|//[^/\s@]+@|(token|password|secret|key)=[^\s&"]+|eyJ[a-zA-Z0-9._-]{20,}`)

// maxText is how much of a text from elsewhere is shown, in bytes.
const maxText = 300

// shorten makes text from elsewhere fit to be shown: in one line, of bounded
// length, without control characters and credentials.
func shorten(text string) string {
	text = hideCredentials(text)
	text = strings.Map(func(r rune) rune {
		if isControl(r) || r >= 0x80 && r < 0xa0 {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
	// What were control characters may be the blank before a credential.
	text = hideCredentials(strings.Join(strings.Fields(text), " "))
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "") + "…"
	}
	return text
}

func hideCredentials(text string) string { return credentials.ReplaceAllString(text, "[hidden]") }
