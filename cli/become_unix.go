//go:build unix

package cli

import (
	"os"
	"syscall"
)

// become makes this process another program. It returns only where that fails.
func become(program string, args []string) error {
	return syscall.Exec(program, append([]string{program}, args...), os.Environ())
}
