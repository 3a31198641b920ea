// Package player plays a recording into an API server's store: the state of any instant, and from there on the changes at
// the pace at which they came, faster, slower, or not at all.
//
// A change of place gives the server another store, which ends its clients' watches with 410 Expired: they list again by
// themselves. Playing on puts the recorded changes into the store that is served.
package player
