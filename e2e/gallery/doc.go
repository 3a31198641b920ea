// Package gallery takes the pictures of the project: it runs dogwatch in a terminal on a recording that stands still,
// presses the keys of a script, and draws what the screen shows.
package gallery
