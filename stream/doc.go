// Package stream tells others what happens in a cluster: each change of what is watched, and what of it could not be told.
//
// The way of an event: a Follower hears what watches deliver and makes events of it, a Format writes each as a Message, a Queue holds it until it
// is delivered, and a Sender gives it to a Sink, again and again until that has taken it. So an event is delivered at least once, events of
// one object in their order; Message.ID tells who receives one twice. While a queue is full the Follower waits, and the changes of one
// object are merged where the watches' subscriptions hold them: nothing grows without limit, and what is lost is counted and told.
//
// docs/stream.md tells the form of events, and docs/schema has it as JSON Schema.
package stream
