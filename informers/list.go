package informers

import (
	"context"
	"net/url"
	"strconv"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/cache"

	"github.com/dogwatch/dogwatch/model"
)

const (
	pageSize = 500
	// notifyEvery is how many objects of a list come in between two calls of
	// those who listen to the state.
	notifyEvery = 100
	// mostRemaining is more than any server has.
	mostRemaining = 1_000_000_000
)

var (
	_ cache.ListerWatcher            = (*session)(nil)
	_ cache.ListerWatcherWithContext = (*session)(nil)
)

// objectList is a complete list, as the reflector wants it.
type objectList struct {
	metav1.TypeMeta
	metav1.ListMeta
	Items []*model.Object
}

// DeepCopyObject returns the list itself, which is never changed.
func (l *objectList) DeepCopyObject() runtime.Object { return l }

// List lists as ListWithContext does.
func (s *session) List(opts metav1.ListOptions) (runtime.Object, error) {
	return s.ListWithContext(s.watch.ctx, opts)
}

// ListWithContext gets the whole list, page by page, however often it must try.
// The options of the reflector don't matter: it would ask for a list in one
// piece.
func (s *session) ListWithContext(ctx context.Context, _ metav1.ListOptions) (runtime.Object, error) {
	if !s.begin() {
		return nil, errStopped
	}
	defer s.calls.Done()
	var list *objectList
	err := s.retry("list", func() (err error) {
		if err = s.enterGate(); err == nil {
			list, err = s.pages()
		}
		return err
	}, func(error) bool { return false })
	if err != nil {
		if s.isFinished() {
			s.drain() // a list comes before all events: none is under way
			<-ctx.Done()
		}
		return nil, err
	}
	s.completeList()
	s.leaveGate()
	return list, nil
}

// pages gets one list. Objects are reported as they come, if it is the first.
func (s *session) pages() (*objectList, error) {
	list := &objectList{}
	s.startListing()
	query := url.Values{"limit": {strconv.Itoa(pageSize)}}
	for {
		p, err := s.page(query, list)
		if err != nil {
			return nil, err
		}
		if list.ResourceVersion == "" {
			list.ResourceVersion = p.ResourceVersion
		}
		if p.Continue == "" {
			return list, nil
		}
		query.Set("continue", p.Continue)
	}
}

func (s *session) page(query url.Values, list *objectList) (page, error) {
	body, err := s.get(query)
	if err != nil {
		return page{}, err
	}
	defer body.Close()
	s.reading(body)
	defer s.reading(nil)
	s.listing.heard()
	s.show((*Watch).showListing)
	total := int64(-1)
	begin := func(p page) {
		if p.remains() {
			total = int64(len(list.Items)) + pageSize + *p.RemainingItemCount
		}
		s.watch.countRemaining(total)
	}
	p, err := s.decoder.list(body, begin, func(o *model.Object) {
		list.Items = append(list.Items, o)
		s.listing.take(o)
		s.watch.countRemaining(total)
	})
	return p, body.failure(err)
}

// remains tells whether the page says how many objects are to come, and that can be.
func (p page) remains() bool {
	n := p.RemainingItemCount
	return n != nil && *n >= 0 && *n <= mostRemaining
}

// reading makes an answer that is no stream the one that guard looks after.
func (s *session) reading(body *countingBody) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.paging = body
}

// startListing begins a list, or begins it again.
func (s *session) startListing() {
	s.listing, s.sent = newListing(s), nil
	s.watch.count.listed.Store(0)
	s.watch.count.remaining.Store(-1)
}

// completeList tells the store that the list is whole.
func (s *session) completeList() {
	s.listing.complete()
	s.listed, s.columns = true, s.decoder.layout.columns
	w := s.watch
	w.backoff.granted()
	w.heard()
	w.count.lists.Add(1)
	w.count.remaining.Store(0)
	w.set(func(state *State) { state.Synced = true })
}

// listing brings the objects of a list to the store and remembers which they
// were.
type listing struct {
	watch *Watch
	// early tells that objects go to the store at once.
	early bool
	// first tells that there was no whole list before.
	first bool
	// seen is nil while there is nothing in the store that the list may lack.
	seen map[model.Key]struct{}
}

func newListing(s *session) *listing {
	l := &listing{watch: s.watch, early: !s.listed, first: !s.watch.status.read().Synced}
	if l.early {
		l.watch.store.BeginList()
	}
	if l.early && l.watch.store.Len() > 0 {
		l.seen = map[model.Key]struct{}{}
	}
	return l
}

// heard notes a sign of life. Rows that were whole before stay those of that time until the list is: some of them it has not
// come to, and it may be broken off.
func (l *listing) heard() {
	if l.first {
		l.watch.heard()
	}
}

func (l *listing) take(o *model.Object) {
	l.heard()
	if l.early {
		l.watch.store.Apply(o)
	}
	if l.seen != nil {
		l.seen[o.Key] = struct{}{}
	}
	if l.watch.count.listed.Add(1)%notifyEvery == 0 {
		l.watch.set(func(*State) {})
	}
}

// drop takes back an object that was deleted while the list came in.
func (l *listing) drop(o *model.Object) {
	l.heard()
	if l.early {
		l.watch.store.Delete(o.Key, o)
	}
	delete(l.seen, o.Key)
	l.watch.count.listed.Add(-1)
}

// complete drops from the store what the list does not have. After the first
// list of a reflector Replace does that.
func (l *listing) complete() {
	if !l.early {
		return
	}
	l.watch.store.Retain(func(k model.Key) bool {
		if l.seen == nil {
			return true
		}
		_, ok := l.seen[k]
		return ok
	})
}
