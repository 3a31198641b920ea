// Package health tells how any Kubernetes object is, from its JSON in one
// pass: by the rules that hold for all types (deletion, generations, standard
// conditions), and by rules that are data for what is particular to a type.
// There is no code for any kind. The reference is kstatus of
// sigs.k8s.io/cli-utils, to which rules.yaml adds what operators call trouble,
// such as a container that cannot start.
package health
