// Command dogwatch shows many Kubernetes resource types at once, live, in a
// terminal. It only reads a cluster. Built under the name kubectl-dogwatch it
// is a kubectl plugin.
package main

import (
	"os"

	"github.com/dogwatch/dogwatch/cli"
)

func main() {
	os.Exit(cli.Main(os.Args, os.Stdout, os.Stderr))
}
