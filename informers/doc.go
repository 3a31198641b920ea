// Package informers keeps live copies of Kubernetes resource types: for each
// watch what an informer does, with its own stop channel, added and dropped
// while the program runs.
//
// A [Manager] counts who uses which watch, by [Identity]. A [Watch] waits until
// its type is served, lists it, follows it and keeps a [model.Store] equal to
// the server; any number of subscribers read the store. What the watch is doing
// is a [State]: every request, page, event, bookmark and error passes through
// this package's ListerWatcher, so the state says exactly what happens and when
// the next try is.
//
// client-go's reflector, the part of an informer that lists and watches, does
// so in the server's order, straight into the store. What an informer adds, a
// queue and an index, would be a second store: 12 kB for each idle watch and
// 100 bytes for each object. Two things are done here instead, because the
// reflector does them out of sight:
//
//   - Failures are retried inside List and Watch, at the pace of
//     [Options.Backoff]: the reflector's own back-off can neither be shown nor
//     cut short.
//   - A watch that cannot be resumed (410 Gone) ends its reflector behind the
//     last event, and a new one lists at once. Rows stay meanwhile; those that
//     the new list lacks are dropped when it is complete.
//
// The rows of a reflector's first list go to the store as they are decoded;
// from then on the reflector alone speaks.
//
// The package knows neither the terminal nor how a cluster is reached: see
// [Getter] and [Types].
package informers
