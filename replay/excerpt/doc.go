// Package excerpt cuts a span of time out of a recording, into a recording of its own.
package excerpt
