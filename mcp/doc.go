// Package mcp gives programs, AI assistants above all, what dogwatch knows of a cluster, over the Model Context Protocol: docs/mcp.md says
// which questions there are.
//
// It only reads, from what a workspace watches; the values of Secrets are masked before they get here. Each answer says of when it is, how
// the watches are that it comes from, and what it leaves out: it is bounded, and cursors lead on. What cannot be seen in the cluster's text
// is spelled out.
package mcp
