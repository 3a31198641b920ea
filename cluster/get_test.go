package cluster

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

func TestGetSendsWhatTheKubeconfigSays(t *testing.T) {
	var seen *http.Request
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		seen = r.Clone(context.Background())
		w.Header().Set("X-Answer", "yes")
		_, _ = io.WriteString(w, "rows")
	})
	resp, err := c.Get(t.Context(), "/api/v1/namespaces/a/pods", url.Values{"limit": {"5"}}, "application/json;as=Table")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		t.Fatal(err)
	}
	if string(body) != "rows" || resp.Header.Get("X-Answer") != "yes" {
		t.Errorf("body = %q, header = %v", body, resp.Header)
	}
	if seen.URL.String() != "/api/v1/namespaces/a/pods?limit=5" {
		t.Errorf("url = %s", seen.URL)
	}
	for name, want := range map[string]string{
		"Accept": "application/json;as=Table", "Authorization": "Bearer t0ken", "User-Agent": "test/1",
	} {
		if got := seen.Header.Get(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	if seen.ProtoMajor != 2 {
		t.Errorf("protocol = %s", seen.Proto)
	}
}

func TestGetTurnsAnswersIntoErrors(t *testing.T) {
	const forbidden = `{"kind":"Status","apiVersion":"v1","status":"Failure","message":"pods is forbidden","reason":"Forbidden","code":403}`
	tests := []struct {
		name, contentType, body string
		code                    int
		is                      func(error) bool
		text                    string
	}{
		{"status", "application/json", forbidden, 403, apierrors.IsForbidden, "pods is forbidden"},
		{"no body", "", "", 404, apierrors.IsNotFound, "the server answered 404 Not Found"},
		{"text", "text/plain", "404 page\nnot found\x1b[31m", 404, apierrors.IsNotFound, "the server answered 404 Not Found: 404 page not found [31m"},
		{"unauthorized", "text/plain", "who?", 401, apierrors.IsUnauthorized, "the server answered 401 Unauthorized: who?"},
		{"gone", "application/json", `{"kind":"Status","status":"Failure","reason":"Expired","code":410}`, 410, apierrors.IsResourceExpired, ""},
		{"HTML error", "text/html; charset=utf-8", "<html>", 502, isNotAPI, "the server answered 502 Bad Gateway with HTML (a proxy or login page?)"},
		{"HTML success", "text/html", "<html>", 200, isNotAPI, "the server answered 200 OK with HTML (a proxy or login page?)"},
		{"huge", "text/plain", strings.Repeat("x", 1<<20), 500, apierrors.IsInternalError, ""},
		{"broken status", "application/json", `{"kind":"Status"`, 503, apierrors.IsServiceUnavailable, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", test.contentType)
				w.WriteHeader(test.code)
				_, _ = io.WriteString(w, test.body)
			})
			_, err := c.Get(t.Context(), "/api/v1/pods", nil, "application/json")
			var status apierrors.APIStatus
			if !errors.As(err, &status) || !test.is(err) {
				t.Fatalf("error = %v", err)
			}
			if got := status.Status().Code; int(got) != test.code {
				t.Errorf("code = %d", got)
			}
			if test.text != "" && err.Error() != test.text {
				t.Errorf("message = %q, want %q", err.Error(), test.text)
			}
			if len(err.Error()) > 500 {
				t.Errorf("message has %d bytes", len(err.Error()))
			}
		})
	}
}

func isNotAPI(err error) bool { return apierrors.ReasonForError(err) == ReasonNotAPI }

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	tests := map[string]int32{
		"":         0,
		"7":        7,
		"-7":       0,
		"99999999": 3600,
		"soon":     0,
		now.Add(30 * time.Second).Format(http.TimeFormat): 30,
		now.Add(-time.Hour).Format(http.TimeFormat):       0,
	}
	for value, want := range tests {
		if got := retryAfter(http.Header{"Retry-After": {value}}, now); got != want {
			t.Errorf("retryAfter(%q) = %d, want %d", value, got, want)
		}
	}
}

