package model

// Rejudge gives an object another health though it stays the same otherwise, as when it has been pending for too long. It tells
// whether the object was still in the Store: a newer version has a health of its own.
func (s *Store) Rejudge(o *Object, h Health) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	slot, ok := s.index[o.Key]
	if !ok || s.slots[slot] != o {
		return false
	}
	if o.Health == h {
		return true
	}
	anew := &Object{
		Key: o.Key, UID: o.UID, ResourceVersion: o.ResourceVersion, Created: o.Created, Received: o.Received, Written: o.Written, Deleting: o.Deleting,
		Columns: o.Columns, Cells: o.Cells, Labels: o.Labels, Health: h, Whole: o.Whole, packed: o.packed,
	}
	s.slots[slot] = anew
	s.count(o, -1)
	s.count(anew, 1)
	s.publish(slot, Delta{Type: Updated, Old: o, New: anew})
	return true
}
