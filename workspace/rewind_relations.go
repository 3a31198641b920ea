package workspace

import (
	"cmp"
	"slices"
	"sync"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/model/health"
	"github.com/dogwatch/dogwatch/model/relation"
	"github.com/dogwatch/dogwatch/model/versions"
)

// pastRelations are what an object related to, as the past has it. What no watch had then is told as such, and is not looked for.
type pastRelations struct {
	rewind *Rewind

	mu     sync.Mutex
	closed bool
	kin    *kin
	types  []relation.Type // those that are served now, and those of the past's watches
}

// relations gives what an object of a kind relates to at the moment that is shown.
func (r *Rewind) relations(of versions.Object, kind string) (Relations, error) {
	p, err := r.newRelations(of, kind)
	if err != nil {
		return nil, err
	}
	return p, nil
}

func (r *Rewind) newRelations(of versions.Object, kind string) (*pastRelations, error) {
	k, err := newKin(of, kind, func() (*health.Rules, error) {
		rules, err := r.ws.opts.Health()
		if err != nil {
			return nil, err
		}
		return rules.At(r.serverNow), nil
	})
	if err != nil {
		return nil, err
	}
	p := &pastRelations{rewind: r, kin: k}
	k.isPast, k.absent = true, p.absent
	if conn := r.ws.connectionOf(of.Cluster); conn != nil {
		p.types = typesOf(conn.cluster.Catalog().Snapshot())
	}
	for _, w := range r.relatives(of.Cluster) {
		if !slices.Contains(p.types, w.of) {
			p.types = append(p.types, w.of)
		}
	}
	return p, nil
}

// relatives are the past's watches in a cluster, in their order.
func (r *Rewind) relatives(cluster string) []relative {
	var all []relative
	for watch, place := range r.places {
		id := watch.Identity()
		if id.Cluster != cluster {
			continue
		}
		typ := watch.State().Type
		all = append(all, relative{
			id,
			relation.Type{GVR: id.GVR, Kind: typ.Kind, Namespaced: typ.Namespaced},
			r.past.Store(place),
			func() informers.State { return r.stateOf(place, typ, r.past.Now()) },
		})
	}
	slices.SortFunc(all, func(a, b relative) int { return cmp.Compare(a.id.String(), b.id.String()) })
	return all
}

// Version implements Relations.
func (p *pastRelations) Version() uint64 { return p.rewind.moves.Load() }

// Awaited implements Relations: the past is not looked for.
func (p *pastRelations) Awaited() []string { return nil }

// Read implements Relations.
func (p *pastRelations) Read() ([]Related, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.follow(); err != nil {
		return nil, err
	}
	return p.kin.read()
}

// follow follows what the past has. Errors are that it is not shown any more, or ErrClosed.
func (p *pastRelations) follow() error {
	switch {
	case p.closed:
		return ErrClosed
	case p.rewind.ctx.Err() != nil:
		return errRewound
	}
	p.kin.follow(p.rewind.relatives(p.kin.of.Cluster), p.types)
	return nil
}

// absent says what was known of an object that a watch did not have.
func (p *pastRelations) absent(w *relative, id relation.ID) Presence {
	if w == nil || w.state().Phase != informers.Live || p.rewind.isLost(w, id) {
		return Unwatched
	}
	return Missing
}

// isLost tells that an object of a watch cannot be made again.
func (r *Rewind) isLost(w *relative, id relation.ID) bool {
	for _, place := range r.places {
		if r.past.Store(place) == w.store {
			return r.past.IsLost(place, id.Key)
		}
	}
	return false
}

// Close implements Relations. There is nothing to wait for.
func (p *pastRelations) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	p.kin.leave()
}
