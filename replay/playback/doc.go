// Package playback is what a screen shows of a past that is being played, and how it names what it asks for. These are
// plain values: who plays (replay/player) and who shows (ui) know them, and not each other.
package playback
