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

// WithManagedFields gives an object's JSON with these managedFields, which it has none of. A text that has no metadata is given as it is.
func WithManagedFields(text, managed []byte) []byte {
	with, err := put(text, Path("metadata.managedFields").Steps(), &Change{New: managed})
	if err != nil {
		return text
	}
	return with
}
