// Package health tells how any Kubernetes object is, from its JSON in one
// pass. There is no code for any kind: rules.yaml says which fields of which
// type mean what, as it does for what all types have in common (deletion,
// generations, conditions). The reference is kstatus of sigs.k8s.io/cli-utils;
// the rules go beyond it where an operator sees trouble that kstatus does not
// judge, such as a container whose image cannot be pulled.
package health
