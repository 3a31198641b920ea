package informers

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	// acceptVersion asks for as little as there is of a list.
	acceptVersion = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json"
	// maxVersionBytes bounds a list of one object.
	maxVersionBytes = 8 << 20
)

// checkHistory tells with errBackwards that the server's newest resource version is older than what a watch has seen: its
// storage was restored from a backup. Asked to go on from a version that is still to come, a server says nothing, not even
// that, until it has come to it, and never tells of what happened before.
// denied is true where the user may not ask, which is what a server that comes up says to everybody.
func (s *session) checkHistory(last uint64) (denied bool, err error) {
	body, err := s.ask(url.Values{"limit": {"1"}}, acceptVersion)
	if isRefused(err) {
		return apierrors.IsForbidden(err), nil // the watch itself says more
	}
	if err != nil {
		return false, err
	}
	defer body.Close()
	s.reading(body)
	defer s.reading(nil)
	var list struct{ Metadata metav1.ListMeta }
	if err := json.NewDecoder(io.LimitReader(body, maxVersionBytes)).Decode(&list); err != nil {
		return false, fmt.Errorf("read the newest resource version: %w", body.failure(err))
	}
	// Some servers of other APIs don't number their history.
	if newest, err := strconv.ParseUint(list.Metadata.ResourceVersion, 10, 64); err == nil && newest > 0 && newest < last {
		return false, errBackwards
	}
	return false, nil
}

// mayGoBack tells whether the server may be another than the one that told where the stream is to begin: not where the
// list or stream before it ended as it should, and nothing has failed since.
func (st *stream) mayGoBack() bool {
	return !st.initial.Load() && (st.tries > 0 || st.session.broken)
}

// ranItsTerm tells whether a stream ended because its time was over.
func (st *stream) ranItsTerm(err error) bool {
	const slack = time.Second // the server's clock began earlier
	return errors.Is(err, io.EOF) && st.term > 0 && st.session.watch.opts.Clock.Since(st.opened) >= st.term-slack
}
