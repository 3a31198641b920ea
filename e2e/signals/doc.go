// Package signals tests the rules that dogwatch comes with on a real control plane: each tells of the trouble that it is for, once, and of its
// end, once, and none raises an alarm while all is well.
package signals
