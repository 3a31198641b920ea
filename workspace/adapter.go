package workspace

import (
	"context"
	"fmt"
	"net/url"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/cluster"
	"github.com/dogwatch/dogwatch/informers"
)

// getter lets watches read from a cluster.
type getter struct{ cluster *cluster.Cluster }

func (g getter) Get(ctx context.Context, path string, query url.Values, accept string) (*informers.Response, error) {
	resp, err := g.cluster.Get(ctx, path, query, accept)
	if err != nil {
		return nil, err
	}
	return &informers.Response{Body: resp.Body, Header: resp.Header, Term: resp.Term}, nil
}

// types lets watches ask a catalog whether, and as what, their type is served.
type types struct{ catalog *cluster.Catalog }

func (t types) Await(ctx context.Context, gvr schema.GroupVersionResource) (informers.Type, error) {
	var found cluster.Resource
	_, err := t.catalog.Await(ctx, func(s *cluster.Snapshot) bool {
		r, ok := s.ServedAs(gvr.GroupResource(), gvr.Version)
		found = r
		return ok
	})
	if err != nil {
		return informers.Type{}, fmt.Errorf("waiting for %s to be served: %w", gvr.GroupResource(), err)
	}
	return TypeOf(found), nil
}

// TypeOf is a type of the catalog as watches know it.
func TypeOf(r cluster.Resource) informers.Type {
	return informers.Type{GVR: r.GVR, Kind: r.Kind, Namespaced: r.Namespaced, Singular: r.Singular, ShortNames: r.ShortNames}
}

func (t types) Serves(gvr schema.GroupVersionResource) bool { return t.catalog.Snapshot().Served(gvr) }

func (t types) Subscribe() (changed <-chan struct{}, stop func()) { return t.catalog.Subscribe() }

func (t types) Refresh() { t.catalog.Refresh() }
