package informers

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Response is a server's answer with a status of 2xx. Whoever got it closes
// Body; that, or the end of the request's context, ends a read that waits.
type Response struct {
	Body   io.ReadCloser
	Header http.Header
	// Term is after how long a stream's server was asked to end it, which may be sooner than it was to be; 0 where it was not asked.
	Term time.Duration
}

// Getter asks one cluster. It is called by many watches at once.
type Getter interface {
	// Get sends a GET and returns once the answer's headers are in, or ctx has
	// ended. It must
	// not retry and must set no limit on how long the body may take. Any other
	// answer than 2xx is an error that is an apierrors.APIStatus, with
	// Retry-After in its details.
	Get(ctx context.Context, path string, query url.Values, accept string) (*Response, error)
}

// Types is what a watch asks of its cluster's discovery. It is called by many
// watches at once.
type Types interface {
	// Await waits until a type is served and can be listed and watched: in the
	// version asked for, or else in another version of the same group and
	// resource. The only error is that of ctx.
	Await(ctx context.Context, gvr schema.GroupVersionResource) (Type, error)
	// Serves tells whether a type is served in just this version, as far as is
	// known: a group whose API does not answer still is.
	Serves(gvr schema.GroupVersionResource) bool
	// Subscribe returns a channel that has a token whenever Serves may say
	// something else than before. stop must be called when that is no longer wanted.
	Subscribe() (changed <-chan struct{}, stop func())
	// Refresh has the cluster asked again soon, because a watch was told 404. It
	// doesn't wait for the answer.
	Refresh()
}
