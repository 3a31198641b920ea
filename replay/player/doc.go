// Package player plays a recording into an API server's store: the state of any instant, and from there on the changes at
// the pace at which they came, faster, slower, one by one, or not at all.
//
// A change of place makes the store that of another moment. It ends the watches with 410 Expired of the types that are others
// there, so that clients list those again by themselves. Of all others they notice nothing: one step back is one type's list. Playing on puts the recorded changes into the store that is served.
//
// A place is a segment and a number of its changes: several changes may be of one instant. Times of which the recording
// knows nothing pass as all others; the last known state is served meanwhile, and State tells the gap.
//
// Opening a place reads its segment from the beginning. A version that is superseded on the way is identified and no more;
// what is left is read on all processors; what the former place had already is taken over from it.
package player
