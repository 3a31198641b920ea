package workspace

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/cluster"
	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/model"
)

// maxObjectBytes bounds what one fresh read may bring; an API server's own
// limit for an object is 3 MiB with its request.
const maxObjectBytes = 16 << 20

// errPast says why nothing is asked of the server for a past moment.
var errPast = errors.New("this is the past, and the server only has the present: esc goes back to it")

// Fetch reads one object afresh from its server, whole, managedFields too, with
// what is secret masked. Nothing of it is kept here.
func (w *Workspace) Fetch(ctx context.Context, id TabID, row model.RowID) ([]byte, error) {
	body, gvr, err := w.get(ctx, id, row)
	if err != nil {
		return nil, err
	}
	if body, err = w.opts.Manager.Redact(gvr.GroupResource(), body); err != nil {
		return nil, fmt.Errorf("reading %s %s: masking what is secret: %w", gvr.Resource, row.Key, err)
	}
	return body, nil
}

// Revealed is an object as its server has it.
type Revealed struct {
	JSON []byte
	// Encoded are the paths, by member names ("*" is any), whose values are
	// base64.
	Encoded [][]string
}

// Reveal is Fetch with nothing masked, for a look that the user asked for.
func (w *Workspace) Reveal(ctx context.Context, id TabID, row model.RowID) (Revealed, error) {
	body, gvr, err := w.get(ctx, id, row)
	return Revealed{JSON: body, Encoded: informers.Encoded(gvr.GroupResource())}, err
}

func (w *Workspace) get(ctx context.Context, id TabID, row model.RowID) ([]byte, schema.GroupVersionResource, error) {
	var gvr schema.GroupVersionResource
	if w.rewind.Load() != nil {
		return nil, gvr, fmt.Errorf("reading %s: %w", row.Key, errPast)
	}
	t := w.find(id)
	if t == nil {
		return nil, gvr, fmt.Errorf("reading %s: its tab is closed", row.Key)
	}
	shown := t.shownNow()
	if row.Source < 0 || row.Source >= len(shown) {
		return nil, gvr, fmt.Errorf("reading %s: its watch is dropped", row.Key)
	}
	source := shown[row.Source]
	gvr = source.lease.Watch().State().Type.GVR
	path := cluster.ResourcePath(gvr, row.Key.Namespace, row.Key.Name)
	resp, err := source.conn.cluster.Get(ctx, path, nil, "application/json")
	if err != nil {
		return nil, gvr, fmt.Errorf("reading %s %s: %w", gvr.Resource, row.Key, err)
	}
	defer resp.Body.Close()
	body, err := readWiping(io.LimitReader(resp.Body, maxObjectBytes))
	if err != nil {
		return nil, gvr, fmt.Errorf("reading %s %s: %w", gvr.Resource, row.Key, err)
	}
	return body, gvr, nil
}

// readWiping reads all that there is. No part of it is left in memory that became
// too small, or after an error.
func readWiping(r io.Reader) ([]byte, error) {
	all := make([]byte, 0, 16<<10)
	for {
		if len(all) == cap(all) {
			grown := append(make([]byte, 0, 2*cap(all)), all...)
			clear(all)
			all = grown
		}
		n, err := r.Read(all[len(all):cap(all)])
		all = all[:len(all)+n]
		switch {
		case errors.Is(err, io.EOF):
			return all, nil
		case err != nil:
			clear(all)
			return nil, err
		}
	}
}

// Namespaces lists all of the current cluster's namespaces by name, in order. It
// asks for them, names only, in pages.
func (w *Workspace) Namespaces(ctx context.Context) ([]string, error) {
	w.mu.Lock()
	conn := w.current
	w.mu.Unlock()
	names := []string{}
	query := url.Values{"limit": {"1000"}}
	for {
		list, err := namespacePage(ctx, conn.cluster, query)
		if err != nil {
			return nil, fmt.Errorf("listing namespaces: %w", err)
		}
		for i := range list.Items {
			names = append(names, list.Items[i].Name)
		}
		if list.Continue == "" {
			slices.Sort(names)
			return names, nil
		}
		query.Set("continue", list.Continue)
	}
}

func namespacePage(ctx context.Context, c *cluster.Cluster, query url.Values) (*metav1.PartialObjectMetadataList, error) {
	path := cluster.ResourcePath(schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}, "", "")
	const accept = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json"
	resp, err := c.Get(ctx, path, query, accept)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	list := &metav1.PartialObjectMetadataList{}
	if err := json.NewDecoder(resp.Body).Decode(list); err != nil {
		return nil, fmt.Errorf("reading the answer: %w", err)
	}
	return list, nil
}
