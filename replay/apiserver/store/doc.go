// Package store holds Kubernetes resource types and their objects as JSON, with the history that an API server needs:
// a state that can be read as it was a little while ago, and a bounded log of events per type from which watches resume.
//
// A Store knows nothing of HTTP. Package apiserver serves one over the Kubernetes API; tests and the replay of a
// recording write into it. All methods are safe for concurrent use. A reader never holds up a writer: readers take what is
// there and wait on a channel for more, and one that is too slow finds that its history is gone (ExpiredError).
//
// # Resource versions
//
// Apply and Delete give every change the next number, over all types, as a cluster does. Load, Put and Remove take states and
// changes with the numbers that a cluster gave them; those must rise within a type, but may arrive out of order between types.
// So a type is only known to be complete up to the last change of its own, or up to what Advance said of all types.
package store
