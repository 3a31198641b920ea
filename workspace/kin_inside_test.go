package workspace

import (
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/relation"
	"github.com/dogwatch/dogwatch/model/versions"
)

// A watch that becomes live between two looks has objects that were not looked at yet. They are not missing.
func TestWhatWasNotLookedAtYetIsNotMissing(t *testing.T) {
	gvr := schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
	k, err := newKin(versions.Object{GVR: gvr, Key: model.Key{Name: "other"}}, "ConfigMap", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer k.leave()
	k.absent = absentNow
	of, s := relation.Type{GVR: gvr, Kind: "ConfigMap"}, model.NewStore()
	live := func() informers.State { return informers.State{Synced: true} }
	k.follow([]relative{{id: informers.Identity{GVR: gvr}, of: of, store: s, state: live}}, []relation.Type{of})
	s.Apply(webVersion(1))
	for name, want := range map[string]Presence{"web": Unread, "nobody": Missing} {
		id := relation.ID{Type: gvr.GroupResource(), Key: model.Key{Name: name}}
		if got := k.presence(id); got != want {
			t.Errorf("of %s is said %d, want %d", name, got, want)
		}
	}
}
