package change

// WithoutManagedFields leaves metadata.managedFields out of an object's JSON, which is not changed: they are not among the changes that are
// remembered.
func WithoutManagedFields(text []byte) []byte {
	path := []Step{{Member: "metadata"}, {Member: "managedFields"}}
	if Find(text, path) == nil {
		return text
	}
	return Remove(append([]byte(nil), text...), path)
}
