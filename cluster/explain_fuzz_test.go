package cluster

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// FuzzExplain explains errors whose text and status are a server's, a proxy's or a plugin's.
func FuzzExplain(f *testing.F) {
	for i, text := range []string{
		"", "\x1b]52;c;aGk=\x07", "\u009b2J\u202e", "\xff\xfe", strings.Repeat("語", 5000), "getting credentials: \x1b[2J",
		`exec: executable "corp` + "\x1b" + `" failed with exit code 1`, "Bearer abcdef", "https://user:hunter2@host/", "a\r\nb",
	} {
		f.Add(text, i)
	}
	codes := []int32{0, 401, 403, 404, 429, 500, 503, 418}
	f.Fuzz(func(t *testing.T, text string, code int) {
		status := metav1.Status{Message: text, Reason: metav1.StatusReason(text), Code: codes[(code%len(codes)+len(codes))%len(codes)]}
		errs := []error{
			errors.New(text), &garbageError{what: text, err: errors.New(text)}, apierrors.FromObject(&status),
			statusError(&http.Response{StatusCode: int(status.Code), Header: http.Header{"Content-Type": {text}}, Body: io.NopCloser(strings.NewReader(text)), Request: &http.Request{URL: &url.URL{Path: "/"}}}, (&Cluster{}).Now()),
		}
		for _, err := range errs {
			p := Explain(err)
			for _, said := range []string{p.Summary, p.Hint} {
				if !utf8.ValidString(said) || strings.ContainsFunc(said, unicode.IsControl) || len(said) > maxText+len("…") {
					t.Errorf("%q is explained by %q", text, said)
				}
				if credentials.MatchString(strings.ReplaceAll(said, "[hidden]", "")) && len(text) < maxText {
					t.Errorf("%q is explained with a credential: %q", text, said)
				}
			}
		}
	})
}
