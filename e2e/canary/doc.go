// Package canary proves that secrets are not kept: it makes values that occur nowhere else, and looks for them, in all the
// forms in which they travel, in a process's memory, in files and in what a program printed.
package canary
