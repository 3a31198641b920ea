// Package cluster is one connection to one Kubernetes cluster: what the
// kubeconfig and the flags say, the read-only transport, the types that the
// server serves (Catalog) and what the user may see of them (Access).
//
// Open reads files only; the network is first touched by Run, Get and Check.
// Every request of the program goes through the transport made here, and the
// transport refuses whatever could change a cluster.
//
// The package knows no terminal, no kind of object and no watch: package
// informers builds watches on Get. All methods may be called from any number
// of goroutines.
package cluster
