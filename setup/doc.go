// Package setup is what the programs of dogwatch have in common before they show or tell anything: flags, log, the rules that they
// come with, the workspace that watches a cluster, and how an error ends a command. What Options do is for one goroutine.
package setup
