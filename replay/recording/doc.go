// Package recording reads and writes recordings: what watches of a cluster delivered, with its times, in one file.
//
// A recording is JSON Lines, compressed with zstd, so that "zstd -dc FILE | jq" reads it. It is made of segments, one zstd
// frame each. A segment stands for itself: it begins with a Header (server, types, columns) and the complete state of that
// moment, and goes on with events. So any instant is reached from the segment before it, two recordings can be put into one
// file by appending one to the other, and what is damaged spoils its own segment only. docs/recording.md describes each line.
//
// What is read may come from anywhere: memory is bounded by MaxLine and the window of one frame, and nothing in a file makes
// a reader panic. A file that was cut off is read up to its last whole line.
package recording
