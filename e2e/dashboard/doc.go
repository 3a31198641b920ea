// Package dashboard holds the tests of the real dogwatch program: it runs in a pseudo-terminal against a real
// control plane, keys are pressed, and the screen is read as a user reads it. What the program asked of the
// server is read from the server's audit log and metrics.
package dashboard
