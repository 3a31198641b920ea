// Package controlplane runs a real Kubernetes control plane for tests: etcd, kube-apiserver and, where
// asked for, kube-controller-manager, kube-scheduler and kwok, which plays the nodes.
//
// Everything listens on loopback or on Unix sockets, keeps its state in one temporary folder and dies with
// the process that started it. RBAC is on, and every request is written to an audit log that tests can read.
// There are no containers: kwok moves pods through their phases by the stages it is given.
//
// The programs are built from Go modules by [Binaries]; nothing is downloaded but Go modules.
package controlplane
