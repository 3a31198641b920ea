// Package apiserver is a read-only Kubernetes API server in this process, over a store of objects.
//
// It serves what a client needs to look at a cluster: discovery (aggregated and plain), get, list in pages, watch with
// resume, bookmarks and streaming lists, selectors, objects as plain JSON, as Table and as PartialObjectMetadata, and the
// self-subject reviews. kubectl and client-go's informers need no special setting. It has no admission, no writes, no
// subresources, no OpenAPI, and speaks JSON only.
//
// Tests give it objects and faults; the replay of a recording gives it a cluster's past, and takes it to another instant
// by SetStore: every open watch then ends with 410 Expired and clients list again by themselves.
//
// A request passes through these files: server.go (life), handler.go (log, faults, authentication), route.go (what is
// asked for), then discovery.go, list.go, watch.go or reviews.go; negotiate.go and render.go decide on and write the form.
package apiserver
