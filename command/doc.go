// Package command reads the line that is typed after ":".
//
// [Parse] turns a line into one of the [Command] values, or into an error that
// says what was expected. [Complete] offers what could stand at the cursor. The
// grammar is the one that users of k9s know:
//
//	TYPE[,TYPE…] [NAMESPACE] [/FILTER] [LABELS] [@CONTEXT] [-n NS] [-A] [-l LABELS]
//	history|why|relations [TYPE NAME [-n NS]]
//	ns NAME · ns all · ctx NAME · drop [TYPE] · retry · logs · help · quit
//
// A word with blanks is quoted. The package knows neither the terminal nor the
// cluster; whether a type exists is for the workspace to say.
package command
