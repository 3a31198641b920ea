// Package replay holds the tests that a replay of a recording is what the cluster was: kubectl, informers and a client that
// saw for itself what happened are asked.
package replay