func TestGetReportsRetryAfter(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "9")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	_, err := c.Get(t.Context(), "/api/v1/pods", nil, "")
	if seconds, ok := apierrors.SuggestsClientDelay(err); !ok || seconds != 9 || !apierrors.IsTooManyRequests(err) {
		t.Errorf("error = %v, delay = %d", err, seconds)
	}
}

func TestGetDoesNotFollowToAnotherServer(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/api/v1/here":
			http.Redirect(w, r, "/api/v1/there", http.StatusFound)
		case "/api/v1/away":
			http.Redirect(w, r, "https://login.example/start?token=x", http.StatusFound)
		}
	})
	if _, err := c.Get(t.Context(), "/api/v1/away", nil, ""); !isNotAPI(err) || !strings.Contains(err.Error(), "login.example") {
		t.Errorf("redirect away: %v", err)
	}
	resp, err := c.Get(t.Context(), "/api/v1/here", nil, "")
	if err != nil {
		t.Fatalf("redirect within: %v", err)
	}
	_ = resp.Body.Close()
}

// slow answers at once, but keeps the body open until the client leaves.
func slow(w http.ResponseWriter, r *http.Request) {
	w.WriteHeader(http.StatusOK)
	w.(http.Flusher).Flush()
	<-r.Context().Done()
}

func TestRequestTimeoutLimitsGetsButNoWatches(t *testing.T) {
	c := serve(t, slow)
	c.timeout = time.Second // enough for the head of an answer on a busy machine
	resp, err := c.Get(t.Context(), "/api/v1/pods", nil, "")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.ReadAll(resp.Body); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("reading a slow body: %v", err)
	}

	ctx, cancel := context.WithTimeout(t.Context(), 2*c.timeout)
	defer cancel()
	watch, err := c.Get(ctx, "/api/v1/pods", url.Values{"watch": {"1"}}, "")
	if err != nil {
		t.Fatal(err)
	}
	defer watch.Body.Close()
	if _, err := io.ReadAll(watch.Body); !errors.Is(err, context.DeadlineExceeded) || ctx.Err() == nil {
		t.Errorf("the watch ended before its context: %v", err)
	}
}

func TestGetLearnsTheServersClock(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat))
	})
	resp, err := c.Get(t.Context(), "/version", nil, "")
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if off := time.Until(c.Now()) - time.Hour; off.Abs() > 5*time.Second {
		t.Errorf("Now is %v off", off)
	}
}

func TestGetPassesImpersonation(t *testing.T) {
	var user string
	var groups []string
	c := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		user, groups = r.Header.Get("Impersonate-User"), r.Header.Values("Impersonate-Group")
	})
	flags := writeKubeconfig(t, kubeconfigFor(c.Server()))
	flags.AuthInfo.Impersonate, flags.AuthInfo.ImpersonateGroups = "jane", []string{"dev", "ops"}
	jane, err := Open(flags, "", Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer jane.http.CloseIdleConnections()
	resp, err := jane.Get(t.Context(), "/api/v1/pods", nil, "")
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if user != "jane" || len(groups) != 2 {
		t.Errorf("user = %q, groups = %v", user, groups)
	}
}

func TestResourcePath(t *testing.T) {
	pods := schema.GroupVersionResource{Version: "v1", Resource: "pods"}
	roles := schema.GroupVersionResource{Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "clusterroles"}
	tests := []struct {
		gvr             schema.GroupVersionResource
		namespace, name string
		want            string
	}{
		{pods, "", "", "/api/v1/pods"},
		{pods, "a", "", "/api/v1/namespaces/a/pods"},
		{pods, "a", "web", "/api/v1/namespaces/a/pods/web"},
		{roles, "", "a/../b?c", "/apis/rbac.authorization.k8s.io/v1/clusterroles/a%2F..%2Fb%3Fc"},
	}
	for _, test := range tests {
		if got := ResourcePath(test.gvr, test.namespace, test.name); got != test.want {
			t.Errorf("ResourcePath = %s, want %s", got, test.want)
		}
	}
}
