package health

import (
	"time"

	"github.com/dogwatch/dogwatch/model/jsonscan"
)

// Written implements model.Judge. Who wrote the status at all is not told apart: types whose rules ask have one controller.
func (j *Judge) Written(object jsonscan.Object, managed []byte) uint32 {
	if !j.written {
		return 0
	}
	if len(managed) == 0 {
		managed = member(member(object.Text, "metadata"), "managedFields")
	}
	var last uint32
	for w := jsonscan.Walk(managed, 0); w.Next(); {
		if w.Kind() != '{' {
			w.Value()
			continue
		}
		entry := w.Value()
		if string(scalar(member(entry, "subresource")).text) != "status" {
			continue
		}
		if at, err := time.Parse(time.RFC3339, string(scalar(member(entry, "time")).text)); err == nil {
			last = max(last, dueOf(at.Unix()))
		}
	}
	return last
}
