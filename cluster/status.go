package cluster

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// ReasonNotAPI is the reason of an error whose answer came from something
// that is no Kubernetes API server, such as a proxy or a login page.
const ReasonNotAPI metav1.StatusReason = "NotAnAPIServer"

const (
	// maxErrorBody bounds what is read of an answer that is an error.
	maxErrorBody = 64 << 10
	// maxRetryAfter bounds how long a server can make us wait.
	maxRetryAfter = time.Hour
)

// statusError turns an unwanted answer into an error that is an
// apierrors.APIStatus. now is the server's time.
func statusError(resp *http.Response, now time.Time) error {
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	status := serverStatus(resp, body)
	if seconds := retryAfter(resp.Header, now); seconds > 0 {
		if status.Details == nil {
			status.Details = &metav1.StatusDetails{}
		}
		status.Details.RetryAfterSeconds = seconds
	}
	return &apierrors.StatusError{ErrStatus: status}
}

// serverStatus is the Status that the server sent, or one that says what it
// sent instead.
func serverStatus(resp *http.Response, body []byte) metav1.Status {
	var status metav1.Status
	if err := json.Unmarshal(body, &status); err == nil && status.Kind == "Status" && status.Status != metav1.StatusSuccess {
		status.Code = int32(resp.StatusCode)
		return status
	}
	made := apierrors.NewGenericServerResponse(resp.StatusCode, resp.Request.Method, schema.GroupResource{}, "", "", 0, false).ErrStatus
	answer := fmt.Sprintf("the server answered %d %s", resp.StatusCode, http.StatusText(resp.StatusCode))
	switch host := redirectHost(resp); {
	case host != "":
		made.Reason = ReasonNotAPI
		made.Message = fmt.Sprintf("the server redirects to %s (a login page or proxy?)", host)
	case isHTML(resp.Header):
		made.Reason = ReasonNotAPI
		made.Message = answer + " with HTML (a proxy or login page?)"
	case len(body) == 0:
		made.Message = answer
	default:
		made.Message = answer + ": " + shorten(string(body))
	}
	return made
}

// redirectHost is where the answer redirects to, or "".
func redirectHost(resp *http.Response) string {
	if resp.StatusCode < 300 || resp.StatusCode > 399 {
		return ""
	}
	location, err := url.Parse(resp.Header.Get("Location"))
	if err != nil {
		return ""
	}
	return location.Host
}

func isHTML(header http.Header) bool {
	media, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	return err == nil && (media == "text/html" || media == "application/xhtml+xml")
}

// retryAfter reads Retry-After, which is seconds or a date on the server's
// clock, in whole seconds; 0 if there is none.
func retryAfter(header http.Header, now time.Time) int32 {
	value := header.Get("Retry-After")
	if value == "" {
		return 0
	}
	wait := time.Duration(0)
	if seconds, err := strconv.ParseInt(value, 10, 32); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		wait = at.Sub(now)
	}
	wait = min(max(wait, 0), maxRetryAfter)
	return int32(math.Ceil(wait.Seconds()))
}
