// Package activity is the page of what goes on: the changes of all types that are watched, a line each, the newest at the bottom. It follows
// until the user moves up, and then stands still. A line opens to what changed, or to the changes that it stands for.
//
// It never holds more lines than the feed's page has. A Model belongs to the program loop.
package activity
