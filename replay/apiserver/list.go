package apiserver

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/internalversion"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/dogwatch/dogwatch/replay/apiserver/store"
)

// gzipFrom is the size from which an answer is compressed for those who accept it.
const gzipFrom = 128 << 10

func (c *call) serveGet(f form) error {
	t := c.target
	rv, err := parseVersion(c.r.URL.Query().Get("resourceVersion"))
	if err != nil {
		return invalidVersion(err)
	}
	if newest := c.store.ResourceVersion(); rv > newest {
		return tooLarge(&store.AheadError{Asked: rv, Newest: newest})
	}
	o, err := c.store.Get(t.resource, t.namespace, t.name)
	if err != nil {
		return storeError(err, t.resource.GroupResource(), t.name)
	}
	r, err := newRenderer(f, c.opts.Now)
	if err != nil {
		return err
	}
	document, err := r.appendDocument(nil, o)
	if err != nil {
		return err
	}
	return c.writeBody(len(document), func(w io.Writer) error {
		_, err := w.Write(append(document, '\n'))
		return err
	})
}

func (c *call) serveList(f form) error {
	opts, err := c.listOptions()
	if err != nil {
		return err
	}
	selected, err := c.selection(opts, f.def)
	if err != nil {
		return err
	}
	snapshot, start, err := c.snapshot(opts)
	if err != nil {
		return err
	}
	r, err := newRenderer(f, c.opts.Now)
	if err != nil {
		return err
	}
	limit := int(min(opts.Limit, 1<<31-1))
	if opts.ResourceVersion == "0" {
		limit = 0 // as an API server that answers from its cache
	}
	page := newPage(snapshot, selected, start, limit)
	return c.writeBody(page.size, func(w io.Writer) error { return page.write(w, r) })
}

// snapshot finds the state that a list is about, and the key to go on from.
func (c *call) snapshot(opts *internalversion.ListOptions) (*store.Snapshot, string, error) {
	rv, err := parseVersion(opts.ResourceVersion)
	if err != nil {
		return nil, "", invalidVersion(err)
	}
	if opts.Continue != "" {
		return c.continued(opts.Continue, rv)
	}
	at := uint64(0)
	exact := opts.ResourceVersionMatch == metav1.ResourceVersionMatchExact ||
		(opts.ResourceVersionMatch == "" && opts.Limit > 0)
	if exact {
		at = rv
	}
	snapshot, err := c.store.Snapshot(c.target.resource, at)
	var expired *store.ExpiredError
	switch {
	case errors.As(err, &expired):
		return nil, "", apierrors.NewResourceExpired("The resourceVersion for the provided list is too old.")
	case err == nil && rv > snapshot.ResourceVersion:
		err = &store.AheadError{Asked: rv, Newest: snapshot.ResourceVersion}
	}
	return snapshot, "", storeError(err, c.target.resource.GroupResource(), "")
}

func (c *call) continued(encoded string, rv uint64) (*store.Snapshot, string, error) {
	token, err := decodeContinue(encoded)
	if err != nil {
		return nil, "", apierrors.NewBadRequest("invalid continue token: " + err.Error())
	}
	if rv != 0 {
		return nil, "", apierrors.NewBadRequest("specifying resource version is not allowed when using continue")
	}
	snapshot, err := c.store.Snapshot(c.target.resource, uint64(max(token.ResourceVersion, 0)))
	var expired *store.ExpiredError
	var ahead *store.AheadError
	if errors.As(err, &expired) || errors.As(err, &ahead) {
		return nil, "", expiredContinue(token) // ahead: the state belonged to another store
	}
	start := token.Start
	if c.target.namespace != "" {
		start = c.target.namespace + "/" + start
	}
	return snapshot, start, storeError(err, c.target.resource.GroupResource(), "")
}

// parseVersion reads a resource version as the API does; none and 0 are 0.
func parseVersion(s string) (uint64, error) {
	if s == "" {
		return 0, nil
	}
	rv, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("resourceVersion: Invalid value: %q: %w", s, err)
	}
	return rv, nil
}

func invalidVersion(err error) error {
	return apierrors.NewBadRequest("invalid resource version: " + err.Error())
}

// page is the part of a list that one answer holds.
type page struct {
	meta    metav1.ListMeta
	objects []*store.Object
	size    int // of the objects' JSON in bytes
}

func newPage(snapshot *store.Snapshot, selected selection, start string, limit int) page {
	p := page{meta: metav1.ListMeta{ResourceVersion: strconv.FormatUint(snapshot.ResourceVersion, 10)}}
	candidates := snapshot.Range(selected.namespace, start)
	for i, o := range candidates {
		if !selected.matches(o) {
			continue
		}
		p.objects = append(p.objects, o)
		p.size += len(o.JSON)
		if rest := len(candidates) - i - 1; len(p.objects) == limit && rest > 0 {
			p.meta.Continue = continueAfter(o, selected.namespace, snapshot.ResourceVersion)
			if selected.everything() {
				remaining := int64(rest)
				p.meta.RemainingItemCount = &remaining
			}
			break
		}
	}
	return p
}

func continueAfter(o *store.Object, namespace string, rv uint64) string {
	key := o.Key()
	if namespace != "" {
		key = strings.TrimPrefix(key, namespace+"/")
	}
	return continueToken{ResourceVersion: int64(rv), Start: key + "\x00"}.encode()
}

func (p page) write(w io.Writer, r *renderer) error {
	buf := r.appendListHead(nil, p.meta)
	for i, o := range p.objects {
		if i > 0 {
			buf = append(buf, ',')
		}
		var err error
		if buf, err = r.appendItem(buf, o); err != nil {
			return err
		}
		if _, err := w.Write(buf); err != nil {
			return err
		}
		buf = buf[:0]
	}
	_, err := w.Write(append(buf, "]}\n"...))
	return err
}

// writeBody writes an answer of about that size piece by piece, compressed if that pays. Once it has begun, an error can
// only break the answer off.
func (c *call) writeBody(size int, write func(io.Writer) error) error {
	header := c.w.Header()
	header.Set("Content-Type", contentJSON)
	header.Add("Vary", "Accept, Accept-Encoding")
	var out io.Writer = c.w
	if size > gzipFrom && strings.Contains(c.r.Header.Get("Accept-Encoding"), "gzip") {
		header.Set("Content-Encoding", "gzip")
		packed, err := gzip.NewWriterLevel(c.w, gzip.BestSpeed)
		if err != nil {
			return err
		}
		defer func() { _ = packed.Close() }()
		out = packed
	}
	buffered := bufio.NewWriterSize(out, 64<<10)
	if err := write(buffered); err != nil {
		panic(http.ErrAbortHandler)
	}
	if err := buffered.Flush(); err != nil {
		panic(http.ErrAbortHandler)
	}
	return nil
}
