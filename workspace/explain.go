package workspace

import (
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/health"
	"github.com/dogwatch/dogwatch/model/jsonscan"
	"github.com/dogwatch/dogwatch/model/versions"
)

// Explain says how an object of a kind is, at the moment that is shown, and why, as far as it says so itself. It is false where no watch has the
// object, or nothing is known of it. It reads the object, so it is not for the program loop.
func (w *Workspace) Explain(of versions.Object, kind string) (health.Finding, bool) {
	rules, err := w.opts.Health()
	if err != nil {
		return health.Finding{}, false
	}
	var o *model.Object
	if past := w.rewind.Load(); past != nil {
		rules, o = rules.At(past.serverNow), past.object(of)
	} else {
		o = w.object(of)
	}
	if o == nil {
		return health.Finding{}, false
	}
	text, err := o.JSON()
	if err != nil || len(text) == 0 {
		return health.Finding{}, false
	}
	return rules.Explain(schema.GroupKind{Group: of.GVR.Group, Kind: kind}).Of(jsonscan.Object{Text: text}, o.Written), true
}

// object is an object as a watch has it; nil where none does.
func (w *Workspace) object(of versions.Object) *model.Object {
	for _, watched := range w.Watches() {
		if o := find(watched.Watch.Identity(), watched.Watch.Store(), of); o != nil {
			return o
		}
	}
	return nil
}

// object is an object as it was; nil where nothing was known of it.
func (r *Rewind) object(of versions.Object) *model.Object {
	for watch, place := range r.places {
		if o := find(watch.Identity(), r.past.Store(place), of); o != nil {
			return o
		}
	}
	return nil
}

func find(id informers.Identity, store *model.Store, of versions.Object) *model.Object {
	if id.Cluster != of.Cluster || id.GVR != of.GVR {
		return nil
	}
	o, ok := store.Get(of.Key)
	if !ok || of.UID != "" && o.UID != of.UID {
		return nil
	}
	return o
}
