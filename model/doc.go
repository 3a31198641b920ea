// Package model holds what dogwatch knows of a cluster: compact objects, the
// store of one watch, and the sorted, filtered views that a screen reads in
// windows.
//
// It is pure data: it knows neither terminal nor network, opens nothing and
// prints nothing. State that grows with the cluster lives here, is changed off
// the program loop under its own locks, and is read in windows.
package model
