package informers

import (
	"slices"
	"testing"

	"k8s.io/client-go/tools/cache"

	"github.com/dogwatch/dogwatch/model"
)

// A tombstone is how client-go tells of an object whose delete it did not see:
// of the object it has only an old version, or nothing but the key.
func TestTombstoneDeletesByKey(t *testing.T) {
	web := &model.Object{Key: model.Key{Namespace: "shop", Name: "web"}, UID: "u2", ResourceVersion: "9"}
	before := &model.Object{Key: web.Key, UID: "u1", ResourceVersion: "3"}
	node := &model.Object{Key: model.Key{Name: "node-0"}, UID: "n", ResourceVersion: "4"}
	for name, c := range map[string]struct {
		tombstone cache.DeletedFinalStateUnknown
		left      []string
	}{
		"of the newest version": {cache.DeletedFinalStateUnknown{Key: "shop/web", Obj: web}, []string{"/node-0 n 4"}},
		// The key stood for another object once; it stands for none now.
		"of an old object":    {cache.DeletedFinalStateUnknown{Key: "shop/web", Obj: before}, []string{"/node-0 n 4"}},
		"without an object":   {cache.DeletedFinalStateUnknown{Key: "shop/web"}, []string{"/node-0 n 4"}},
		"without namespace":   {cache.DeletedFinalStateUnknown{Key: "node-0"}, []string{"shop/web u2 9"}},
		"of what is not held": {cache.DeletedFinalStateUnknown{Key: "shop/api"}, []string{"/node-0 n 4", "shop/web u2 9"}},
		"with a broken key":   {cache.DeletedFinalStateUnknown{Key: "a/b/c", Obj: web}, []string{"/node-0 n 4", "shop/web u2 9"}},
	} {
		t.Run(name, func(t *testing.T) {
			store := model.NewStore()
			defer store.Close()
			store.Apply(web)
			store.Apply(node)
			handler{&session{watch: &Watch{store: store}}}.OnDelete(c.tombstone)
			if got := held(store); !slices.Equal(got, c.left) {
				t.Errorf("the store holds %q, want %q", got, c.left)
			}
		})
	}
}
