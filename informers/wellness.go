package informers

import (
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/jsonscan"
)

// judge tells how an object is. Where the version before it was the same in what a rule asks for how long, it has been so
// since then; that this was so between two lists (next is false) is not known.
func (d *decoder) judge(o, old *model.Object, text jsonscan.Object, next bool) {
	if d.health == nil {
		return
	}
	o.Written = d.health.Written(text, d.parts.managed)
	o.Health = d.health.Of(text, o.Written)
	if !o.Health.Lasting || old == nil || old.UID != o.UID || !old.Health.Lasting || old.Written >= o.Written {
		return
	}
	if next || old.ResourceVersion == o.ResourceVersion {
		o.Written = old.Written
		o.Health = d.health.Of(text, o.Written)
	}
}
