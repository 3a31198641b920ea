// Package sample gives tests resource types as clusters have them (pods, nodes, deployments, a custom resource) and any
// number of realistic objects, the same on every run.
package sample
