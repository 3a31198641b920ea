// Package ui is dogwatch's screen: the root model, which places components and
// hands them what they are to hear, and the frame adapter that feeds it.
//
// A key becomes an action through the keymap; the focused component hears it
// first, then the root. What takes time (a fetch, a namespace switch) runs in a
// command and comes back as a message. The root keeps no state of the cluster
// but the last snapshot.
package ui
