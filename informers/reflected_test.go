package informers

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"testing"

	"k8s.io/apimachinery/pkg/types"

	"github.com/dogwatch/dogwatch/model"
)

func shopObject(name, uid, version string) *model.Object {
	return &model.Object{Key: model.Key{Namespace: "shop", Name: name}, UID: types.UID(uid), ResourceVersion: version}
}

// What a list lacks was deleted while nobody looked. A list whose objects came into the store one by one is there already, and what the store
// has besides is not for the reflector to judge.
func TestListsReplaceWhatIsHeld(t *testing.T) {
	for name, c := range map[string]struct {
		early bool
		list  []any
		left  []string
	}{
		"the same":          {list: []any{shopObject("web", "u1", "3"), shopObject("api", "a", "4")}, left: []string{"shop/api a 4", "shop/web u1 3"}},
		"one less":          {list: []any{shopObject("web", "u1", "3")}, left: []string{"shop/web u1 3"}},
		"changed":           {list: []any{shopObject("web", "u1", "9")}, left: []string{"shop/web u1 9"}},
		"made again":        {list: []any{shopObject("web", "u2", "9")}, left: []string{"shop/web u2 9"}},
		"another":           {list: []any{shopObject("db", "d", "9")}, left: []string{"shop/db d 9"}},
		"nothing":           {},
		"there already":     {early: true, list: []any{shopObject("web", "u1", "3")}, left: []string{"shop/api a 4", "shop/web u1 3"}},
		"nothing, as known": {early: true, left: []string{"shop/api a 4", "shop/web u1 3"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := reflectedOf(t)
			r.listing = &listing{early: c.early}
			if err := r.Replace(c.list, "9"); err != nil {
				t.Fatal(err)
			}
			if got := held(r.watch.store); !slices.Equal(got, c.left) {
				t.Errorf("the store holds %q, want %q", got, c.left)
			}
		})
	}
}

// A deletion is of the object that was deleted, not of one that has its name since.
func TestDeletionsAreOfOneObject(t *testing.T) {
	r := reflectedOf(t)
	for _, deleted := range []*model.Object{shopObject("web", "u0", "5"), shopObject("db", "d", "5"), shopObject("api", "a", "6")} {
		if err := r.Delete(deleted); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := held(r.watch.store), []string{"shop/web u1 3"}; !slices.Equal(got, want) {
		t.Errorf("the store holds %q, want %q", got, want)
	}
}

// The reflector asks for what is held to be handed over again beside the events: that is no change, and undoes none.
func TestResyncUndoesNoEvent(t *testing.T) {
	r := reflectedOf(t)
	changes := r.watch.store.Subscribe(10)
	defer changes.Close()
	for !changes.CaughtUp() {
		changes.TryNext()
	}
	if err := r.Resync(); err != nil {
		t.Fatal(err)
	}
	if deltas := changes.TryNext(); len(deltas) > 0 {
		t.Errorf("%d changes are told", len(deltas))
	}
	before := held(r.watch.store)
	ctx, cancel := context.WithCancel(t.Context())
	var resyncing sync.WaitGroup
	resyncing.Go(func() {
		for ctx.Err() == nil {
			_ = r.Resync()
		}
	})
	for i := range 2000 {
		o := shopObject("db", "d", strconv.Itoa(10+i))
		_, _ = r.Add(o), r.Delete(o)
	}
	cancel()
	resyncing.Wait()
	if got := held(r.watch.store); !slices.Equal(got, before) {
		t.Errorf("the store holds %q, want %q", got, before)
	}
}

// reflectedOf is a store that holds two objects.
func reflectedOf(t *testing.T) reflected {
	store := model.NewStore()
	t.Cleanup(store.Close)
	store.Apply(shopObject("web", "u1", "3"))
	store.Apply(shopObject("api", "a", "4"))
	return reflected{&session{watch: &Watch{store: store, cluster: &cluster{}}}}
}
